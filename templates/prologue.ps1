# What every batch rests on: preferences, commands, states as text, and Invoke-AovpnStep.
# A profile or the start script of an endpoint may have set any of these.
# Not @{}: constrained language cannot make a table of defaults of it.
$PSDefaultParameterValues = $null
$WhatIfPreference = $false
$ConfirmPreference = 'None'
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$VerbosePreference = 'SilentlyContinue'
$DebugPreference = 'SilentlyContinue'
$InformationPreference = 'SilentlyContinue'
$PSNativeCommandUseErrorActionPreference = $false
$PSModuleAutoLoadingPreference = 'All'

function Set-AovpnAliases {
    # A profile may have put functions and aliases in the place of commands as well: an alias of ours comes before both.
    [CmdletBinding()]
    param()
    $commands = @(
        'CimCmdlets\Get-CimInstance'
        'Microsoft.PowerShell.Core\ForEach-Object'
        'Microsoft.PowerShell.Core\Get-Command'
        'Microsoft.PowerShell.Core\Set-StrictMode'
        'Microsoft.PowerShell.Core\Where-Object'
        'Microsoft.PowerShell.Diagnostics\Get-WinEvent'
        'Microsoft.PowerShell.Management\Get-ChildItem'
        'Microsoft.PowerShell.Management\Get-Content'
        'Microsoft.PowerShell.Management\Get-Item'
        'Microsoft.PowerShell.Management\Get-ItemProperty'
        'Microsoft.PowerShell.Management\Get-Service'
        'Microsoft.PowerShell.Management\Restart-Computer'
        'Microsoft.PowerShell.Management\Test-Path'
        'Microsoft.PowerShell.Security\Get-Acl'
        'Microsoft.PowerShell.Utility\Add-Type'
        'Microsoft.PowerShell.Utility\ConvertFrom-Json'
        'Microsoft.PowerShell.Utility\ConvertTo-Json'
        'Microsoft.PowerShell.Utility\New-Object'
        'Microsoft.PowerShell.Utility\Select-Object'
        'Microsoft.PowerShell.Utility\Start-Sleep'
        'NPS\Export-NpsConfiguration'
        'RemoteAccess\Get-RemoteAccess'
        'RemoteAccess\Get-RemoteAccessAccounting'
        'RemoteAccess\Get-RemoteAccessConnectionStatistics'
        'RemoteAccess\Get-RemoteAccessRadius'
        'RemoteAccess\Get-VpnAuthProtocol'
        'RemoteAccess\Get-VpnS2SInterface'
        'RemoteAccess\Get-VpnServerConfiguration'
        'RemoteAccess\Set-VpnServerConfiguration'
        'ScheduledTasks\Get-ScheduledTask'
        'ScheduledTasks\Get-ScheduledTaskInfo'
        'ScheduledTasks\New-ScheduledTaskAction'
        'ScheduledTasks\New-ScheduledTaskPrincipal'
        'ScheduledTasks\New-ScheduledTaskSettingsSet'
        'ScheduledTasks\New-ScheduledTaskTrigger'
        'ScheduledTasks\Register-ScheduledTask'
        'ScheduledTasks\Unregister-ScheduledTask'
        'ServerManager\Get-WindowsFeature'
        'VpnClient\Add-VpnConnectionRoute'
        'VpnClient\Get-VpnConnection'
        'VpnClient\Remove-VpnConnectionRoute'
        'VpnClient\Set-VpnConnection'
    )
    foreach ($command in $commands) {
        $name = ($command -split '\\')[1]
        Microsoft.PowerShell.Utility\Set-Alias -Name $name -Value $command -Scope 1 -Force -ErrorAction Stop
    }
}

function Assert-AovpnArchitecture {
    # Windows shows a 32-bit process other keys and other files. Windows sets the variable there alone.
    [CmdletBinding()]
    param()
    if ($env:PROCESSOR_ARCHITEW6432) {
        throw 'This is a 32-bit PowerShell on a 64-bit Windows, which shows it another registry: use a 64-bit endpoint.'
    }
}
Set-AovpnAliases
Assert-AovpnArchitecture
Set-StrictMode -Version 3.0
$script:AovpnStopped = $false

