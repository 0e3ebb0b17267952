# Get answers @{ account; certificates }: the SID of the account that is asked about, null where the host does not know it or
# none is; and, each as @{ raw; begun; days; key; access }, the certificates of a store of the computer: all, or with a
# thumbprint that one and those of the same subject. raw is the DER in base64, begun whether its validity has, days how many
# whole ones are left by the clock of the host, below zero once it has expired, key whether the private key is there, access
# who may read it, null where that is not asked. Read only.

function Get-AovpnPrivateKey {
    # The private key as .NET opens it; nothing where it is neither RSA nor of an elliptic curve.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate)
    $rsa = [System.Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
    if ($null -ne $rsa) { return $rsa }
    [System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions]::GetECDsaPrivateKey($Certificate)
}

function Get-AovpnKeyName {
    # The name of the file of a private key: of CNG, or of an older provider.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [object] $Key)
    $cng = $Key.PSObject.Properties['Key']
    if ($null -ne $cng) { return [string] $cng.Value.UniqueName }
    $container = $Key.PSObject.Properties['CspKeyContainerInfo']
    if ($null -ne $container) { return [string] $container.Value.UniqueKeyContainerName }
    throw 'Windows does not tell where the private key is kept.'
}

function Find-AovpnKeyFile {
    # The path of the file of a private key of the computer.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyString()] [string] $Name)
    $root = [System.Environment]::GetFolderPath('CommonApplicationData') + '\Microsoft\Crypto'
    foreach ($folder in 'Keys', 'RSA\MachineKeys', 'SystemKeys', 'RSA\S-1-5-18') {
        if ($Name -eq '' -or $Name -match '[\\/:*?]') { break }
        if (Test-Path -LiteralPath "$root\$folder\$Name") { return "$root\$folder\$Name" }
    }
    throw 'The private key is in no file that may be seen: it may be in a TPM or another device, or only an administrator may look.'
}

function Get-AovpnKeyAccess {
    # @{ rules }, each @{ sid; allow; rights }, of the file of a private key; or @{ reason }.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [System.Security.Cryptography.X509Certificates.X509Certificate2] $Certificate)
    try {
        $key = Get-AovpnPrivateKey -Certificate $Certificate
        if ($null -eq $key) { throw 'The private key is neither RSA nor of an elliptic curve.' }
        $list = Get-Acl -LiteralPath (Find-AovpnKeyFile -Name (Get-AovpnKeyName -Key $key))
        $rules = @(foreach ($rule in $list.GetAccessRules($true, $true, [System.Security.Principal.SecurityIdentifier])) {
                $allows = [string] $rule.AccessControlType -eq 'Allow'
                [ordered]@{ sid = [string] $rule.IdentityReference.Value; allow = $allows; rights = [int] $rule.FileSystemRights }
            })
        [ordered]@{ rules = [object[]] $rules }
    }
    catch { [ordered]@{ reason = (ConvertTo-AovpnError $_).message -replace '\s+', ' ' } }
}

function Get-AovpnStoreCertificates {
    # The certificates of a store of the computer.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Store)
    $opened = New-Object -TypeName System.Security.Cryptography.X509Certificates.X509Store -ArgumentList $Store, 'LocalMachine'
    # One that is not there would be made.
    try { $opened.Open('ReadOnly, OpenExistingOnly') }
    catch {
        $said = (ConvertTo-AovpnError $_).message -replace '\s+', ' '
        throw "The store $Store of the computer cannot be opened: $said"
    }
    try { @($opened.Certificates) } finally { $opened.Close() }
}

function Select-AovpnCertificates {
    # The one with this thumbprint, and those with the same subject; all without a thumbprint.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $Certificates,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Thumbprint
    )
    if ($Thumbprint -eq '') { return $Certificates }
    foreach ($one in $Certificates) {
        if (-not [string]::Equals($one.Thumbprint, $Thumbprint, 'OrdinalIgnoreCase')) { continue }
        $subject = [System.Convert]::ToBase64String($one.SubjectName.RawData)
        foreach ($other in $Certificates) {
            $same = [string]::Equals([System.Convert]::ToBase64String($other.SubjectName.RawData), $subject)
            if ($same) { $other }
        }
        return
    }
}

function Get-AovpnCertificate {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Store,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Thumbprint,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $ReadableBy
    )
    $state = [ordered]@{ account = $null; certificates = @() }
    if ($ReadableBy -ne '') { $state.account = Resolve-AovpnAccount -Account $ReadableBy }
    $chosen = @(Select-AovpnCertificates -Certificates @(Get-AovpnStoreCertificates -Store $Store) -Thumbprint $Thumbprint)
    if ($chosen.Count -gt 300) {
        throw "The store $Store has $($chosen.Count) certificates, which are too many to look at: choose one by its thumbprint."
    }
    $now = [DateTime]::UtcNow
    $state.certificates = [object[]] @(foreach ($one in $chosen) {
            $access = $null
            if ($ReadableBy -ne '' -and $one.HasPrivateKey) { $access = Get-AovpnKeyAccess -Certificate $one }
            [ordered]@{
                raw    = [System.Convert]::ToBase64String($one.RawData)
                begun  = $one.NotBefore.ToUniversalTime() -le $now
                days   = [long] [System.Math]::Floor(($one.NotAfter.ToUniversalTime() - $now).TotalDays)
                key    = [bool] $one.HasPrivateKey
                access = $access
            }
        })
    $state
}
