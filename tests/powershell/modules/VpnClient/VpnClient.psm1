# Stand-in for the VpnClient module: connections and their routes; those of all users have AllUserConnection.
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
$settings = @(
    'ServerAddress', 'TunnelType', 'AuthenticationMethod', 'EncryptionLevel', 'UseWinlogonCredential',
    'RememberCredential', 'SplitTunneling', 'DnsSuffix', 'IdleDisconnectSeconds', 'MachineCertificateEKUFilter')

function ConvertTo-StandInConnection($One) {
    $eap = $null
    if ($One.Eap) { $eap = New-Object Xml.XmlDocument; $eap.LoadXml($One.Eap) }
    $methods = if ($One.AuthenticationMethod) { $One.AuthenticationMethod } else { 'MsChapv2' }
    $routes = @($One.Routes | Where-Object { $_ } | ForEach-Object { ConvertTo-StandInRoute $_ $One.Name })
    [pscustomobject] @{
        PSTypeName                  = 'Microsoft.Management.Infrastructure.CimInstance#VpnConnection'
        Name                        = $One.Name
        ServerAddress               = $One.ServerAddress
        AllUserConnection           = [bool] $One.AllUserConnection
        Guid                        = $One.Guid
        TunnelType                  = if ($One.TunnelType) { $One.TunnelType } else { 'Automatic' }
        AuthenticationMethod        = [string[]] @($methods)
        EncryptionLevel             = if ($One.EncryptionLevel) { $One.EncryptionLevel } else { 'Required' }
        UseWinlogonCredential       = [bool] $One.UseWinlogonCredential
        EapConfigXmlStream          = $eap
        ConnectionStatus            = if ($One.ConnectionStatus) { $One.ConnectionStatus } else { 'Disconnected' }
        RememberCredential          = [bool] $One.RememberCredential
        SplitTunneling              = [bool] $One.SplitTunneling
        DnsSuffix                   = [string] $One.DnsSuffix
        IdleDisconnectSeconds       = [uint32] $One.IdleDisconnectSeconds
        MachineCertificateEKUFilter = [string[]] @($One.MachineCertificateEKUFilter | Where-Object { $_ })
        IPSecCustomPolicy           = $One.Policy
        Routes                      = $routes
    }
}

function ConvertTo-StandInRoute($One, [string] $Connection) {
    $six = $One.DestinationPrefix.Contains(':')
    [pscustomobject] @{
        PSTypeName        = 'Microsoft.Management.Infrastructure.CimInstance#ROOT/StandardCimv2/MSFT_NetRoute'
        DestinationPrefix = $One.DestinationPrefix
        InterfaceAlias    = $Connection
        AddressFamily     = if ($six) { 'IPv6' } else { 'IPv4' }
        NextHop           = if ($six) { '::' } else { '0.0.0.0' }
        Publish           = [byte] 0
        RouteMetric       = if ($One.RouteMetric) { [uint32] $One.RouteMetric } else { [uint32] 1 }
        PolicyStore       = $null
    }
}

function Find-StandInConnection($Cmdlet, $State, [string] $Name, [bool] $AllUser) {
    $found = @($State.Connections | Where-Object { $_.Name -eq $Name -and [bool] $_.AllUserConnection -eq $AllUser })
    if ($found.Count) { return $found[0] }
    $text = "VPN connection $Name was not found. : The system could not find the phone book entry for this connection."
    Write-StandInError $Cmdlet 'VPN 623' 'NotSpecified' $text $Name
}

function Set-StandInConnection($One, $Bound) {
    foreach ($name in $settings) {
        if (-not $Bound.ContainsKey($name)) { continue }
        $value = $Bound[$name]
        if ($value -is [switch]) { $value = [bool] $value }
        $One | Add-Member -NotePropertyName $name -NotePropertyValue $value -Force
    }
    if ($Bound.ContainsKey('EapConfigXmlStream')) {
        $One | Add-Member -NotePropertyName Eap -NotePropertyValue $Bound.EapConfigXmlStream.OuterXml -Force
    }
}

