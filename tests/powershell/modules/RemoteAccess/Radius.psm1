# RADIUS servers of RRAS, and where it keeps its accounts.
# The session may be strict, and what a test writes as state incomplete.
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
# Parameters, and the properties of a server that they set.
$settings = @{
    Score = 'Score'; Timeout = 'Timeout'; Port = 'Port'; SharedSecret = 'SharedSecret'
    MsgAuthenticator = 'MsgAuthenticator'; AccountingOnOffMsg = 'AccountingOnOffMsg'
    RadiusScore = 'Score'; RadiusTimeout = 'Timeout'; RadiusPort = 'Port'
}

function Get-StandInRadius($State, $Purpose) {
    foreach ($one in @($State.Radius | Where-Object { -not $Purpose -or $_.Purpose -eq $Purpose })) {
        [pscustomobject] @{
            PSTypeName         = 'Microsoft.Management.Infrastructure.CimInstance#RemoteAccessRadiusServer'
            ServerName         = $one.ServerName
            Purpose            = $one.Purpose
            ServerPurpose      = [pscustomobject] @{ ServerName = $one.ServerName; Purpose = $one.Purpose }
            Score              = [uint32] $one.Score
            Timeout            = [uint32] $one.Timeout
            Port               = [uint32] $one.Port
            AccountingOnOffMsg = if ($one.Purpose -eq 'Accounting') { $one.AccountingOnOffMsg }
            MsgAuthenticator   = if ($one.Purpose -eq 'Authentication') { $one.MsgAuthenticator }
            SharedSecret       = $one.SharedSecret
        }
    }
}

function New-StandInRadius([string] $ServerName, [string] $Purpose, [string] $SharedSecret) {
    # With the values that a server has where none is given.
    [pscustomobject] @{
        ServerName = $ServerName; Purpose = $Purpose; SharedSecret = $SharedSecret; Score = 30; Timeout = 5
        Port = if ($Purpose -eq 'Accounting') { 1813 } else { 1812 }
        AccountingOnOffMsg = 'Disabled'; MsgAuthenticator = 'Disabled'
    }
}

function Set-StandInRadius($One, $Bound) {
    foreach ($name in $settings.Keys) { if ($Bound.ContainsKey($name)) { $One.($settings[$name]) = $Bound[$name] } }
}

function Find-StandInRadius($Cmdlet, $State, [string] $ServerName, [string] $Purpose) {
    $found = @($State.Radius | Where-Object { $_.ServerName -eq $ServerName -and $_.Purpose -eq $Purpose })
    if ($found.Count) { return $found[0] }
    $text = "The RADIUS server $ServerName is not configured for $Purpose."
    Write-StandInError $Cmdlet 'HRESULT 1168' 'ObjectNotFound' $text $ServerName
}

