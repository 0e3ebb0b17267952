# Get answers @{ miniports; endpoints; exports; interfaces; build }: the uses of each miniport of a device as its key has them,
# @{ ras; routing; outbound }, its port counts, its key as a .reg file, all by the name of the key; the interfaces that may use
# it; and the build of Windows.
# Calls Get-RemoteAccess of RemoteAccess.
# Calls Get-VpnS2SInterface of RemoteAccess.

function Open-AovpnMachineKey {
    # A key of the 64-bit HKEY_LOCAL_MACHINE; null where there is none.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path, [switch] $Write)
    [Microsoft.Win32.RegistryKey]::OpenBaseKey('LocalMachine', 'Registry64').OpenSubKey($Path, [bool] $Write)
}

function Find-AovpnMiniports {
    # The names of the keys below the class of network adapters that are miniports of this device: found by its id, in any case
    # of letters, and never by their number, which is another one on each host.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Class, [Parameter(Mandatory)] [string] $Device)
    $id = "ms_${Device}miniport"
    if ($Device -eq 'ikev2') { $id = 'ms_agilevpnminiport' }
    $all = Open-AovpnMachineKey -Path $Class
    if ($null -eq $all) { return }
    try { $names = $all.GetSubKeyNames() } finally { $all.Close() }
    foreach ($name in $names) {
        # One of the keys there, Properties, is for the system alone.
        try { $key = Open-AovpnMachineKey -Path "$Class\$name" } catch [System.Security.SecurityException] { continue }
        try {
            $ids = @('MatchingDeviceId', 'ComponentId' | ForEach-Object { [string] $key.GetValue($_) })
            if (@($ids | Where-Object { [string]::Equals($_, $id, 'OrdinalIgnoreCase') }).Count -gt 0) { $name }
        }
        finally { $key.Close() }
    }
}

function Get-AovpnMiniportNumber {
    # A number of the key; null where it is not there. Of any other type it is none that could be put back.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [Microsoft.Win32.RegistryKey] $Key, [Parameter(Mandatory)] [string] $Name)
    $data = $Key.GetValue($Name)
    if ($null -eq $data) { return $null }
    if ($data -isnot [int]) { throw "$Name of $($Key.Name) is not a REG_DWORD." }
    [BitConverter]::ToUInt32([BitConverter]::GetBytes($data), 0)
}

