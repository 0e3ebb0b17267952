# Get answers nothing where no connection of all users has the name, else @{ name; mdm; split_tunneling; routes }: each route
# as @{ prefix; metric }.
# Calls Add-VpnConnectionRoute of VpnClient: DestinationPrefix Confirm.
# Calls Remove-VpnConnectionRoute of VpnClient: DestinationPrefix Confirm.

function Get-AovpnVpnConnectionRoute {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [bool] $AllUsers)
    $connection = Find-AovpnVpnConnection -Name $Name -AllUsers $AllUsers
    if ($null -eq $connection) { return }
    $routes = foreach ($route in @($connection.Routes)) {
        if ($null -eq $route) { continue }
        $metric = $null
        if ($null -ne $route.RouteMetric) { $metric = [long] $route.RouteMetric }
        [ordered]@{ prefix = [string] $route.DestinationPrefix; metric = $metric }
    }
    [ordered]@{
        name            = [string] $connection.Name
        mdm             = Get-AovpnMdmTraces
        split_tunneling = [bool] $connection.SplitTunneling
        routes          = [object[]] @($routes)
    }
}

function Find-AovpnOtherRoutes {
    # Those of some routes that are not among others, with the same metric.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $Of,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $Among
    )
    foreach ($one in $Of) {
        $isThere = $false
        foreach ($other in $Among) {
            $isSame = [string]::Equals([string] $other['prefix'], [string] $one['prefix'], 'OrdinalIgnoreCase')
            if ($isSame -and $other['metric'] -eq $one['metric']) { $isThere = $true }
        }
        if (-not $isThere) { $one }
    }
}

function Set-AovpnRoutes {
    # Takes away the routes that are not wanted, then adds those that are missing.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [hashtable] $Connection,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $Now,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [object[]] $Wanted
    )
    foreach ($route in @(Find-AovpnOtherRoutes -Of $Now -Among $Wanted)) {
        Remove-VpnConnectionRoute @Connection -DestinationPrefix $route['prefix'] -Confirm:$false -ErrorAction Stop
    }
    foreach ($route in @(Find-AovpnOtherRoutes -Of $Wanted -Among $Now)) {
        $metric = @{}
        if ($null -ne $route['metric']) { $metric['RouteMetric'] = [uint32] $route['metric'] }
        Add-VpnConnectionRoute @Connection @metric -DestinationPrefix $route['prefix'] -Confirm:$false -ErrorAction Stop
    }
}

function Set-AovpnVpnConnectionRoute {
    # Desired has all routes. They count when the connection is next made; nothing is disconnected. Where one of them cannot be
    # set, those before it are put back.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [bool] $AllUsers,
        [Parameter(Mandatory)] [hashtable] $Desired
    )
    $target = @{ Name = $Name; AllUsers = $AllUsers }
    $before = Get-AovpnVpnConnectionRoute @target
    if ($null -eq $before) { throw "There is no VPN connection $Name of all users any more." }
    $connection = @{ ConnectionName = $before['name'] }
    if ($AllUsers) { $connection['AllUserConnection'] = $true }
    try { Set-AovpnRoutes -Connection $connection -Now $before['routes'] -Wanted @($Desired['routes']) }
    catch {
        $said = (ConvertTo-AovpnError $_).message.TrimEnd('.') -replace '\s+', ' '
        $end = 'The routes are as before.'
        try {
            $left = (Get-AovpnVpnConnectionRoute @target)['routes']
            Set-AovpnRoutes -Connection $connection -Now $left -Wanted $before['routes']
        }
        catch { $end = 'The routes before could not be put back: see what is there now.' }
        throw "$said. $end"
    }
}
