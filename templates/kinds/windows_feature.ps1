# Get answers nothing where Windows knows no such feature, else @{ installed; state }. Read only.
# Calls Get-WindowsFeature of ServerManager.

function Get-AovpnWindowsFeature {
    # All are asked for: by an unknown name the cmdlet ends in an error whose text is of the language of the host.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $asked = @{ Name = 'Get-WindowsFeature'; CommandType = 'Function', 'Cmdlet' }
    if (-not (Get-Command @asked -ErrorAction SilentlyContinue)) {
        throw 'There is no Get-WindowsFeature here: only Windows Server has roles and features, a client has none.'
    }
    try { $all = @(Get-WindowsFeature -ErrorAction Stop -WarningAction SilentlyContinue) }
    catch {
        $said = (ConvertTo-AovpnError $_).message -replace '\s+', ' '
        throw "Windows does not tell its features, which needs an administrator: $said"
    }
    foreach ($feature in $all) {
        if (-not [string]::Equals([string] $feature.Name, $Name, 'OrdinalIgnoreCase')) { continue }
        return [ordered]@{ installed = [bool] $feature.Installed; state = [string] $feature.InstallState }
    }
}
