# Services by the name of their key: what they are, and how they are started, stopped and restarted. By sc.exe, which does
# not wait and says what Windows says; each wait has a limit, counted in pauses, as the clock may be set meanwhile.

function Find-AovpnService {
    # The service of this name, or nothing. Get-Service takes a display name for the name, CIM and the registry do not.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    # None has such a name, and Get-Service would look for others.
    if ($Name -match '[*?[\]]') { return }
    try { $service = Get-Service -Name $Name }
    catch {
        if ([string] $_.FullyQualifiedErrorId -like 'NoServiceFoundForGivenName*') { return }
        throw
    }
    if ($service.ServiceName -ne $Name) { throw "$Name is a display name: the service is called $($service.ServiceName)." }
    $service
}

function Get-AovpnServiceStatus {
    # running, stopped, paused, or startpending, stoppending, pausepending, continuepending; null where there is none.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $service = Find-AovpnService -Name $Name
    if ($null -eq $service) { return $null }
    ([string] $service.Status).ToLowerInvariant()
}

function Wait-AovpnService {
    # The status once it is none that passes, and the one waited for if there is one; or when the time is over.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [int] $Seconds,
        [Parameter(Mandatory)] [AllowEmptyString()] [string] $Until
    )
    for ($pauses = $Seconds * 4; ; $pauses--) {
        $status = Get-AovpnServiceStatus -Name $Name
        $passes = $status -like '*pending' -or ($Until -and $status -ne $Until)
        if (-not $passes -or $pauses -le 0) { return $status }
        Start-Sleep -Milliseconds 250
    }
}

function Send-AovpnServiceControl {
    # Tells a service to start, stop, pause or continue, and waits until it has.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [ValidateSet('start', 'stop', 'pause', 'continue')] [string] $Verb,
        [Parameter(Mandatory)] [int] $Seconds
    )
    $goals = @{ start = 'running'; stop = 'stopped'; pause = 'paused'; continue = 'running' }
    $said = @(& "$env:SystemRoot\System32\sc.exe" $Verb $Name)
    $code = $LASTEXITCODE
    # One that is stopped again will not come up; one that was told to stop may still say that it runs.
    $until = if ($code -eq 0 -and $Verb -ne 'start') { $goals[$Verb] } else { '' }
    $status = Wait-AovpnService -Name $Name -Seconds $Seconds -Until $until
    if ($status -eq $goals[$Verb]) { return }
    if ($code -ne 0) { throw "sc.exe $Verb $Name ended with ${code}: $($said -match '\S' -join ' ')" }
    if ($Verb -ne 'start' -or $status -ne 'stopped') { throw "$Name was told to $Verb, but after $Seconds s it is $($status -replace 'pending', ' pending')." }
    $row = Get-CimInstance -ClassName Win32_Service -Filter "Name = '$($Name.Replace("'", "\'"))'"
    $its = if ([int] $row.ExitCode -eq 1066) { " ($([int] $row.ServiceSpecificExitCode))" } else { '' }
    throw "$Name was started, but has stopped again: it ended with $([int] $row.ExitCode)$its."
}

function Start-AovpnService {
    # Starts a service that is stopped, or continues one that is paused.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [int] $Seconds)
    $status = Wait-AovpnService -Name $Name -Seconds $Seconds -Until ''
    if ($status -eq 'running') { return }
    $verb = if ($status -eq 'paused') { 'continue' } else { 'start' }
    Send-AovpnServiceControl -Name $Name -Verb $verb -Seconds $Seconds
}

function Stop-AovpnService {
    # Stops a service; one that others need refuses.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name, [Parameter(Mandatory)] [int] $Seconds)
    if ((Wait-AovpnService -Name $Name -Seconds $Seconds -Until '') -eq 'stopped') { return }
    Send-AovpnServiceControl -Name $Name -Verb stop -Seconds $Seconds
}

function Get-AovpnDependents {
    # The services that need this one and are not stopped, each before those that it needs itself.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Name)
    $names = foreach ($service in (Find-AovpnService -Name $Name).DependentServices) {
        if ([string] $service.Status -eq 'Stopped') { continue }
        Get-AovpnDependents -Name $service.ServiceName
        $service.ServiceName
    }
    @($names) -ne $null | Select-Object -Unique
}
