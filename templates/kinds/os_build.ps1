# Get answers @{ build; ubr }, numbers; ubr is null where Windows does not tell it. Read only.

function Get-AovpnOsBuild {
    [CmdletBinding()]
    param()
    $key = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $build = [int] (Get-ItemProperty -LiteralPath $key -Name 'CurrentBuildNumber').CurrentBuildNumber
    $ubr = $null
    if (@((Get-Item -LiteralPath $key).Property) -contains 'UBR') {
        $ubr = [int] (Get-ItemProperty -LiteralPath $key -Name 'UBR').UBR
    }
    [ordered]@{ build = $build; ubr = $ubr }
}
