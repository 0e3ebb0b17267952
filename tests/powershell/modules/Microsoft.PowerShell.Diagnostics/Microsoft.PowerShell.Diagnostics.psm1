# Stand-in for Get-WinEvent, which asks wevtapi.dll: Wine's knows no event. An event of the state has LogName,
# ProviderName, Id and TimeCreated, and may have Level (4), Message, Properties (a list, by position) or Data (by name,
# in that order), MachineName, and Binary (hexadecimal).
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
$module = 'Microsoft.PowerShell.Diagnostics'
$levels = @{ 1 = 'Critical'; 2 = 'Error'; 3 = 'Warning'; 4 = 'Information'; 5 = 'Verbose' }

function Get-StandInEvent($State) {
    # All of them, each with its number in the log.
    $number = @{}
    foreach ($one in $State.Events | Sort-Object { [datetime] $_.TimeCreated }) {
        $number[$one.LogName] = 1 + $number[$one.LogName]
        $level = if ($one.Level) { [int] $one.Level } else { 4 }
        $names = @($one.Data.PSObject.Properties | Where-Object { $_ } | ForEach-Object { $_.Name })
        $values = if ($names.Count) { $names | ForEach-Object { $one.Data.$_ } } else { $one.Properties }
        $record = [pscustomobject] @{
            PSTypeName       = 'System.Diagnostics.Eventing.Reader.EventLogRecord'
            Message          = [string] $one.Message
            Id               = [int] $one.Id
            Level            = [Nullable[byte]] $level
            LevelDisplayName = $levels[$level]
            LogName          = $one.LogName
            ProviderName     = $one.ProviderName
            RecordId         = [Nullable[long]] $number[$one.LogName]
            MachineName      = if ($one.MachineName) { $one.MachineName } else { $env:COMPUTERNAME }
            UserId           = $null
            TimeCreated      = [Nullable[datetime]] ([datetime] $one.TimeCreated)
            Properties       = @($values | ForEach-Object { [pscustomobject] @{ Value = $_ } })
        }
        # What Windows has in the XML alone.
        Add-Member -InputObject $record -MemberType NoteProperty -Name Names -Value $names
        Add-Member -InputObject $record -MemberType NoteProperty -Name Binary -Value $one.Binary
        Add-Member -InputObject $record -MemberType ScriptMethod -Name ToXml -Value { ConvertTo-StandInXml $this }
        $record
    }
}

function ConvertTo-StandInXml($Record) {
    $time = $Record.TimeCreated.ToUniversalTime().ToString('o', [cultureinfo]::InvariantCulture)
    $data = for ($at = 0; $at -lt $Record.Properties.Count; $at++) {
        $name = if ($Record.Names) { " Name='$($Record.Names[$at])'" }
        "<Data$name>$([Security.SecurityElement]::Escape([string] $Record.Properties[$at].Value))</Data>"
    }
    if ($Record.Binary) { $data = @($data) + "<Binary>$($Record.Binary)</Binary>" }
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System>" +
    "<Provider Name='$($Record.ProviderName)'/><EventID>$($Record.Id)</EventID><Level>$($Record.Level)</Level>" +
    "<TimeCreated SystemTime='$time'/><EventRecordID>$($Record.RecordId)</EventRecordID>" +
    "<Channel>$($Record.LogName)</Channel><Computer>$($Record.MachineName)</Computer></System>" +
    "<EventData>$(-join $data)</EventData></Event>"
}

function Test-StandInEvent($Record, $Filter) {
    foreach ($key in $Filter.Keys) {
        $wanted = @($Filter[$key])
        $fits = switch ($key) {
            'LogName' { $wanted | Where-Object { $Record.LogName -like $_ } }
            'ProviderName' { $wanted | Where-Object { $Record.ProviderName -like $_ } }
            'Id' { $wanted -contains $Record.Id }
            'Level' { $wanted -contains $Record.Level }
            'StartTime' { $Record.TimeCreated -ge $wanted[0] }
            'EndTime' { $Record.TimeCreated -le $wanted[0] }
            'Data' { $Record.Properties.Value | Where-Object { $wanted -contains $_ } }
            default { Test-StandInField $Record $key $wanted }
        }
        if (-not $fits) { return $false }
    }
    $true
}