function ConvertTo-AovpnText {
    # JSON in ASCII. The same engine prints the same state the same way; two engines need not.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowNull()] [object] $Value)
    if ($null -eq $Value) { return 'null' }
    ConvertTo-AovpnAscii (ConvertTo-Json -InputObject $Value -Compress -Depth 10)
}

function ConvertTo-AovpnAscii {
    # JSON with \u and four digits for each character outside ASCII: U+FFFE and U+FFFF cannot travel in XML, lone surrogates
    # and much else not through a console's code page. Never one character after the other: a million take seconds.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Text)
    $outside = '[^\x20-\x7e]'
    $isLong = $Text.Length -gt 10000 -and $Text -cmatch $outside
    if ($isLong -and [string] $ExecutionContext.SessionState.LanguageMode -eq 'FullLanguage') {
        # .NET writes %u and four digits. In ASCII it writes + for a blank, and % and two digits for what is no letter.
        Add-Type -AssemblyName System.Web
        $Text = [System.Web.HttpUtility]::UrlEncodeUnicode($Text)
        $Text = $Text.Replace('+', ' ').Replace('%u', '\u').Replace('%7f', '\u007f')
        # What it says of % itself comes last.
        foreach ($char in '!"#$&''()*+,-./:;<=>?@[\]^_`{|}~%'.ToCharArray()) {
            $Text = $Text.Replace(('%{0:x2}' -f [int] $char), [string] $char)
        }
        return $Text
    }
    $found = [regex]::Match($Text, $outside)
    while ($found.Success) {
        $Text = $Text.Replace($found.Value, ('\u{0:x4}' -f [int] [char] $found.Value))
        $found = [regex]::Match($Text, $outside)
    }
    $Text
}

function ConvertTo-AovpnError {
    # What PowerShell said: id, message with the reason that Windows gave, and the line with a caret. Of @{ AovpnId; Message },
    # which is how a guard of ours throws: Write-Error stops nothing where somebody has taken its place.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Fault)
    $at = ''
    if ($null -ne $Fault.InvocationInfo) { $at = [string] $Fault.InvocationInfo.PositionMessage }
    $own = $Fault.TargetObject
    if ($own -is [hashtable] -and $own.ContainsKey('AovpnId')) {
        return [ordered]@{ id = $own['AovpnId']; message = $own['Message']; at = $at }
    }
    $exception = $Fault.Exception
    # 'Exception calling "X" with "2" argument(s)' hides what X said.
    if ($Fault.CategoryInfo.Reason -eq 'MethodInvocationException' -and $null -ne $exception.InnerException) {
        $exception = $exception.InnerException
    }
    $message = [string] $exception.Message
    $id = [string] $Fault.FullyQualifiedErrorId
    # After throw 'text' the id is the text.
    if ([string]::CompareOrdinal($id, $message) -eq 0) { $id = [string] $Fault.CategoryInfo.Reason }
    # What lies deepest is what Windows itself said.
    while ($null -ne $exception.InnerException) { $exception = $exception.InnerException }
    $reason = [string] $exception.Message
    if (-not $message.Contains($reason)) { $message = "${message}: $reason" }
    [ordered]@{ id = $id.Split(',')[0]; message = $message; at = $at }
}

function Resolve-AovpnAccount {
    # The SID of an account given by name or SID; null where the host does not know the name.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Account)
    if ($Account -match '^S-1-[0-9-]+$') {
        return (New-Object -TypeName System.Security.Principal.SecurityIdentifier -ArgumentList $Account).Value
    }
    $name = New-Object -TypeName System.Security.Principal.NTAccount -ArgumentList $Account
    try { $name.Translate([System.Security.Principal.SecurityIdentifier]).Value }
    catch [System.Security.Principal.IdentityNotMappedException] { return $null }
}

function Read-AovpnState {
    # What Get-<Kind> answers: one object, or null for absent. Anything more is a fault of the kind, not a state.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Kind, [Parameter(Mandatory)] [hashtable] $Target)
    $answer = @(& "Get-$Kind" @Target)
    if ($answer.Count -gt 1) { throw "Get-$Kind wrote $($answer.Count) objects; a state is one." }
    if ($answer.Count -eq 0) { return $null }
    $answer[0]
}

