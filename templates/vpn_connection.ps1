# The VPN connections of a client, and who may have made them.
# Calls Get-VpnConnection of VpnClient.

function Get-AovpnVpnConnections {
    # All of all users, or of the account that asks: Windows shows nobody those of another user.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [bool] $AllUsers)
    $asked = @{ Name = 'VpnClient\Get-VpnConnection'; CommandType = 'Function', 'Cmdlet' }
    if (-not (Get-Command @asked -ErrorAction SilentlyContinue)) {
        throw 'The VpnClient cmdlets are not installed: this Windows has no VPN connections that they could tell.'
    }
    $scope = @{}
    if ($AllUsers) { $scope['AllUserConnection'] = $true }
    try { Get-VpnConnection @scope -ErrorAction Stop }
    catch {
        $said = (ConvertTo-AovpnError $_).message -replace '\s+', ' '
        throw "Windows does not tell its VPN connections: $said"
    }
}

function Find-AovpnVpnConnection {
    # The connection of a name in any case; nothing where no connection of all users has it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [bool] $AllUsers)
    foreach ($one in @(Get-AovpnVpnConnections -AllUsers $AllUsers)) {
        if ($null -ne $one -and [string]::Equals([string] $one.Name, $Name, 'OrdinalIgnoreCase')) { return $one }
    }
    if ($AllUsers) { return }
    throw "$env:USERDOMAIN\$env:USERNAME, who asks, has no VPN connection $Name, and one that another user has cannot be " +
    'read: a connection is shown to the user alone whose it is, unless it is of all users.'
}

function Get-AovpnVpnConnectionScope {
    # The parameters that name a connection, which has to be there, to the cmdlet that changes it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [bool] $AllUsers)
    $connection = Find-AovpnVpnConnection -Name $Name -AllUsers $AllUsers
    if ($null -eq $connection) { throw "There is no VPN connection $Name of all users any more." }
    $scope = @{ Name = [string] $connection.Name }
    if ($AllUsers) { $scope['AllUserConnection'] = $true }
    $scope
}

function Get-AovpnMdmTraces {
    # Answers @{ providers; profiles }: the services that manage this Windows, and the VPN profiles that they track, as their
    # addresses write the names. Null where it cannot be told.
    [CmdletBinding()]
    param()
    $microsoft = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft'
    $providers = @()
    $profiles = @()
    try {
        if (Test-Path -LiteralPath "$microsoft\Enrollments") {
            foreach ($key in Get-ChildItem -LiteralPath "$microsoft\Enrollments" -ErrorAction Stop) {
                $provider = Get-ItemProperty -LiteralPath $key.PSPath -Name 'ProviderID' -ErrorAction SilentlyContinue
                if ($null -ne $provider -and $provider.ProviderID) { $providers += [string] $provider.ProviderID }
            }
        }
        $tracked = "$microsoft\EnterpriseResourceManager\Tracked"
        if (Test-Path -LiteralPath $tracked) {
            foreach ($key in Get-ChildItem -LiteralPath $tracked -Recurse -ErrorAction Stop) {
                $values = Get-ItemProperty -LiteralPath $key.PSPath -ErrorAction Stop
                if ($null -eq $values) { continue }
                foreach ($value in $values.PSObject.Properties) {
                    foreach ($text in $value.Name, [string] $value.Value) {
                        $parts = $text -split '/VPNv2/'
                        if ($parts.Count -gt 1) { $profiles += ($parts[1] -split '/')[0] }
                    }
                }
            }
        }
    }
    catch { return $null }
    [ordered]@{
        providers = [string[]] @($providers | Select-Object -Unique)
        profiles  = [string[]] @($profiles | Select-Object -Unique)
    }
}
