# Get answers nothing where no program has the display name, else @{ name; version } of the newest that has it, from both
# Uninstall views; read only. Never Win32_Product, which repairs what it lists.

function Get-AovpnInstalledProgram {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $best = $null
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
            $text = [string] $key.GetValue('DisplayVersion')
            $version = $text -as [version]
            $isNewer = $null -eq $best -or ($null -ne $version -and ($null -eq $best.version -or $version -gt $best.version))
            if ($isNewer) { $best = @{ name = $shown; text = $text; version = $version } }
        }
        $closed += @($denied | ForEach-Object { "$($_.TargetObject): $((ConvertTo-AovpnError $_).message)" })
    }
    if ($null -eq $best -and $closed.Count -gt 0) {
        throw "Among the keys that may be read there is no $Name, but not all may be: $($closed -join ' ')"
    }
    if ($null -ne $best) { [ordered]@{ name = $best.name; version = $best.text } }
}
