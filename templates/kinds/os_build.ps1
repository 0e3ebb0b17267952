# Get answers @{ build; ubr }, numbers; read only.

function Get-AovpnOsBuild {
    [CmdletBinding()]
    param()
    $key = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $version = Get-ItemProperty -LiteralPath $key -Name 'CurrentBuildNumber', 'UBR'
    [ordered]@{ build = [int] $version.CurrentBuildNumber; ubr = [int] $version.UBR }
}
