# A stand-in module as those in tests/powershell/modules: parameters as documented, state in the registry.
$root = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\AovpnStandIn\Toys'

function Get-ToyClock {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    if (-not (Test-Path -LiteralPath "$root\$Name")) { return }
    $clock = Get-ItemProperty -LiteralPath "$root\$Name"
    [pscustomobject] @{ Minutes = [uint32] $clock.Minutes; Chimes = [bool] $clock.Chimes }
}

function Set-ToyClock {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [uint32] $Minutes, [bool] $Chimes)
    if (-not (Test-Path -LiteralPath "$root\$Name")) { Write-Error "There is no clock $Name."; return }
    if ($Minutes -gt 59) { Write-Error 'A clock is fast by 59 minutes at most.'; return }
    foreach ($one in 'Minutes', 'Chimes') {
        if (-not $PSBoundParameters.ContainsKey($one)) { continue }
        Set-ItemProperty -LiteralPath "$root\$Name" -Name $one -Value ([int] $PSBoundParameters[$one])
    }
}
Export-ModuleMember -Function Get-ToyClock, Set-ToyClock
