# Get answers nothing where there is no clock of this name, else @{ minutes; chimes }: how fast it is, and whether it chimes.
# Calls Get-ToyClock of Toys: Name.
# Calls Set-ToyClock of Toys: Name.

function Get-AovpnToyClock {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $clock = Get-ToyClock -Name $Name -ErrorAction Stop
    if ($null -eq $clock) { return }
    [ordered]@{ minutes = [long] $clock.Minutes; chimes = [bool] $clock.Chimes }
}

function Set-AovpnToyClock {
    # Desired has minutes, chimes, or both.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [hashtable] $Desired)
    Set-ToyClock -Name $Name @Desired -ErrorAction Stop
}
