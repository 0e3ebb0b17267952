# Get answers nothing where no connection of all users has the name, else @{ name; mdm; build; eap }: the build of Windows and
# the whole EAP configuration as XML, null where the connection has none.
# Calls Set-VpnConnection of VpnClient: EapConfigXmlStream Confirm.

function Get-AovpnVpnConnectionEapServerNames {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [bool] $AllUsers)
    $connection = Find-AovpnVpnConnection -Name $Name -AllUsers $AllUsers
    if ($null -eq $connection) { return }
    $eap = $null
    if ($null -ne $connection.EapConfigXmlStream) { $eap = [string] $connection.EapConfigXmlStream.OuterXml }
    if ($eap -eq '') { $eap = $null }
    $windows = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    [ordered]@{
        name  = [string] $connection.Name
        mdm   = Get-AovpnMdmTraces
        build = [int] (Get-ItemProperty -LiteralPath $windows -Name 'CurrentBuildNumber').CurrentBuildNumber
        eap   = $eap
    }
}

function Set-AovpnVpnConnectionEapServerNames {
    # Desired has the whole EAP configuration, which counts when the connection is next made; nothing is disconnected.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [bool] $AllUsers,
        [Parameter(Mandatory)] [hashtable] $Desired
    )
    $scope = Get-AovpnVpnConnectionScope -Name $Name -AllUsers $AllUsers
    if (-not $Desired['eap']) { throw 'An EAP configuration is never taken away.' }
    Set-VpnConnection @scope -EapConfigXmlStream ([xml] $Desired['eap']) -Confirm:$false -ErrorAction Stop
}