function Test-AovpnAbsent {
    # Whether a state says absent: null, or with the first key that is missing.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowNull()] [object] $State)
    $null -eq $State -or ($State -is [System.Collections.IDictionary] -and $null -ne $State['missing'])
}

function Select-AovpnPart {
    # Those parts of a state that a step is about: other steps of a batch may set the rest. The whole without names.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowNull()] [object] $State,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Names
    )
    if ($Names.Count -eq 0 -or $State -isnot [System.Collections.IDictionary]) { return $State }
    $parts = [ordered]@{}
    foreach ($name in $State.Keys) { if ($Names -ccontains $name) { $parts[$name] = $State[$name] } }
    $parts
}

function Test-AovpnExpected {
    # Whether the state is as it was read a moment ago.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowNull()] [object] $State,
        [Parameter(Mandatory)] [string] $Text,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Expected
    )
    # -ceq compares by language: a soft hyphen would not count.
    if ([string]::CompareOrdinal($Text, $Expected) -eq 0) { return $true }
    # An earlier step of this batch may have made the key that was missing, or the keys above it. The value is as
    # absent as it was, whoever made them. A key missing further up was taken away by somebody else.
    if ([string]::CompareOrdinal($Expected, 0, '{"missing":', 0, 11) -ne 0) { return $false }
    if (-not (Test-AovpnAbsent $State)) { return $false }
    if ($null -eq $State) { return $true }
    $below = (ConvertFrom-Json -InputObject $Expected).missing + '\'
    [string]::CompareOrdinal([string] $State['missing'], 0, $below, 0, $below.Length) -eq 0
}

function Invoke-AovpnStep {
    # Writes one line of JSON as soon as the step is done: id, ok, before; after and time when set; error when not ok.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Id,
        [Parameter(Mandatory)] [string] $Kind,
        [Parameter(Mandatory)] [hashtable] $Target,
        [object] $Desired,
        [string] $Expected,
        [string[]] $Parts = @(),
        [switch] $Apply
    )
    $record = [ordered]@{ id = $Id; ok = $true }
    $setting = $false
    try {
        if ($Apply -and $script:AovpnStopped) {
            throw @{ AovpnId = 'Skipped'; Message = 'An earlier step on this host failed.' }
        }
        $state = Read-AovpnState -Kind $Kind -Target $Target
        $record.before = ConvertTo-AovpnText $state
        if ($Apply) {
            $own = ConvertTo-AovpnText (Select-AovpnPart -State $state -Names $Parts)
            if (-not (Test-AovpnExpected -State $state -Text $own -Expected $Expected)) {
                throw @{ AovpnId = 'StalePlan'; Message = "Expected $Expected, found $own." }
            }
            $setting = $true
            $null = & "Set-$Kind" @Target -Desired $Desired
            $record.time = [DateTime]::UtcNow.ToString('o')
            $state = Read-AovpnState -Kind $Kind -Target $Target
            $record.after = ConvertTo-AovpnText $state
            $isSame = [string]::CompareOrdinal($record.before, $record.after) -eq 0
            # What was to be absent and is absent has held, whatever it was before.
            if ($isSame -and -not ((Test-AovpnAbsent $Desired) -and (Test-AovpnAbsent $state))) {
                throw @{ AovpnId = 'NotHeld'; Message = "Set, but it reads back as before: $($record.after)." }
            }
        }
    }
    catch {
        if ($Apply) { $script:AovpnStopped = $true }
        $record.ok = $false
        $record.error = ConvertTo-AovpnError $_
        # A Set that failed may have done half of its work: say what is there now.
        if ($setting -and $null -eq $record['after']) {
            $record.time = [DateTime]::UtcNow.ToString('o')
            try { $record.after = ConvertTo-AovpnText (Read-AovpnState -Kind $Kind -Target $Target) } catch { }
        }
    }
    try { ConvertTo-AovpnText $record }
    catch {
        # No record is lost, whatever is in it.
        if ($Apply) { $script:AovpnStopped = $true }
        $name = $Id.Replace('\', '\\').Replace('"', '\"')
        '{"id":"' + $name + '","ok":false,"error":{"id":"NoRecord","message":"The record cannot be written as JSON."}}'
    }
}