function Get-RemoteAccessRadius {
    [CmdletBinding()]
    param(
        [Parameter(Position = 1)] [ValidateSet('Authentication', 'Accounting', 'Otp')] [string] $Purpose,
        [Alias('Cn')] [string] $ComputerName, [string] $EntrypointName,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if ($state) { Get-StandInRadius $state $Purpose }
}

function Add-RemoteAccessRadius {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [string] $ServerName,
        [Parameter(Mandatory, Position = 2)] [ValidateSet('Authentication', 'Accounting', 'Otp')] [string] $Purpose,
        [Parameter(Mandatory, Position = 3)] [string] $SharedSecret,
        [ValidateSet('Enabled', 'Disabled')] [string] $AccountingOnOffMsg, [Alias('Cn')] [string] $ComputerName,
        [string] $EntrypointName, [ValidateSet('Enabled', 'Disabled')] [string] $MsgAuthenticator, [switch] $PassThru,
        [uint16] $Port, [byte] $Score, [uint32] $Timeout, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess $settings.Keys
    if (-not $state) { return }
    if (@($state.Radius | Where-Object { $_.ServerName -eq $ServerName -and $_.Purpose -eq $Purpose }).Count) {
        $text = "The RADIUS server $ServerName is already configured for $Purpose."
        Write-StandInError $PSCmdlet 'HRESULT 183' 'ResourceExists' $text $ServerName
        return
    }
    if (-not $PSCmdlet.ShouldProcess($ServerName, 'Add')) { return }
    $new = New-StandInRadius $ServerName $Purpose $SharedSecret
    Set-StandInRadius $new $PSBoundParameters
    $state.Radius = @($state.Radius) + $new
    Set-StandInState RemoteAccess $state
    if ($PassThru) { Get-StandInRadius ([pscustomobject] @{ Radius = @($new) }) }
}

function Set-RemoteAccessRadius {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [string] $ServerName,
        [Parameter(Mandatory, Position = 2)] [ValidateSet('Authentication', 'Accounting', 'Otp')] [string] $Purpose,
        [ValidateSet('Enabled', 'Disabled')] [string] $AccountingOnOffMsg, [Alias('Cn')] [string] $ComputerName,
        [string] $EntrypointName, [ValidateSet('Enabled', 'Disabled')] [string] $MsgAuthenticator, [switch] $PassThru,
        [uint16] $Port, [byte] $Score, [string] $SharedSecret, [uint32] $Timeout,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess $settings.Keys
    if (-not $state) { return }
    $one = Find-StandInRadius $PSCmdlet $state $ServerName $Purpose
    if (-not $one -or -not $PSCmdlet.ShouldProcess($ServerName, 'Set')) { return }
    Set-StandInRadius $one $PSBoundParameters
    Set-StandInState RemoteAccess $state
    if ($PassThru) { Get-StandInRadius ([pscustomobject] @{ Radius = @($one) }) }
}

function Remove-RemoteAccessRadius {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [string] $ServerName,
        [Parameter(Mandatory, Position = 2)] [ValidateSet('Authentication', 'Accounting', 'Otp')] [string] $Purpose,
        [Alias('Cn')] [string] $ComputerName, [string] $EntrypointName, [switch] $PassThru,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state) { return }
    $one = Find-StandInRadius $PSCmdlet $state $ServerName $Purpose
    if (-not $one -or -not $PSCmdlet.ShouldProcess($ServerName, 'Remove')) { return }
    $state.Radius = @($state.Radius | Where-Object { $_ -ne $one })
    Set-StandInState RemoteAccess $state
    if ($PassThru) { [pscustomobject] @{ ServerName = $one.ServerName; Purpose = $one.Purpose } }
}

function Set-VpnAuthType {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [ValidateSet('Windows', 'ExternalRadius')] [string] $Type,
        [Parameter(Position = 2)] [Alias('ServerName')] [string] $RadiusServer,
        [Parameter(Position = 3)] [string] $SharedSecret, [Alias('Cn')] [string] $ComputerName,
        [string] $EntrypointName, [ValidateSet('Enabled', 'Disabled')] [string] $MsgAuthenticator, [switch] $PassThru,
        [Alias('Port')] [uint16] $RadiusPort, [Alias('Score')] [byte] $RadiusScore,
        [Alias('Timeout')] [uint32] $RadiusTimeout, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess $settings.Keys
    if (-not $state -or -not $PSCmdlet.ShouldProcess($Type, 'Set')) { return }
    $others = @($state.Radius | Where-Object { $_.Purpose -ne 'Authentication' })
    $new = @()
    if ($Type -eq 'ExternalRadius') {
        if (-not $RadiusServer -or -not $SharedSecret) {
            $text = 'A RADIUS server and its shared secret must be specified.'
            Write-StandInError $PSCmdlet 'HRESULT 87' 'InvalidArgument' $text
            return
        }
        $new = @(New-StandInRadius $RadiusServer Authentication $SharedSecret)
        Set-StandInRadius $new[0] $PSBoundParameters
    }
    $state.AuthenticationType = $Type
    $state.Radius = $others + $new
    Set-StandInState RemoteAccess $state
    if (-not $PassThru) { return }
    [pscustomobject] @{ Type = $Type; RadiusServerList = [string[]] @($new | ForEach-Object { $_.ServerName }) }
}