function ConvertTo-AovpnRegFile {
    # A key with its values, not with the keys below it, as the text of a .reg file.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [Microsoft.Win32.RegistryKey] $Key)
    $lines = @('Windows Registry Editor Version 5.00', '', "[$($Key.Name)]")
    foreach ($name in $Key.GetValueNames()) {
        $type = [string] $Key.GetValueKind($name)
        $data = $Key.GetValue($name, $null, 'DoNotExpandEnvironmentNames')
        $quoted = '"' + $name.Replace('\', '\\').Replace('"', '\"') + '"'
        if ($name -eq '') { $quoted = '@' }
        if ($type -eq 'String') { $lines += $quoted + '="' + $data.Replace('\', '\\').Replace('"', '\"') + '"'; continue }
        if ($type -eq 'DWord' -and $data -is [int]) { $lines += $quoted + '=dword:{0:x8}' -f $data; continue }
        $numbers = @{ None = 0; ExpandString = 2; Binary = 3; DWord = 4; MultiString = 7; QWord = 'b' }
        if ($null -eq $numbers[$type]) { $lines += "; $quoted is left out: its type is not known."; continue }
        # Numbers of a wrong length come as bytes, or as the number that they would be.
        $bytes = $data
        if ($type -eq 'ExpandString') { $bytes = [System.Text.Encoding]::Unicode.GetBytes("$data`0") }
        elseif ($type -eq 'MultiString') { $bytes = [System.Text.Encoding]::Unicode.GetBytes(($data -join "`0") + "`0`0") }
        elseif ($data -is [long]) { $bytes = [BitConverter]::GetBytes($data) }
        $lines += $quoted + "=hex($($numbers[$type])):" + (@($bytes | ForEach-Object { '{0:x2}' -f $_ }) -join ',')
    }
    ($lines -join "`r`n") + "`r`n"
}

function Get-AovpnSiteInterfaces {
    # The site-to-site interfaces: @{ Name; Protocol }.
    [CmdletBinding()]
    param()
    $asked = @{ Name = 'RemoteAccess\Get-VpnS2SInterface'; CommandType = 'Function', 'Cmdlet' }
    if (-not (Get-Command @asked -ErrorAction SilentlyContinue)) {
        throw 'The RemoteAccess cmdlets are not installed (Windows feature RSAT-RemoteAccess-PowerShell).'
    }
    try {
        # Where site-to-site is not configured, there are no interfaces to ask for.
        if ([string] (Get-RemoteAccess -ErrorAction Stop).VpnS2SStatus -eq 'Uninstalled') { return }
        Get-VpnS2SInterface -ErrorAction Stop
    }
    catch {
        $said = (ConvertTo-AovpnError $_).message -replace '\s+', ' '
        throw "RRAS does not tell its site-to-site interfaces: $said"
    }
}

function Get-AovpnDialInterfaces {
    # The names of the interfaces that may dial through a miniport of this device: those of site-to-site, and those on demand.
    # What surely uses another miniport, by its protocol, is left out; what does not tell is not.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Device)
    $others = @()
    foreach ($site in @(Get-AovpnSiteInterfaces)) {
        $protocol = [string] $site.Protocol
        $known = @('ikev2', 'gre', 'l2tp', 'sstp' | Where-Object { [string]::Equals($_, $protocol, 'OrdinalIgnoreCase') })
        if ($known.Count -eq 1 -and $known[0] -ne $Device) { $others += [string] $site.Name } else { [string] $site.Name }
    }
    $path = 'SYSTEM\CurrentControlSet\Services\RemoteAccess\Interfaces'
    $all = Open-AovpnMachineKey -Path $path
    if ($null -eq $all) { return }
    try { $names = $all.GetSubKeyNames() } finally { $all.Close() }
    foreach ($name in $names) {
        $key = Open-AovpnMachineKey -Path "$path\$name"
        try {
            $shown = [string] $key.GetValue('InterfaceName')
            # ROUTER_IF_TYPE: 1 home router, 2 full router (on demand), 7 dial-out.
            $dials = @(1, 2, 7) -contains $key.GetValue('Type')
            if ($dials -and @($others | Where-Object { $_ -eq $shown }).Count -eq 0) { $shown }
        }
        finally { $key.Close() }
    }
}

function Get-AovpnWanMiniport {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Device)
    $class = 'SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}'
    $state = [ordered]@{ miniports = [ordered]@{}; endpoints = [ordered]@{}; exports = [ordered]@{} }
    foreach ($name in @(Find-AovpnMiniports -Class $class -Device $Device)) {
        $key = Open-AovpnMachineKey -Path "$class\$name"
        try {
            $uses = @{ ras = 'EnableForRas'; routing = 'EnableForRouting'; outbound = 'EnableForOutboundRouting' }
            $state.miniports[$name] = [ordered]@{}
            foreach ($use in 'ras', 'routing', 'outbound') {
                $state.miniports[$name][$use] = Get-AovpnMiniportNumber -Key $key -Name $uses[$use]
            }
            $state.endpoints[$name] = [ordered]@{}
            foreach ($count in 'WanEndpoints', 'MinWanEndpoints', 'MaxWanEndpoints') {
                $state.endpoints[$name][$count] = Get-AovpnMiniportNumber -Key $key -Name $count
            }
            $state.exports[$name] = ConvertTo-AovpnRegFile -Key $key
        }
        finally { $key.Close() }
    }
    $state.interfaces = [string[]] @(Get-AovpnDialInterfaces -Device $Device | Select-Object -Unique)
    $windows = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion'
    $state.build = [int] (Get-ItemProperty -LiteralPath $windows -Name 'CurrentBuildNumber').CurrentBuildNumber
    $state
}

function Write-AovpnMiniport {
    # Writes the uses of one miniport; null takes a value away.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [System.Collections.IDictionary] $Uses)
    $key = Open-AovpnMachineKey -Path $Path -Write
    if ($null -eq $key) { throw "The key $Path is not there any more." }
    try {
        $names = @{ ras = 'EnableForRas'; routing = 'EnableForRouting'; outbound = 'EnableForOutboundRouting' }
        foreach ($use in 'ras', 'routing', 'outbound') {
            if ($null -eq $Uses[$use]) { $key.DeleteValue($names[$use], $false); continue }
            $number = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32] $Uses[$use]), 0)
            $key.SetValue($names[$use], $number, 'DWord')
        }
    }
    finally { $key.Close() }
}

function Set-AovpnMiniports {
    # Writes the uses of miniports; where one cannot be written, those before it are put back.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Class,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Before,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Wanted
    )
    $begun = @()
    try {
        foreach ($name in $Wanted.Keys) {
            $begun += $name
            Write-AovpnMiniport -Path "$Class\$name" -Uses $Wanted[$name]
        }
    }
    catch {
        foreach ($name in $begun) { try { Write-AovpnMiniport -Path "$Class\$name" -Uses $Before[$name] } catch { } }
        throw
    }
}

