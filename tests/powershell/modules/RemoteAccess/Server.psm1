# The server's side of the tunnels: ports, IPsec policy, authentication, addresses.
# The session may be strict, and what a test writes as state incomplete.
Set-StrictMode -Off
Import-Module "$PSScriptRoot\..\StandIn.psm1"
$restart = 'The RemoteAccess service must be restarted for the changes to take effect.'
# A custom policy reads as numbers: the place of each name in the list of the parameter of Set-VpnServerConfiguration.
$policy = @{
    EncryptionMethod                 = 'DES', 'DES3', 'AES128', 'AES192', 'AES256', 'GCMAES128', 'GCMAES256'
    IntegrityCheckMethod             = 'MD5', 'SHA1', 'SHA256', 'SHA384'
    CipherTransformConstants         = 'DES', 'DES3', 'AES128', 'AES192', 'AES256', 'GCMAES128', 'GCMAES192',
    'GCMAES256', 'None'
    PfsGroup                         = 'None', 'PFS1', 'PFS2', 'PFS2048', 'ECP256', 'ECP384', 'PFSMM', 'PFS24'
    AuthenticationTransformConstants = 'MD596', 'SHA196', 'SHA256128', 'GCMAES128', 'GCMAES192', 'GCMAES256', 'None'
    DHGroup                          = 'None', 'Group1', 'Group2', 'Group14', 'ECP256', 'ECP384', 'Group24'
}

function Get-VpnServerConfiguration {
    [CmdletBinding()]
    param(
        [ValidateSet('IKEV2', 'L2TP')] [string] $TunnelType, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state) { return }
    $class = if ($state.Policy) { 'VpnServerIPsecCustomConfiguration' } else { 'VpnServerIPsecDefaultConfiguration' }
    $said = [ordered] @{ PSTypeName = "Microsoft.Management.Infrastructure.CimInstance#$class" }
    $numbers = 'Ikev2Ports', 'SstpPorts', 'L2tpPorts', 'GrePorts', 'IdleDisconnect', 'SALifeTime', 'MMSALifeTime',
    'SADataSizeForRenegotiation'
    foreach ($name in $numbers) { $said[$name] = [uint32] $state.$name }
    $said.TunnelType = [uint32] 3
    if ($state.Policy) {
        $said.CustomPolicy = $true
        foreach ($name in $policy.Keys) { $said[$name] = [uint32] $state.Policy.$name }
    }
    else { $said.EncryptionType = [string] $state.EncryptionType }
    $said.CimClass = [pscustomobject] @{ CimClassName = $class }
    [pscustomobject] $said
}

function Set-VpnServerConfiguration {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'EncryptionType')]
    param(
        [Parameter(ParameterSetName = 'CustomPolicy')] [Alias('FirstTransformType')]
        [ValidateSet('MD596', 'SHA196', 'SHA256128', 'GCMAES128', 'GCMAES192', 'GCMAES256', 'None')]
        [string] $AuthenticationTransformConstants,
        [Parameter(ParameterSetName = 'CustomPolicy')] [Alias('FirstCipherAlgorithm', 'OtherCipherAlgorithm')]
        [ValidateSet('DES', 'DES3', 'AES128', 'AES192', 'AES256', 'GCMAES128', 'GCMAES192', 'GCMAES256', 'None')]
        [string] $CipherTransformConstants,
        [Parameter(Mandatory, ParameterSetName = 'CustomPolicy')] [switch] $CustomPolicy,
        [Parameter(ParameterSetName = 'CustomPolicy')]
        [ValidateSet('None', 'Group1', 'Group2', 'Group14', 'ECP256', 'ECP384', 'Group24')] [string] $DHGroup,
        [Parameter(ParameterSetName = 'CustomPolicy')] [Alias('Encryption')]
        [ValidateSet('DES', 'DES3', 'AES128', 'AES192', 'AES256', 'GCMAES128', 'GCMAES256')] [string] $EncryptionMethod,
        [Parameter(ParameterSetName = 'EncryptionType')]
        [ValidateSet('NoEncryption', 'RequireEncryption', 'OptionalEncryption', 'MaximumEncryption')]
        [string] $EncryptionType,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [uint32] $GrePorts,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [Alias('IdleDurationSeconds')] [uint32] $IdleDisconnectSeconds,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [uint32] $Ikev2Ports,
        [Parameter(ParameterSetName = 'CustomPolicy')] [Alias('FirstIntegrityAlgorithm', 'OtherHashAlgorithm')]
        [ValidateSet('MD5', 'SHA1', 'SHA256', 'SHA384')] [string] $IntegrityCheckMethod,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [uint32] $L2tpPorts,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [uint32] $MMSALifeTimeSeconds, [switch] $PassThru,
        [Parameter(ParameterSetName = 'CustomPolicy')] [Alias('PfsGroupId')]
        [ValidateSet('None', 'PFS1', 'PFS2', 'PFS2048', 'ECP256', 'ECP384', 'PFSMM', 'PFS24')] [string] $PfsGroup,
        [Parameter(Mandatory, ParameterSetName = 'RevertToDefault')] [switch] $RevertToDefault,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [Alias('LifeTimeKiloBytes')] [uint32] $SADataSizeForRenegotiationKilobytes,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [Alias('LifeTimeSeconds', 'QMSALifeTimeSeconds')] [uint32] $SALifeTimeSeconds,
        [Parameter(ParameterSetName = 'EncryptionType')] [Parameter(ParameterSetName = 'CustomPolicy')]
        [uint32] $SstpPorts, [ValidateSet('IKEV2', 'L2TP')] [string] $TunnelType,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess $policy.Keys
    if (-not $state -or -not $PSCmdlet.ShouldProcess('VpnServerIPsecConfiguration', 'Set')) { return }
    foreach ($name in 'SstpPorts', 'GrePorts', 'Ikev2Ports', 'L2tpPorts', 'EncryptionType') {
        if ($PSBoundParameters.ContainsKey($name)) { $state.$name = $PSBoundParameters[$name] }
    }
    $units = @{
        IdleDisconnectSeconds = 'IdleDisconnect'; SALifeTimeSeconds = 'SALifeTime'; MMSALifeTimeSeconds = 'MMSALifeTime'
        SADataSizeForRenegotiationKilobytes = 'SADataSizeForRenegotiation'
    }
    foreach ($name in $units.Keys) {
        if ($PSBoundParameters.ContainsKey($name)) { $state.($units[$name]) = $PSBoundParameters[$name] }
    }
    if ($CustomPolicy) { $state.Policy = Get-StandInPolicy $state.Policy $PSBoundParameters }
    elseif ($EncryptionType -or $state.PortsCallRevertsPolicy) { $state.Policy = $null }
    if ($RevertToDefault) {
        $new = @{ IdleDisconnect = 300; SALifeTime = 28800; MMSALifeTime = 86400; SADataSizeForRenegotiation = 1024000 }
        foreach ($name in $new.Keys) { $state.$name = $new[$name] }
        $state.Policy = $null
        $state.EncryptionType = 'RequireEncryption'
    }
    Set-StandInState RemoteAccess $state
    Write-Warning $restart
    if ($PassThru) { Get-VpnServerConfiguration }
}

