# Get answers nothing where no program has the display name, else @{ name; version; others } of the first that has it in the
# Uninstall views, with the versions of all others: which one is the newest, Python tells. Read only. Never Win32_Product,
# which repairs what it lists.

function Get-AovpnInstalledProgram {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $found = $null
    $others = @()
    $closed = @()
    foreach ($view in 'SOFTWARE', 'SOFTWARE\WOW6432Node') {
        $root = "Registry::HKEY_LOCAL_MACHINE\$view\Microsoft\Windows\CurrentVersion\Uninstall"
        if (-not (Test-Path -LiteralPath $root)) { continue }
        # A key that may not be read is no reason to read no other.
        $denied = @()
        foreach ($key in Get-ChildItem -LiteralPath $root -ErrorAction SilentlyContinue -ErrorVariable denied) {
            # One value at a time: Get-ItemProperty of a key fails for one bad value that it does not need.
            $shown = [string] $key.GetValue('DisplayName')
            if (-not [string]::Equals($shown, $Name, 'OrdinalIgnoreCase')) { continue }
            $version = [string] $key.GetValue('DisplayVersion')
            if ($null -eq $found) { $found = [ordered]@{ name = $shown; version = $version } }
            else { $others += $version }
        }
        $closed += @($denied | ForEach-Object { "$($_.TargetObject): $((ConvertTo-AovpnError $_).message)" })
    }
    if ($null -eq $found -and $closed.Count -gt 0) {
        throw "Among the keys that may be read there is no $Name, but not all may be: $($closed -join ' ')"
    }
    if ($null -eq $found) { return }
    $found.others = [string[]] $others
    $found
}
