# Get answers the port counts @{ ikev2; sstp; l2tp; gre }, the limits of the miniports (null where unknown), and the IPsec
# policy as it is, as texts, so that a disturbance of it shows.
# Calls Get-VpnServerConfiguration of RemoteAccess.
# Calls Set-VpnServerConfiguration of RemoteAccess: Confirm.

function Get-AovpnMiniportLimits {
    # MaxWanEndpoints of the WAN miniports, which are found by device id and never by their number.
    [CmdletBinding()]
    param()
    $limits = [ordered]@{ ikev2 = $null; sstp = $null; l2tp = $null; gre = $null }
    $devices = @{ ms_agilevpnminiport = 'ikev2'; ms_sstpminiport = 'sstp'; ms_l2tpminiport = 'l2tp'; ms_greminiport = 'gre' }
    $class = 'Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}'
    # One of the keys there is for the system alone.
    foreach ($key in Get-ChildItem -LiteralPath $class -ErrorAction SilentlyContinue) {
        $id = Get-ItemProperty -LiteralPath $key.PSPath -Name 'MatchingDeviceId' -ErrorAction SilentlyContinue
        $most = Get-ItemProperty -LiteralPath $key.PSPath -Name 'MaxWanEndpoints' -ErrorAction SilentlyContinue
        if ($null -eq $id -or $null -eq $most) { continue }
        # On 5.1 keys of a table compare by culture: under Turkish MS_SSTPMINIPORT is another text.
        $protocol = $devices[([string] $id.MatchingDeviceId).ToLowerInvariant()]
        if ($null -eq $protocol) { continue }
        $limit = [long] $most.MaxWanEndpoints
        if ($null -eq $limits[$protocol] -or $limit -lt $limits[$protocol]) { $limits[$protocol] = $limit }
    }
    $limits
}

function Get-AovpnVpnConfiguration {
    # What Get-VpnServerConfiguration says; one plain line where it cannot.
    [CmdletBinding()]
    param()
    $asked = @{ Name = 'RemoteAccess\Get-VpnServerConfiguration'; CommandType = 'Function', 'Cmdlet' }
    if (-not (Get-Command @asked -ErrorAction SilentlyContinue)) {
        throw 'The RemoteAccess cmdlets are not installed (Windows feature RSAT-RemoteAccess-PowerShell).'
    }
    try { $found = @(Get-VpnServerConfiguration -ErrorAction Stop) }
    catch {
        $said = (ConvertTo-AovpnError $_).message -replace '\s+', ' '
        throw "RRAS is not configured for VPN, or does not tell its configuration: $said"
    }
    if ($found.Count -ne 1 -or $null -eq $found[0]) { throw 'RRAS is not configured for VPN: it has no configuration.' }
    $found[0]
}

function Get-AovpnVpnServerPorts {
    [CmdletBinding()]
    param()
    $properties = (Get-AovpnVpnConfiguration).PSObject.Properties
    $state = [ordered]@{ ikev2 = $null; sstp = $null; l2tp = $null; gre = $null }
    $known = 0
    foreach ($protocol in 'ikev2', 'sstp', 'l2tp', 'gre') {
        $count = $properties["${protocol}Ports"]
        if ($null -eq $count -or $null -eq $count.Value) { continue }
        $state[$protocol] = [long] $count.Value
        $known++
    }
    if ($known -eq 0) { throw 'RRAS is not configured for VPN: it has no port counts.' }
    $policy = [ordered]@{}
    $names = 'EncryptionType', 'CustomPolicy', 'EncryptionMethod', 'IntegrityCheckMethod', 'CipherTransformConstants', 'PfsGroup',
    'AuthenticationTransformConstants', 'DHGroup'
    foreach ($name in $names) {
        $property = $properties[$name]
        if ($null -ne $property) { $policy[$name] = [string] $property.Value }
    }
    $state.limits = Get-AovpnMiniportLimits
    $state.policy = $policy
    $state
}

function Set-AovpnVpnServerPorts {
    # Desired has the counts that are declared; those that are right already are not named in the call.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Desired)
    $now = Get-AovpnVpnServerPorts
    $changes = @{}
    foreach ($protocol in 'ikev2', 'sstp', 'l2tp', 'gre') {
        if (-not $Desired.ContainsKey($protocol)) { continue }
        $count = [uint32] $Desired[$protocol]
        if ($count -ne $now[$protocol]) { $changes["${protocol}Ports"] = $count }
    }
    if ($changes.Count -eq 0) { return }
    # It warns that a restart is needed: Python knows. A function of a module does not see our preferences, and would ask.
    Set-VpnServerConfiguration @changes -Confirm:$false -ErrorAction Stop -WarningAction SilentlyContinue
}
