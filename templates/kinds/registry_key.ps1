# Get answers nothing where the key is missing, else @{ exists = $true }. Read only.

function Get-AovpnRegistryKey {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key)
    $item = Open-AovpnKey -Key $Key
    if ($null -eq $item) { return }
    $item.Close()
    [ordered]@{ exists = $true }
}
