# Get answers nothing where no connection of all users has the name, else @{ name; mdm; oids }: the purposes that a machine
# certificate must have to be chosen.
# Calls Set-VpnConnection of VpnClient: MachineCertificateEKUFilter Confirm.

function Get-AovpnVpnConnectionEkuFilter {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [bool] $AllUsers)
    $connection = Find-AovpnVpnConnection -Name $Name -AllUsers $AllUsers
    if ($null -eq $connection) { return }
    $oids = foreach ($oid in @($connection.MachineCertificateEKUFilter)) { if ($oid) { [string] $oid } }
    [ordered]@{ name = [string] $connection.Name; mdm = Get-AovpnMdmTraces; oids = [string[]] @($oids) }
}

function Set-AovpnVpnConnectionEkuFilter {
    # Desired has all purposes, which count when the connection is next made; nothing is disconnected.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [bool] $AllUsers,
        [Parameter(Mandatory)] [hashtable] $Desired
    )
    $scope = Get-AovpnVpnConnectionScope -Name $Name -AllUsers $AllUsers
    $oids = [string[]] @($Desired['oids'])
    Set-VpnConnection @scope -MachineCertificateEKUFilter $oids -Confirm:$false -ErrorAction Stop
}