function Set-AovpnMiniportByNetsh {
    # Has netsh change the uses of one miniport, each that is to be on or off and is not: it knows no absent value, and of some
    # devices not every use. It calls a device by what its driver calls itself on this host.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Path,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Before,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Wanted
    )
    $words = [ordered]@{ ras = 'rasinonly'; routing = 'ddinout'; outbound = 'ddoutonly' }
    $changes = foreach ($use in $words.Keys) {
        if ([bool] $Before[$use] -eq [bool] $Wanted[$use]) { continue }
        if ($Wanted[$use]) { "$($words[$use])=enabled" } else { "$($words[$use])=disabled" }
    }
    if ($null -eq $changes) { return }
    $key = Open-AovpnMachineKey -Path $Path
    if ($null -eq $key) { throw "The key $Path is not there any more." }
    try { $device = [string] $key.GetValue('DriverDesc') } finally { $key.Close() }
    # In quotes, netsh reads all but another quote as it is.
    if ($device -eq '' -or $device.Contains('"')) { return }
    $call = @{ Path = "$env:SystemRoot\System32\netsh.exe"; Seconds = 60 }
    $done = Invoke-AovpnProgram @call -Words "ras set wanports device=`"$device`" $changes"
    if ($null -eq $done.code) { throw "netsh ras set wanports did not end within 60 s for $device." }
    if ($done.code -ne 0) {
        $said = Get-AovpnSaidText -Said $done.said
        throw "netsh ras set wanports ended with $($done.code) for ${device}: $said"
    }
}

function Set-AovpnMiniportsByNetsh {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Class,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Before,
        [Parameter(Mandatory)] [System.Collections.IDictionary] $Wanted
    )
    foreach ($name in $Wanted.Keys) {
        Set-AovpnMiniportByNetsh -Path "$Class\$name" -Before $Before[$name] -Wanted $Wanted[$name]
    }
}

function Set-AovpnWanMiniport {
    # Has netsh change the uses where it works, as is done by hand. Then stops RasMan and what needs it, which disconnects all
    # users, writes what netsh has left, exactly, and starts all that ran. Where anything of it fails, the uses are as before
    # and all that ran is started. Desired has miniports, as Get answers them.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Device, [Parameter(Mandatory)] [hashtable] $Desired)
    $adapters = 'SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}'
    $usesBefore = (Get-AovpnWanMiniport -Device $Device).miniports
    $desiredUses = $Desired['miniports']
    foreach ($name in $desiredUses.Keys) {
        if (-not $usesBefore.Contains($name)) { throw "The key $name is not a miniport of $Device any more." }
    }
    # The keys of a table come in another order each time; those of the registry do not.
    $usesWanted = [ordered]@{}
    foreach ($name in $usesBefore.Keys) { if ($desiredUses.Contains($name)) { $usesWanted[$name] = $desiredUses[$name] } }
    if ($null -eq (Find-AovpnService -Name 'RasMan')) { throw 'There is no service RasMan: RRAS is not installed.' }
    $there = @{ Class = $adapters; Before = $usesBefore; Wanted = $usesWanted }
    $back = @{ Class = $adapters; Before = $usesWanted; Wanted = $usesBefore }
    $byNetsh = (Get-AovpnNetshRas).fault -eq 'none'
    $done = @{ fault = $null; down = @() }
    try {
        if ($byNetsh) { Set-AovpnMiniportsByNetsh @there }
        $done = Restart-AovpnService -Name 'RasMan' -Seconds 60 -Between { Set-AovpnMiniports @there }
    }
    catch { $done.fault = $_ }
    if ($null -eq $done.fault) { return }
    # A service may not start for what was written. What netsh has told to one that runs is put back by netsh too.
    if ($byNetsh) { try { Set-AovpnMiniportsByNetsh @back } catch { $null = $_ } }
    Set-AovpnMiniports @back
    $down = @($done.down)
    # RasMan is the last.
    for ($place = $down.Count - 1; $place -ge 0; $place--) {
        try { Start-AovpnService -Name $down[$place] -Seconds 60 } catch { $null = $_ }
    }
    $down = @($down | Where-Object { (Get-AovpnServiceStatus -Name $_) -ne 'running' })
    $message = "$((ConvertTo-AovpnError $done.fault).message.TrimEnd('.')). The uses of the miniports are as before."
    if ($down.Count -gt 0) { $message += " These services do not run: $($down -join ', ')." }
    throw $message
}
