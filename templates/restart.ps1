# Restarts, each a visit of its own. A record is written as soon as it is true.

function Invoke-AovpnRestart {
    # Restarts a service that runs, and with it those that depend on it; any other is left as it is.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Service)
    $record = [ordered]@{ restart = $Service; ok = $true; was = $null; now = $null }
    try {
        $record.was = Get-AovpnServiceStatus -Name $Service
        # Restart-Service would start one that is stopped.
        if ($record.was -eq 'running') { Restart-Service -Name $Service -Force }
        $record.now = Get-AovpnServiceStatus -Name $Service
        if ($record.was -eq 'running' -and $record.now -ne 'running') {
            Write-Error -ErrorId 'NotRunning' -Message "$Service was restarted, but now it is $($record.now)."
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
    param([Parameter(Mandatory)] [string] $Service)
    $record = [ordered]@{ start = $Service; ok = $true; was = $null; now = $null }
    try {
        $record.was = Get-AovpnServiceStatus -Name $Service
        if ($null -eq $record.was) { Write-Error -ErrorId 'NoService' -Message "There is no service $Service." }
        if ($record.was -ne 'running') { Start-Service -Name $Service }
        $record.now = Get-AovpnServiceStatus -Name $Service
        if ($record.now -ne 'running') {
            Write-Error -ErrorId 'NotRunning' -Message "$Service was started, but now it is $($record.now)."
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
