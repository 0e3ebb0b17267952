# Get answers @{ fault; code; said } of the read-only probe `netsh ras show wanports`, see Get-AovpnNetshRas. Read only.

function Get-AovpnNetshHealth {
    [CmdletBinding()]
    param()
    $service = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess'
    # On any Windows there, but disabled: netsh has nothing to tell then.
    $isThere = Test-Path -LiteralPath $service
    if (-not $isThere -or (Get-ItemProperty -LiteralPath $service -Name 'Start').Start -eq 4) {
        throw 'RRAS is not configured on this host: its service RemoteAccess is disabled or missing.'
    }
    Get-AovpnNetshRas
}