function Get-VpnConnection {
    [CmdletBinding()]
    param(
        [Parameter(Position = 1)] [Alias('ConnectionName')] [string[]] $Name, [switch] $AllUserConnection,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet VpnClient
    if (-not $state) { return }
    $found = if ($Name) { foreach ($one in $Name) { Find-StandInConnection $PSCmdlet $state $one $AllUserConnection } }
    else { $state.Connections | Where-Object { [bool] $_.AllUserConnection -eq $AllUserConnection } }
    $found | ForEach-Object { ConvertTo-StandInConnection $_ }
}

function Add-VpnConnection {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [Alias('ConnectionName')] [string] $Name,
        [Parameter(Mandatory, Position = 2)] [Alias('ServerName', 'DefaultServer')] [string] $ServerAddress,
        [Parameter(Position = 3, ParameterSetName = 'InboxProfile')]
        [ValidateSet('Pptp', 'L2tp', 'Sstp', 'Ikev2', 'Automatic')] [string] $TunnelType,
        [Parameter(Position = 4, ParameterSetName = 'InboxProfile')]
        [ValidateSet('NoEncryption', 'Optional', 'Required', 'Maximum', 'Custom')] [string] $EncryptionLevel,
        [Parameter(Position = 5, ParameterSetName = 'InboxProfile')]
        [ValidateSet('Pap', 'Chap', 'MSChapv2', 'Eap', 'MachineCertificate')] [string[]] $AuthenticationMethod,
        [Parameter(Position = 6)] [switch] $SplitTunneling,
        [Parameter(Position = 7, ParameterSetName = 'InboxProfile')] [switch] $AllUserConnection,
        [Parameter(Position = 8, ParameterSetName = 'InboxProfile')] [string] $L2tpPsk,
        [Parameter(Position = 9)] [switch] $RememberCredential,
        [Parameter(Mandatory, Position = 10, ParameterSetName = 'ThirdParty')] [string] $PlugInApplicationID,
        [Parameter(Position = 10, ParameterSetName = 'InboxProfile')] [switch] $UseWinlogonCredential,
        [Parameter(Position = 11, ParameterSetName = 'InboxProfile')] [xml] $EapConfigXmlStream,
        [Parameter(Mandatory, ParameterSetName = 'ThirdParty')] [xml] $CustomConfiguration, [string] $DnsSuffix,
        [switch] $Force, [uint32] $IdleDisconnectSeconds,
        [Parameter(ParameterSetName = 'InboxProfile')] [string[]] $MachineCertificateEKUFilter,
        [Parameter(ParameterSetName = 'InboxProfile')]
        [Security.Cryptography.X509Certificates.X509Certificate2] $MachineCertificateIssuerFilter, [switch] $PassThru,
        [object[]] $ServerList, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    # -Force: what it would ask about is not here.
    $state = Open-StandIn $PSCmdlet VpnClient ($settings + 'EapConfigXmlStream', 'Force')
    if (-not $state) { return }
    $book = @($state.Connections | Where-Object { [bool] $_.AllUserConnection -eq $AllUserConnection })
    if (@($book | Where-Object { $_.Name -eq $Name }).Count) {
        $text = "VPN connection $Name already exists. : Cannot create a file when that file already exists."
        Write-StandInError $PSCmdlet 'WIN32 183' 'ResourceExists' $text $Name
        return
    }
    if (-not $PSCmdlet.ShouldProcess($Name, 'Add')) { return }
    $new = [pscustomobject] @{
        Name = $Name; AllUserConnection = [bool] $AllUserConnection; Routes = @()
        Guid = [guid]::NewGuid().ToString('B').ToUpperInvariant()
    }
    Set-StandInConnection $new $PSBoundParameters
    $state.Connections = @($state.Connections) + $new
    Set-StandInState VpnClient $state
    if ($PassThru) { ConvertTo-StandInConnection $new }
}

function Set-VpnConnection {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'InboxProfile')]
    param(
        [Parameter(Mandatory, Position = 1)] [Alias('ConnectionName')] [string] $Name,
        [Parameter(Position = 2)] [Alias('ServerName', 'DefaultServer')] [string] $ServerAddress,
        [Parameter(Position = 3, ParameterSetName = 'ThirdParty')] [switch] $ThirdPartyVpn,
        [Parameter(Position = 3, ParameterSetName = 'InboxProfile')]
        [ValidateSet('Pptp', 'L2tp', 'Sstp', 'Ikev2', 'Automatic')] [string] $TunnelType,
        [Parameter(Position = 4, ParameterSetName = 'InboxProfile')]
        [ValidateSet('NoEncryption', 'Optional', 'Required', 'Maximum', 'Custom')] [string] $EncryptionLevel,
        [Parameter(Position = 5, ParameterSetName = 'InboxProfile')]
        [ValidateSet('Pap', 'Chap', 'MSChapv2', 'Eap', 'MachineCertificate')] [string[]] $AuthenticationMethod,
        [Parameter(Position = 6)] [bool] $SplitTunneling,
        [Parameter(Position = 7, ParameterSetName = 'InboxProfile')] [switch] $AllUserConnection,
        [Parameter(Position = 8, ParameterSetName = 'InboxProfile')] [string] $L2tpPsk,
        [Parameter(Position = 9)] [bool] $RememberCredential,
        [Parameter(Position = 10, ParameterSetName = 'ThirdParty')] [string] $PlugInApplicationID,
        [Parameter(Position = 10, ParameterSetName = 'InboxProfile')] [bool] $UseWinlogonCredential,
        [Parameter(Position = 11, ParameterSetName = 'InboxProfile')] [xml] $EapConfigXmlStream,
        [Parameter(ParameterSetName = 'ThirdParty')] [xml] $CustomConfiguration, [string] $DnsSuffix, [switch] $Force,
        [uint32] $IdleDisconnectSeconds,
        [Parameter(ParameterSetName = 'InboxProfile')] [string[]] $MachineCertificateEKUFilter,
        [Parameter(ParameterSetName = 'InboxProfile')]
        [Security.Cryptography.X509Certificates.X509Certificate2] $MachineCertificateIssuerFilter, [switch] $PassThru,
        [object[]] $ServerList, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet VpnClient ($settings + 'EapConfigXmlStream', 'Force')
    if (-not $state) { return }
    $one = Find-StandInConnection $PSCmdlet $state $Name $AllUserConnection
    if (-not $one -or -not $PSCmdlet.ShouldProcess($Name, 'Set')) { return }
    Set-StandInConnection $one $PSBoundParameters
    Set-StandInState VpnClient $state
    if ($PassThru) { ConvertTo-StandInConnection $one }
}

