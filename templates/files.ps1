# Files and folders of our own on a host.

function New-AovpnFolder {
    # Made with its rights (SDDL) at once, so that nobody comes in between.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [string] $Rights)
    $security = New-Object -TypeName System.Security.AccessControl.DirectorySecurity
    $security.SetSecurityDescriptorSddlForm($Rights)
    if ($PSVersionTable.PSEdition -eq 'Core') { [IO.FileSystemAclExtensions]::Create([IO.DirectoryInfo] $Path, $security) }
    else { $null = [IO.Directory]::CreateDirectory($Path, $security) }
}

function Get-AovpnHash {
    # SHA-256 in hexadecimal, also where FIPS allows no managed code for it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [byte[]] $Bytes)
    $sha = New-Object -TypeName System.Security.Cryptography.SHA256CryptoServiceProvider
    [BitConverter]::ToString($sha.ComputeHash($Bytes))
}
