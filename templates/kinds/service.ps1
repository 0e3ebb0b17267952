# Get answers nothing where there is no such service, else @{ exists = $true } with the properties asked for:
# status (running, stopped, paused, or one of the four that pass) and startup (automatic, automatic_delayed, manual, disabled, ...).

function Get-AovpnServiceStartup {
    # From the key: 5.1 does not tell delayed start.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $key = "Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\$Name"
    $start = [int] (Get-ItemProperty -LiteralPath $key -Name 'Start').Start
    $delayed = Get-ItemProperty -LiteralPath $key -Name 'DelayedAutostart' -ErrorAction SilentlyContinue
    if ($start -eq 2 -and $null -ne $delayed -and $delayed.DelayedAutostart) { return 'automatic_delayed' }
    $words = 'boot', 'system', 'automatic', 'manual', 'disabled'
    if ($start -ge 0 -and $start -lt $words.Count) { return $words[$start] }
    "start type $start"
}

function Get-AovpnService {
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Properties
    )
    # One that is starting or stopping is soon one or the other.
    $seconds = if ($Properties -contains 'status') { 20 } else { 0 }
    $status = Wait-AovpnService -Name $Name -Seconds $seconds -Until ''
    if ($null -eq $status) { return }
    $state = [ordered]@{ exists = $true }
    if ($Properties -contains 'status') { $state.status = $status }
    if ($Properties -contains 'startup') { $state.startup = Get-AovpnServiceStartup -Name $Name }
    $state
}

function Set-AovpnServiceStartup {
    # By sc.exe: Set-Service of 5.1 knows no delayed start.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [string] $Startup)
    $words = @{ automatic = 'auto'; automatic_delayed = 'delayed-auto'; manual = 'demand'; disabled = 'disabled' }
    $word = $words[$Startup]
    if ($null -eq $word) { throw "The startup $Startup cannot be set." }
    $said = & "$env:SystemRoot\System32\sc.exe" config $Name start= $word
    if ($LASTEXITCODE -ne 0) {
        throw "sc.exe config $Name start= $word ended with ${LASTEXITCODE}: $(@($said) -match '\S' -join ' ')"
    }
}

function Set-AovpnService {
    # Desired has status, startup, or both.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Properties,
        [Parameter(Mandatory)] [hashtable] $Desired
    )
    $now = Get-AovpnService -Name $Name -Properties 'status', 'startup'
    if ($null -eq $now) { throw "There is no service $Name." }
    if ($Desired['status'] -eq 'stopped') {
        # Asked before anything is set: services that depend on it are a reason to stop and think.
        $needing = @(Get-AovpnDependents -Name $Name)
        if ($now.status -ne 'stopped' -and $needing.Count -gt 0) {
            throw "$Name is not stopped, because these need it and run: $($needing -join ', '). Stop them first."
        }
    }
    # A disabled service cannot be started.
    if ($Desired.ContainsKey('startup') -and $Desired['startup'] -ne $now.startup) {
        Set-AovpnServiceStartup -Name $Name -Startup $Desired['startup']
    }
    switch ($Desired['status']) {
        'running' { Start-AovpnService -Name $Name -Seconds 120 }
        'stopped' { Stop-AovpnService -Name $Name -Seconds 120 }
        # How it was found once, and shall be again.
        'paused' {
            if ($now.status -eq 'paused') { break }
            Start-AovpnService -Name $Name -Seconds 120
            Send-AovpnServiceControl -Name $Name -Verb pause -Seconds 120
        }
    }
}