function Remove-VpnConnection {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [Alias('ConnectionName')] [string[]] $Name, [switch] $AllUserConnection,
        [switch] $Force, [switch] $PassThru, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet VpnClient
    if (-not $state) { return }
    foreach ($each in $Name) {
        $one = Find-StandInConnection $PSCmdlet $state $each $AllUserConnection
        if (-not $one -or -not $PSCmdlet.ShouldProcess($each, 'Remove')) { continue }
        if (-not $Force -and -not $PSCmdlet.ShouldContinue("Remove the VPN connection $each?", 'Confirm')) { continue }
        $state.Connections = @($state.Connections | Where-Object { $_ -ne $one })
        Set-StandInState VpnClient $state
        if ($PassThru) { ConvertTo-StandInConnection $one }
    }
}

function Add-VpnConnectionRoute {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [Alias('Name')] [string] $ConnectionName,
        [Parameter(Mandatory, Position = 2)] [string] $DestinationPrefix,
        [Parameter(Position = 3)] [uint32] $RouteMetric, [Parameter(Position = 4)] [switch] $AllUserConnection,
        [switch] $PassThru, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet VpnClient
    if (-not $state) { return }
    $one = Find-StandInConnection $PSCmdlet $state $ConnectionName $AllUserConnection
    if (-not $one -or -not $PSCmdlet.ShouldProcess($DestinationPrefix, 'Add')) { return }
    $new = [pscustomobject] @{ DestinationPrefix = $DestinationPrefix; RouteMetric = $RouteMetric }
    $others = @($one.Routes | Where-Object { $_ -and $_.DestinationPrefix -ne $DestinationPrefix })
    $one | Add-Member -NotePropertyName Routes -NotePropertyValue ($others + $new) -Force
    Set-StandInState VpnClient $state
    if ($PassThru) { ConvertTo-StandInRoute $new $ConnectionName }
}