function Get-StandInPolicy($Old, $Bound) {
    $new = @{}
    foreach ($name in $policy.Keys) {
        $value = $Bound[$name]
        $new[$name] = if ($value) { [array]::FindIndex($policy[$name], [Predicate[object]] { $args[0] -eq $value }) }
        elseif ($Old) { $Old.$name }
        else { 0 }
    }
    $new
}

function Get-VpnAuthProtocol {
    [CmdletBinding()]
    param(
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state) { return }
    $usages = $null
    if ($state.CertificateEKUsToAccept) { $usages = [string[]] @($state.CertificateEKUsToAccept) }
    [pscustomobject] @{
        PSTypeName                    = 'Microsoft.Management.Infrastructure.CimInstance#VpnAuthProtocol'
        UserAuthProtocolAccepted      = [string[]] @($state.UserAuthProtocolAccepted)
        TunnelAuthProtocolsAdvertised = $state.TunnelAuthProtocolsAdvertised
        RootCertificateNameToAccept   = ConvertFrom-StandInCertificate $state.RootCertificateNameToAccept
        CertificateAdvertised         = ConvertFrom-StandInCertificate $state.CertificateAdvertised
        CertificateEKUsToAccept       = $usages
    }
}

function ConvertFrom-StandInCertificate($Text) {
    # Its DER as bytes, as PowerShell 7 shows it; 5.1 makes an X509Certificate2 of it.
    if ($Text) { , [Convert]::FromBase64String($Text) }
}

function Set-VpnAuthProtocol {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Security.Cryptography.X509Certificates.X509Certificate2] $CertificateAdvertised,
        [string[]] $CertificateEKUsToAccept, [switch] $PassThru,
        [Security.Cryptography.X509Certificates.X509Certificate2] $RootCertificateNameToAccept, [string] $SharedSecret,
        [ValidateSet('Certificates', 'PreSharedKey')] [string] $TunnelAuthProtocolsAdvertised,
        [ValidateSet('EAP', 'Certificate', 'MsChapv2', 'Chap', 'PAP', 'PreSharedKey')]
        [string[]] $UserAuthProtocolAccepted, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state -or -not $PSCmdlet.ShouldProcess('VpnAuthProtocol', 'Set')) { return }
    foreach ($name in 'UserAuthProtocolAccepted', 'TunnelAuthProtocolsAdvertised', 'CertificateEKUsToAccept') {
        if ($PSBoundParameters.ContainsKey($name)) { $state.$name = $PSBoundParameters[$name] }
    }
    foreach ($name in 'RootCertificateNameToAccept', 'CertificateAdvertised') {
        if (-not $PSBoundParameters.ContainsKey($name)) { continue }
        $certificate = $PSBoundParameters[$name]
        $state.$name = if ($certificate) { [Convert]::ToBase64String($certificate.RawData) }
    }
    Set-StandInState RemoteAccess $state
    # Said whatever is set: a known fault of the cmdlet.
    if ($CertificateEKUsToAccept) { Write-Warning 'Invalid filter.' }
    Write-Warning $restart
    if ($PassThru) { Get-VpnAuthProtocol }
}