function Test-StandInField($Record, [string] $Name, $Wanted) {
    # Any other key is a field of the event's data.
    $at = [array]::IndexOf(@($Record.Names), $Name)
    $at -ge 0 -and $Wanted -contains $Record.Properties[$at].Value
}

function Find-StandInSource($Cmdlet, $State, $Filter) {
    # False, after an error, where no log or provider has the name.
    $logs = @($State.Logs.LogName) + @($State.Events.LogName)
    $providers = @($State.Providers) + @($State.Events.ProviderName)
    foreach ($kind in 'Log', 'Provider') {
        $known = if ($kind -eq 'Log') { $logs } else { $providers }
        foreach ($name in @($Filter["${kind}Name"]) | Where-Object { $_ }) {
            if (@($known | Where-Object { $_ -like $name }).Count) { continue }
            $what = $kind.ToLowerInvariant()
            $text = "There is not an event $what on the localhost computer that matches `"$name`"."
            Write-StandInError $Cmdlet "NoMatching${kind}sFound" 'ObjectNotFound' $text $name
            return $false
        }
    }
    $true
}

function Select-StandInEvent($Cmdlet, $State, $Filters, [long] $Most, [bool] $Oldest) {
    # All filters are one query, whose events come in the order of their times.
    $known = @($Filters | Where-Object { Find-StandInSource $Cmdlet $State $_ })
    if (-not $known.Count) { return }
    $found = @(Get-StandInEvent $State | Where-Object { $one = $_; $known | Where-Object { Test-StandInEvent $one $_ } })
    if (-not $found.Count) {
        $text = 'No events were found that match the specified selection criteria.'
        Write-StandInError $Cmdlet 'NoMatchingEventsFound' 'ObjectNotFound' $text
        return
    }
    if (-not $Oldest) { [array]::Reverse($found) }
    if ($Most) { $found | Select-Object -First $Most } else { $found }
}

function Get-StandInLog($Cmdlet, $State, [string[]] $Name) {
    foreach ($one in $Name) {
        $filter = @{ LogName = $one }
        $null = Find-StandInSource $Cmdlet @{ Logs = $State.Logs; Events = @() } $filter
    }
    foreach ($log in $State.Logs) {
        if (-not @($Name | Where-Object { $log.LogName -like $_ }).Count) { continue }
        $count = @($State.Events | Where-Object { $_.LogName -eq $log.LogName }).Count
        $log | Add-Member RecordCount $count -PassThru
    }
}

function Get-WinEvent {
    [CmdletBinding(DefaultParameterSetName = 'GetLogSet')]
    param(
        [Parameter(Position = 0, ParameterSetName = 'GetLogSet')] [string[]] $LogName,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'ListLogSet')] [AllowEmptyCollection()]
        [string[]] $ListLog,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'ListProviderSet')] [AllowEmptyCollection()]
        [string[]] $ListProvider,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'GetProviderSet')] [string[]] $ProviderName,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'FileSet')] [Alias('PSPath')] [string[]] $Path,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'HashQuerySet')] [hashtable[]] $FilterHashtable,
        [Parameter(Mandatory, Position = 0, ParameterSetName = 'XmlQuerySet')] [xml] $FilterXml,
        [Parameter(ParameterSetName = 'GetLogSet')] [Parameter(ParameterSetName = 'GetProviderSet')]
        [Parameter(ParameterSetName = 'FileSet')] [string] $FilterXPath,
        [ValidateRange(1, 9223372036854775807)] [long] $MaxEvents, [Alias('Cn')] [string] $ComputerName,
        [pscredential] $Credential, [switch] $Force, [switch] $Oldest)
    # -Force shows analytic and debug logs too.
    $state = Open-StandIn $PSCmdlet $module 'Force'
    if (-not $state) { return }
    if ($ListLog) { return Get-StandInLog $PSCmdlet $state $ListLog }
    $filters = @($FilterHashtable | Where-Object { $_ })
    if ($LogName) { $filters = @(@{ LogName = $LogName }) }
    if ($ProviderName) { $filters = @(@{ ProviderName = $ProviderName }) }
    if (-not $filters.Count) { $filters = @(@{}) }
    Select-StandInEvent $PSCmdlet $state $filters $MaxEvents $Oldest
}
Export-ModuleMember -Function Get-WinEvent