function Remove-VpnConnectionRoute {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [Alias('Name')] [string] $ConnectionName,
        [Parameter(Mandatory, Position = 2)] [string] $DestinationPrefix,
        [Parameter(Position = 3)] [switch] $AllUserConnection, [switch] $PassThru,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet VpnClient
    if (-not $state) { return }
    $one = Find-StandInConnection $PSCmdlet $state $ConnectionName $AllUserConnection
    if (-not $one) { return }
    $route = @($one.Routes | Where-Object { $_.DestinationPrefix -eq $DestinationPrefix })[0]
    if (-not $route) {
        $text = "The route $DestinationPrefix of the VPN connection $ConnectionName was not found. : Element not found."
        Write-StandInError $PSCmdlet 'WIN32 1168' 'ObjectNotFound' $text $DestinationPrefix
        return
    }
    if (-not $PSCmdlet.ShouldProcess($DestinationPrefix, 'Remove')) { return }
    $one.Routes = @($one.Routes | Where-Object { $_ -ne $route })
    Set-StandInState VpnClient $state
    if ($PassThru) { ConvertTo-StandInRoute $route $ConnectionName }
}

function Set-VpnConnectionIPsecConfiguration {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [Alias('Name')] [string] $ConnectionName,
        [Parameter(Mandatory, Position = 2, ParameterSetName = 'CustomPolicy')]
        [ValidateSet('MD596', 'SHA196', 'SHA256128', 'GCMAES128', 'GCMAES192', 'GCMAES256', 'None')]
        [string] $AuthenticationTransformConstants,
        [Parameter(Mandatory, Position = 2, ParameterSetName = 'Default')] [switch] $RevertToDefault,
        [Parameter(Mandatory, Position = 3, ParameterSetName = 'CustomPolicy')]
        [ValidateSet('DES', 'DES3', 'AES128', 'AES192', 'AES256', 'GCMAES128', 'GCMAES192', 'GCMAES256', 'None')]
        [string] $CipherTransformConstants,
        [Parameter(Mandatory, Position = 4, ParameterSetName = 'CustomPolicy')]
        [ValidateSet('None', 'Group1', 'Group2', 'Group14', 'ECP256', 'ECP384', 'Group24')] [string] $DHGroup,
        [Parameter(Mandatory, Position = 5, ParameterSetName = 'CustomPolicy')]
        [ValidateSet('DES', 'DES3', 'AES128', 'AES192', 'AES256', 'GCMAES128', 'GCMAES256')] [string] $EncryptionMethod,
        [Parameter(Mandatory, Position = 6, ParameterSetName = 'CustomPolicy')]
        [ValidateSet('MD5', 'SHA1', 'SHA256', 'SHA384')] [string] $IntegrityCheckMethod,
        [Parameter(Mandatory, Position = 7, ParameterSetName = 'CustomPolicy')]
        [ValidateSet('None', 'PFS1', 'PFS2', 'PFS2048', 'ECP256', 'ECP384', 'PFSMM', 'PFS24')] [string] $PfsGroup,
        [switch] $AllUserConnection, [switch] $Force, [Parameter(ParameterSetName = 'CustomPolicy')] [switch] $PassThru,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet VpnClient
    if (-not $state) { return }
    $one = Find-StandInConnection $PSCmdlet $state $ConnectionName $AllUserConnection
    if (-not $one -or -not $PSCmdlet.ShouldProcess($ConnectionName, 'Set')) { return }
    if (-not $Force -and -not $PSCmdlet.ShouldContinue("Change the policy of $ConnectionName?", 'Confirm')) { return }
    $new = $null
    if (-not $RevertToDefault) {
        $new = [pscustomobject] @{
            AuthenticationTransformConstants = $AuthenticationTransformConstants
            CipherTransformConstants = $CipherTransformConstants; DHGroup = $DHGroup
            EncryptionMethod = $EncryptionMethod; IntegrityCheckMethod = $IntegrityCheckMethod; PfsGroup = $PfsGroup
        }
    }
    $one | Add-Member -NotePropertyName Policy -NotePropertyValue $new -Force
    Set-StandInState VpnClient $state
    if ($PassThru) { $new }
}
Export-ModuleMember -Function *-VpnConnection*
