# Get answers @{ ntauth; aia; authorities; cached; writable }: whether NTAuthCertificates, an entry of AIA and one of
# Certification Authorities have a certificate, which is base64 of its DER; whether it is in the NTAuth cache of this host;
# and whether this domain controller can be written to. All by this domain controller itself: what it has, others get later.

function Get-AovpnDirectory {
    # @{ services; server; writable }: where the public key services are, and the name of this server.
    [CmdletBinding()]
    param()
    $options = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\ProductOptions'
    if ((Get-ItemProperty -LiteralPath $options -Name 'ProductType').ProductType -ne 'LanmanNT') {
        throw 'This host is not a domain controller: certificates are published from one.'
    }
    $entry = [ADSI] 'LDAP://localhost/RootDSE'
    # An error of a property would be nothing, not an error.
    $entry.psbase.RefreshCache()
    $root = $entry.psbase.Properties
    $context = [string] $root['configurationNamingContext'].Value
    if (-not $context) { throw 'The directory does not tell its configuration partition.' }
    # LDAP_CAP_ACTIVE_DIRECTORY_PARTIAL_SECRETS: a read-only domain controller.
    $isReadOnly = [array]::IndexOf(@($root['supportedCapabilities']), '1.2.840.113556.1.4.1920') -ge 0
    @{
        services = "CN=Public Key Services,CN=Services,$context"
        server   = [string] $root['dnsHostName'].Value
        writable = -not $isReadOnly
    }
}

function Find-AovpnDirectoryCertificate {
    # The entries of a place that have the certificate: @{ entry; values }, values is how many certificates it has.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [hashtable] $Directory,
        [Parameter(Mandatory)] [ValidateSet('ntauth', 'aia', 'authorities')] [string] $Place,
        [Parameter(Mandatory)] [string] $Certificate
    )
    $containers = @{ ntauth = ''; aia = 'CN=AIA,'; authorities = 'CN=Certification Authorities,' }
    # In a path a slash would part it.
    $name = ($containers[$Place] + $Directory['services']).Replace('/', '\/')
    $filter = '(objectClass=certificationAuthority)'
    if ($Place -eq 'ntauth') { $filter = "(&$filter(cn=NTAuthCertificates))" }
    $searcher = [adsisearcher] $filter
    $searcher.SearchRoot = [ADSI] "LDAP://localhost/$name"
    $searcher.SearchScope = 'OneLevel'
    $searcher.PageSize = 500
    $null = $searcher.PropertiesToLoad.Add('cACertificate')
    $found = $searcher.FindAll()
    try {
        foreach ($result in $found) {
            $values = @(foreach ($value in $result.Properties['cacertificate']) { [Convert]::ToBase64String([byte[]] $value) })
            if ([array]::IndexOf($values, $Certificate) -ge 0) {
                @{ entry = $result.GetDirectoryEntry(); values = $values.Count }
            }
        }
    }
    finally { $found.Dispose() }
}

function Publish-AovpnDirectoryCertificate {
    # By certutil, on this server: NTAuthCA, or RootCA for the other two places.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [hashtable] $Directory,
        [Parameter(Mandatory)] [string] $Certificate,
        [Parameter(Mandatory)] [string] $As
    )
    $path = [IO.Path]::Combine([IO.Path]::GetTempPath(), "aovpn-$([guid]::NewGuid().ToString('N')).cer")
    try {
        [IO.File]::WriteAllBytes($path, [Convert]::FromBase64String($Certificate))
        $said = @(& "$env:SystemRoot\System32\certutil.exe" -dspublish -f -dc $Directory['server'] $path $As)
        if ($LASTEXITCODE -ne 0) {
            $code = '0x{0:x8}' -f $LASTEXITCODE
            throw "certutil -dspublish $As ended with $code (it needs Enterprise Admins): $($said -match '\S' -join ' ')"
        }
    }
    finally { [IO.File]::Delete($path) }
}

function Remove-AovpnDirectoryCertificate {
    # This one value. An entry cannot be without any: one that has no other was made for it, and goes with it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Found, [Parameter(Mandatory)] [string] $Certificate)
    $entry = $Found['entry'].psbase
    if ($Found['values'] -le 1) { $entry.DeleteTree(); return }
    # ADS_PROPERTY_DELETE. A change of the collection of values would write all of them.
    $value = [object[]] (, [Convert]::FromBase64String($Certificate))
    $null = $entry.Invoke('PutEx', @(4, 'cACertificate', $value))
    $null = $entry.Invoke('SetInfo')
}

function Get-AovpnDirectoryCertificate {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Certificate, [Parameter(Mandatory)] [string] $Thumbprint)
    $directory = Get-AovpnDirectory
    $state = [ordered]@{}
    foreach ($place in 'ntauth', 'aia', 'authorities') {
        $found = @(Find-AovpnDirectoryCertificate -Directory $directory -Place $place -Certificate $Certificate)
        $state[$place] = $found.Count -gt 0
    }
    $cache = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\EnterpriseCertificates\NTAuth\Certificates'
    $state.cached = Test-Path -LiteralPath "$cache\$Thumbprint"
    $state.writable = $directory['writable']
    $state
}

function Set-AovpnDirectoryCertificate {
    # Desired has ntauth, aia and authorities.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Certificate,
        [Parameter(Mandatory)] [string] $Thumbprint,
        [Parameter(Mandatory)] [hashtable] $Desired
    )
    $directory = Get-AovpnDirectory
    $now = Get-AovpnDirectoryCertificate -Certificate $Certificate -Thumbprint $Thumbprint
    $isMissing = @{}
    foreach ($place in 'ntauth', 'aia', 'authorities') { $isMissing[$place] = $Desired[$place] -and -not $now[$place] }
    if ($isMissing['aia'] -or $isMissing['authorities']) {
        Publish-AovpnDirectoryCertificate -Directory $directory -Certificate $Certificate -As 'RootCA'
    }
    if ($isMissing['ntauth']) {
        Publish-AovpnDirectoryCertificate -Directory $directory -Certificate $Certificate -As 'NTAuthCA'
    }
    # Each of the two writes to AIA as well.
    foreach ($place in 'ntauth', 'aia', 'authorities') {
        if ($Desired[$place]) { continue }
        foreach ($found in @(Find-AovpnDirectoryCertificate -Directory $directory -Place $place -Certificate $Certificate)) {
            Remove-AovpnDirectoryCertificate -Found $found -Certificate $Certificate
        }
    }
}