function Set-VpnIPAddressAssignment {
    [CmdletBinding(SupportsShouldProcess, DefaultParameterSetName = 'VpnIPAddressAssignment')]
    param(
        [Alias('Cn')] [string] $ComputerName,
        [Parameter(Mandatory, ParameterSetName = 'VpnIPv6PrefixEntrypoint')] [string] $EntrypointName,
        [Parameter(ParameterSetName = 'VpnIPAddressAssignment')] [string[]] $IPAddressRange,
        [Parameter(ParameterSetName = 'VpnIPAddressAssignment')] [ValidateSet('Dhcp', 'StaticPool')]
        [string] $IPAssignmentMethod,
        [Parameter(ParameterSetName = 'VpnIPAddressAssignment')]
        [Parameter(Mandatory, ParameterSetName = 'VpnIPv6PrefixEntrypoint')] [string] $IPv6Prefix, [switch] $PassThru,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state -or -not $PSCmdlet.ShouldProcess('VpnIPAddressAssignment', 'Set')) { return }
    if ($IPAssignmentMethod) {
        $state.IPAssignmentMethod = $IPAssignmentMethod
        $ranges = @(if ($IPAssignmentMethod -eq 'StaticPool') { ConvertTo-StandInRange $IPAddressRange })
        $state.IPAddressRangeList = $ranges
    }
    if ($PSBoundParameters.ContainsKey('IPv6Prefix')) { $state.IPv6Prefix = $IPv6Prefix }
    Set-StandInState RemoteAccess $state
    Write-Warning $restart
    if (-not $PassThru) { return }
    [pscustomobject] @{
        PSTypeName         = 'Microsoft.Management.Infrastructure.CimInstance#VpnIPAddressAssignment'
        IPAssignmentMethod = $state.IPAssignmentMethod
        IPAddressRangeList = [string[]] @($state.IPAddressRangeList)
        IPv6Prefix         = $state.IPv6Prefix
    }
}

function ConvertTo-StandInRange([string[]] $Address) {
    # Pairs of a first and a last address.
    if (-not $Address -or $Address.Count % 2) { throw 'stand-in: addresses of ranges come in pairs' }
    for ($at = 0; $at -lt $Address.Count; $at += 2) { "$($Address[$at]) - $($Address[$at + 1])" }
}

function Add-VpnIPAddressRange {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [string[]] $IPAddressRange,
        [Parameter(Position = 3)] [Alias('RoutingDomainName')] [string] $RoutingDomain,
        [Alias('Cn')] [string] $ComputerName, [switch] $PassThru, $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state -or -not $PSCmdlet.ShouldProcess("$IPAddressRange", 'Add')) { return }
    $new = @(ConvertTo-StandInRange $IPAddressRange)
    $state.IPAddressRangeList = @($state.IPAddressRangeList) + $new
    Set-StandInState RemoteAccess $state
    if ($PassThru) { [pscustomobject] @{ IPAddressRangeList = [string[]] $new } }
}

function Remove-VpnIPAddressRange {
    [CmdletBinding(SupportsShouldProcess)]
    param(
        [Parameter(Mandatory, Position = 1)] [Alias('StartIPAddress')] [string] $IPAddress,
        [Parameter(Position = 3)] [Alias('RoutingDomainName')] [string] $RoutingDomain,
        [Alias('Cn')] [string] $ComputerName, [switch] $Force, [switch] $PassThru,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state) { return }
    $gone = @($state.IPAddressRangeList | Where-Object { $_.StartsWith("$IPAddress - ") })
    if (-not $gone.Count) {
        $text = "There is no address range that starts with $IPAddress."
        Write-StandInError $PSCmdlet 'HRESULT 1168' 'ObjectNotFound' $text $IPAddress
        return
    }
    if (-not $PSCmdlet.ShouldProcess($IPAddress, 'Remove')) { return }
    if (-not $Force -and -not $PSCmdlet.ShouldContinue("Remove the address range $($gone[0])?", 'Confirm')) { return }
    $state.IPAddressRangeList = @($state.IPAddressRangeList | Where-Object { $gone -notcontains $_ })
    Set-StandInState RemoteAccess $state
    if ($PassThru) { [pscustomobject] @{ IPAddressRangeList = [string[]] $gone } }
}

function Get-VpnS2SInterface {
    [CmdletBinding()]
    param(
        [Parameter(Position = 1)] [Alias('ElementName')] [string] $Name,
        [Parameter(Position = 2)] [Alias('RoutingDomainName')] [string] $RoutingDomain,
        $CimSession, [int] $ThrottleLimit, [switch] $AsJob)
    $state = Open-StandIn $PSCmdlet RemoteAccess
    if (-not $state) { return }
    foreach ($one in @($state.S2SInterfaces | Where-Object { -not $Name -or $_.Name -eq $Name })) {
        $one.PSObject.TypeNames.Insert(0, 'Microsoft.Management.Infrastructure.CimInstance#VpnS2SInterface')
        $one
    }
}
Export-ModuleMember -Function *-Vpn*
