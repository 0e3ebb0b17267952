# Get answers nothing where the value is absent, @{ missing } with the first missing key where its key is absent too,
# else @{ type; data }. .NET and not the registry provider: that one takes key 'a/b' for 'b' below 'a', value
# '(default)' for the unnamed one, and does not take [ ] * everywhere as they are.

function Get-AovpnMissingKey {
    # The first part of the path that is no key.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key)
    $names = $Key -split '\\'
    for ($count = 2; $count -lt $names.Count; $count++) {
        $path = $names[0..($count - 1)] -join '\'
        $item = Open-AovpnKey -Key $path
        if ($null -eq $item) { return $path }
        $item.Close()
    }
    $Key
}

function Get-AovpnRegistryValue {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key, [Parameter(Mandatory)] [AllowEmptyString()] [string] $Name)
    $item = Open-AovpnKey -Key $Key
    if ($null -eq $item) { return [ordered]@{ missing = Get-AovpnMissingKey -Key $Key } }
    try {
        $present = $false
        foreach ($known in $item.GetValueNames()) {
            if ([string]::Equals($known, $Name, 'OrdinalIgnoreCase')) { $present = $true }
        }
        if (-not $present) { return }
        $type = [string] $item.GetValueKind($Name)
        $data = $item.GetValue($Name, $null, 'DoNotExpandEnvironmentNames')
        # .NET reads unsigned numbers as signed, and those of a wrong length as something else.
        if ($type -eq 'DWord') {
            if ($data -isnot [int]) { throw 'The value is a REG_DWORD, but its data are not 4 bytes.' }
            $data = [BitConverter]::ToUInt32([BitConverter]::GetBytes([int] $data), 0)
        }
        elseif ($type -eq 'QWord') {
            if ($data -isnot [long]) { throw 'The value is a REG_QWORD, but its data are not 8 bytes.' }
            $data = [BitConverter]::ToUInt64([BitConverter]::GetBytes([long] $data), 0)
        }
        elseif ($type -eq 'String' -or $type -eq 'ExpandString') { $data = [string] $data }
        elseif ($type -eq 'MultiString') { $data = [string[]] $data }
        [ordered]@{ type = $type; data = $data }
    }
    finally { $item.Close() }
}

function Set-AovpnRegistryValue {
    # Desired is a state as Get answers it, so that undo is Set with the state before. With create, a missing key is made.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Key,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Name,
        [Parameter(Mandatory)] [AllowNull()] [hashtable] $Desired
    )
    if ($null -eq $Desired -or $Desired.ContainsKey('missing')) {
        $item = Open-AovpnKey -Key $Key -Write
        if ($null -ne $item) {
            try { $item.DeleteValue($Name, $false) } finally { $item.Close() }
        }
        if ($null -ne $Desired) { Remove-AovpnMadeKey -Key $Key -First $Desired['missing'] }
        return
    }
    $type = [string] $Desired['type']
    $data = ConvertTo-AovpnRegistryData -Desired $Desired
    # Opens the key where it is there and makes it where it is not; nothing in it is touched.
    if ($Desired['create']) { $item = (Get-AovpnHive -Key $Key).CreateSubKey(($Key -split '\\', 2)[1]) }
    else { $item = Open-AovpnKey -Key $Key -Write }
    if ($null -eq $item) { throw @{ AovpnId = 'NoKey'; Message = "The key $Key is not there any more, and is not made." } }
    try { $item.SetValue($Name, $data['data'], $type) } finally { $item.Close() }
}

function ConvertTo-AovpnRegistryData {
    # @{ data } with the .NET type that goes with the type of the value; a list by itself would fall apart on its way.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Desired)
    $type = [string] $Desired['type']
    $data = $Desired['data']
    # .NET wants the signed number with the same bits.
    if ($type -eq 'DWord') { $data = [BitConverter]::ToInt32([BitConverter]::GetBytes([uint32] $data), 0) }
    elseif ($type -eq 'QWord') { $data = [BitConverter]::ToInt64([BitConverter]::GetBytes([uint64] $data), 0) }
    elseif ($type -eq 'String' -or $type -eq 'ExpandString') { $data = [string] $data }
    elseif ($type -eq 'MultiString') { $data = [string[]] @($data) }
    elseif ($type -eq 'Binary') { $data = [byte[]] @($data) }
    else { throw "A value of the type $type is not set." }
    @{ data = $data }
}

function Remove-AovpnMadeKey {
    # Takes away the keys from Key up to First, which were made for a value, as long as nothing else lives in them.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Key, [Parameter(Mandatory)] [string] $First)
    $names = $Key -split '\\'
    $highest = @($First -split '\\').Count
    $isOnTheWay = "$Key\".StartsWith("$First\", 'OrdinalIgnoreCase')
    if ($highest -lt 2 -or -not $isOnTheWay) { throw "$First is not a key on the way to $Key." }
    $hive = Get-AovpnHive -Key $Key
    for ($count = $names.Count; $count -ge $highest; $count--) {
        $path = $names[0..($count - 1)] -join '\'
        $item = Open-AovpnKey -Key $path
        if ($null -eq $item) { continue }
        $lives = $item.ValueCount + $item.SubKeyCount
        $item.Close()
        if ($lives -gt 0) { return }
        $hive.DeleteSubKey(($path -split '\\', 2)[1], $false)
    }
}