function Get-RemoteAccessAccounting {
    [CmdletBinding()]
    param(
        [Alias('Cn')] [string] $ComputerName, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state) { return }
    $servers = [string[]] @(Get-StandInRadius $state Accounting | ForEach-Object { $_.ServerName })
    $on = $state.InboxAccountingStatus -eq 'Enabled'
    [pscustomobject] @{
        PSTypeName                      = 'Microsoft.Management.Infrastructure.CimInstance#RemoteAccessAccounting'
        RadiusAccountingStatus          = $state.RadiusAccountingStatus
        RemoteRadiusServerList          = $servers
        InboxAccountingStatus           = $state.InboxAccountingStatus
        InboxStoreLimit                 = if ($on) { $state.InboxStoreLimit }
        InboxStoreUsedBytes             = [uint64] 0
        InboxStoreUsedBytesInPercentage = [single] 0
        InboxStoreFreeBytes             = [uint64] 4282318848
        InboxStoreFreeBytesInPercentage = [single] 99.70551
        InboxStoreFirstRecordDate       = if ($on) { [datetime] '2025-02-01' }
        InboxStoreLastRecordDate        = if ($on) { [datetime] '2025-03-01' }
    }
}

function Set-RemoteAccessAccounting {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'EnableAccounting')]
    param(
        [Parameter(Mandatory, Position = 1, ParameterSetName = 'EnableAccounting')]
        [ValidateSet('Inbox', 'ExternalRadius')] [string] $EnableAccountingType,
        [Parameter(ParameterSetName = 'EnableAccounting')] [ValidateSet('Enabled', 'Disabled')]
        [string] $AccountingOnOffMsg, [Alias('Cn')] [string] $ComputerName,
        [Parameter(Mandatory, ParameterSetName = 'DisableAccounting')] [ValidateSet('Inbox', 'ExternalRadius')]
        [string] $DisableAccountingType, [switch] $PassThru,
        [Parameter(ParameterSetName = 'EnableAccounting')] [Alias('Port')] [uint16] $RadiusPort,
        [Parameter(ParameterSetName = 'EnableAccounting')] [Alias('Score')] [byte] $RadiusScore,
        [Parameter(ParameterSetName = 'EnableAccounting')] [Alias('ServerName')] [string] $RadiusServer,
        [Parameter(ParameterSetName = 'EnableAccounting')] [Alias('Timeout')] [uint32] $RadiusTimeout,
        [Parameter(ParameterSetName = 'EnableAccounting')] [string] $SharedSecret,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess $settings.Keys
    if (-not $state -or -not $PSCmdlet.ShouldProcess("$EnableAccountingType$DisableAccountingType", 'Set')) { return }
    $others = @($state.Radius | Where-Object { $_.Purpose -ne 'Accounting' })
    if ($EnableAccountingType -eq 'Inbox') { $state.InboxAccountingStatus = 'Enabled' }
    if ($DisableAccountingType -eq 'Inbox') { $state.InboxAccountingStatus = 'Disabled' }
    if ($DisableAccountingType -eq 'ExternalRadius') {
        $state.RadiusAccountingStatus = 'Disabled'
        $state.Radius = $others
    }
    if ($EnableAccountingType -eq 'ExternalRadius') {
        $new = New-StandInRadius $RadiusServer Accounting $SharedSecret
        Set-StandInRadius $new $PSBoundParameters
        $state.RadiusAccountingStatus = 'ExternalRadius'
        $state.Radius = $others + $new
    }
    Set-StandInState RemoteAccess $state
    if ($PassThru) { Get-RemoteAccessAccounting }
}
Export-ModuleMember -Function *-RemoteAccess*, Set-VpnAuthType
