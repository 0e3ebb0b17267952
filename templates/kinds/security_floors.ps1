# Get answers what Get-AovpnPatchState does, and running: those of the services asked for that run. Read only.

function Get-AovpnSecurityFloors {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Services)
    $state = Get-AovpnPatchState
    $running = @(foreach ($name in $Services) { if (Test-AovpnRunning -Name $name) { $name } })
    $state.running = [string[]] $running
    $state
}

function Test-AovpnRunning {
    # By CIM, which takes no display name for the name.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $filter = "Name = '$($Name.Replace("'", "\'"))'"
    try { $rows = @(Get-CimInstance -ClassName Win32_Service -Filter $filter -ErrorAction Stop) }
    catch { throw "Whether $Name runs cannot be read: $((ConvertTo-AovpnError $_).message -replace '\s+', ' ')" }
    @($rows | Where-Object { $_.State -eq 'Running' }).Count -gt 0
}
