# Get answers what Get-AovpnPatchState does, and the values by which a domain controller maps certificates: enforcement, backdating,
# subject_alt_name, mapping_methods. Each is a number, null where it is absent, or the type of what is no number. Read only.

function Get-AovpnStrongMapping {
    [CmdletBinding()]
    param()
    $control = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet'
    $kdc = "$control\Services\Kdc"
    $state = Get-AovpnPatchState
    $state.enforcement = Get-AovpnNumber -Key $kdc -Name 'StrongCertificateBindingEnforcement'
    $state.backdating = Get-AovpnNumber -Key $kdc -Name 'CertificateBackdatingCompensation'
    $state.subject_alt_name = Get-AovpnNumber -Key $kdc -Name 'UseSubjectAltName'
    $schannel = "$control\Control\SecurityProviders\Schannel"
    $state.mapping_methods = Get-AovpnNumber -Key $schannel -Name 'CertificateMappingMethods'
    $state
}

function Get-AovpnNumber {
    # A REG_DWORD, whose sign is not meant; of another type, its name in .NET.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key, [Parameter(Mandatory)] [string] $Name)
    $data = Get-AovpnRegistryData -Key $Key -Name $Name
    if ($null -eq $data) { return $null }
    if ($data -is [int] -or $data -is [uint32]) { return [long] $data }
    if ($data -is [array]) { return 'list' }
    # Constrained language allows no GetType().
    if ($data -is [string]) { return 'String' }
    'QWord'
}
