# Restarts, each a visit of its own. A record is written as soon as it is true.

function Restart-AovpnService {
    # Stops a service after those that need it, does something while all are stopped, and starts again all that ran, also
    # where one of them does not stop or the thing between fails. Gives @{ fault; down }: the first fault, and the names of
    # those that are not as they were. Restart-Service -Force leaves the dependents stopped where the service does not stop,
    # or not start at once.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Name,
        [Parameter(Mandatory)] [int] $Seconds,
        [Parameter(Mandatory)] [scriptblock] $Between
    )
    $names = @(Get-AovpnDependents -Name $Name) + $Name
    $was = @{}
    foreach ($one in $names) { $was[$one] = Get-AovpnServiceStatus -Name $one }
    $fault = $null
    try {
        foreach ($one in $names) { Stop-AovpnService -Name $one -Seconds $Seconds }
        $null = & $Between
    }
    catch { $fault = $_ }
    # Some start only when they are asked for a second time.
    foreach ($last in $false, $true) {
        for ($place = $names.Count - 1; $place -ge 0; $place--) {
            $one = $names[$place]
            if ((Get-AovpnServiceStatus -Name $one) -ne 'stopped') { continue }
            try {
                Start-AovpnService -Name $one -Seconds $Seconds
                if ($was[$one] -eq 'paused') { Send-AovpnServiceControl -Name $one -Verb pause -Seconds $Seconds }
            }
            catch { if ($last -and $null -eq $fault) { $fault = $_ } }
        }
    }
    $down = @($names | Where-Object { (Get-AovpnServiceStatus -Name $_) -ne $was[$_] })
    @{ fault = $fault; down = $down }
}

function Invoke-AovpnRestart {
    # Restarts a service that is not stopped; down are those that ran before, and do not now.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Service, [Parameter(Mandatory)] [int] $Seconds)
    $record = [ordered]@{ restart = $Service; ok = $true; was = $null; now = $null; down = @() }
    try {
        $record.was = Wait-AovpnService -Name $Service -Seconds $Seconds -Until ''
        if ($record.was -like '*pending') { throw "$Service was not restarted: after $Seconds s it is still $($record.was -replace 'pending', ' pending')." }
        # One that is stopped reads its settings when it is started.
        if ($record.was -eq 'running' -or $record.was -eq 'paused') {
            $done = Restart-AovpnService -Name $Service -Seconds $Seconds -Between { $null }
            $record.down = @($done.down)
            if ($null -ne $done.fault) { throw $done.fault }
        }
        $record.now = Get-AovpnServiceStatus -Name $Service
        if ($record.now -ne $record.was) {
            throw @{ AovpnId = 'NotRunning'; Message = "$Service was restarted, but now it is $($record.now)." }
        }
    }
    catch {
        $record.ok = $false
        $record.error = ConvertTo-AovpnError $_
        try { $record.now = Get-AovpnServiceStatus -Name $Service } catch { }
    }
    ConvertTo-AovpnText $record
}

function Invoke-AovpnStart {
    # Starts a service that did not come back.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Service, [Parameter(Mandatory)] [int] $Seconds)
    $record = [ordered]@{ start = $Service; ok = $true; was = $null; now = $null }
    try {
        $record.was = Get-AovpnServiceStatus -Name $Service
        if ($null -eq $record.was) { throw @{ AovpnId = 'NoService'; Message = "There is no service $Service." } }
        Start-AovpnService -Name $Service -Seconds $Seconds
        $record.now = Get-AovpnServiceStatus -Name $Service
        if ($record.now -ne 'running') {
            throw @{ AovpnId = 'NotRunning'; Message = "$Service was started, but now it is $($record.now)." }
        }
    }
    catch {
        $record.ok = $false
        $record.error = ConvertTo-AovpnError $_
        try { $record.now = Get-AovpnServiceStatus -Name $Service } catch { }
    }
    ConvertTo-AovpnText $record
}

function Invoke-AovpnReboot {
    # The record comes when Windows has taken the order; it needs some seconds to go down.
    [CmdletBinding()]
    param()
    $record = [ordered]@{ restart = 'reboot'; ok = $true }
    # -Force: also with users logged on.
    try { Restart-Computer -Force }
    catch {
        $record.ok = $false
        $record.error = ConvertTo-AovpnError $_
    }
    ConvertTo-AovpnText $record
}
