# The way back that a host takes by itself when nobody has confirmed what was set: runs as SYSTEM, from a file.

function Get-AovpnUndoPath {
    # Where the files of a run lie, without their endings: .ps1 waits, .running was taken by the task, .kept by a
    # confirmation, .jsonl says what became of it. Whoever moves the .ps1 first has it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run)
    # It names files and a task.
    if ($Run -cnotmatch '\A[0-9A-Za-z-]{1,64}\z') { throw "$Run is not the id of a run." }
    $folder = [Environment]::GetFolderPath('CommonApplicationData')
    # It goes into the command line of the task.
    if ($folder -notmatch '\A[\w :\\.()-]+\z') { throw "The folder $folder has a character that cannot be quoted." }
    "$folder\aovpn-remediate\undo-$Run"
}

function Remove-AovpnUndo {
    # Takes away the task of a run, then these files; what fails can be tried again.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run, [Parameter(Mandatory)] [string[]] $Endings)
    $path = Get-AovpnUndoPath -Run $Run
    $place = @{ TaskPath = '\aovpn-remediate\'; TaskName = "undo-$Run" }
    if ($null -ne (Get-ScheduledTask @place -ErrorAction SilentlyContinue)) {
        Unregister-ScheduledTask @place -Confirm:$false -ErrorAction Stop
    }
    foreach ($ending in $Endings) { [IO.File]::Delete("$path$ending") }
}

function Write-AovpnOutcome {
    # A line of what becomes of it. A full disk is no reason to stop half-way.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run, [Parameter(Mandatory)] [string] $Line)
    try { [IO.File]::AppendAllText("$(Get-AovpnUndoPath -Run $Run).jsonl", "$Line`n") } catch { $null = $_ }
}

function Undo-AovpnStep {
    # Sets one step back if it is not as it was; a record of what was found, and of what is there now if it was set.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [hashtable] $Step)
    $record = [ordered]@{ id = [string] $Step['Id']; ok = $true; moved = $false; found = $null; after = $null }
    $kind = [string] $Step['Kind']
    $target = [hashtable] $Step['Target']
    $setting = $false
    try {
        $record.found = ConvertTo-AovpnText (Read-AovpnState -Kind $kind -Target $target)
        if ([string]::CompareOrdinal($record.found, [string] $Step['Before']) -ne 0) {
            $setting = $true
            $null = & "Set-$kind" @target -Desired $Step['Desired']
        }
    }
    catch {
        $record.ok = $false
        $record.error = ConvertTo-AovpnError $_
    }
    if ($setting) {
        # A Set that failed may have done half of its work.
        try {
            $record.after = ConvertTo-AovpnText (Read-AovpnState -Kind $kind -Target $target)
            $record.moved = [string]::CompareOrdinal($record.found, $record.after) -ne 0
        }
        catch {
            $record.moved = $true
            if ($record.ok) { $record.error = ConvertTo-AovpnError $_ }
            $record.ok = $false
        }
    }
    $record
}

function Select-AovpnRestarts {
    # Each service once; RemoteAccess, which depends on RasMan, is restarted with it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Services)
    # On 5.1 keys of a table compare by culture.
    $chosen = [ordered]@{}
    foreach ($name in $Services) {
        $key = $name.ToUpperInvariant()
        if (-not $chosen.Contains($key)) { $chosen[$key] = $name }
    }
    if ($chosen.Contains('RASMAN')) { $chosen.Remove('REMOTEACCESS') }
    $chosen.Values
}

function Restart-AovpnServices {
    # Restarts those that run, and starts what did not come back.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Run,
        [Parameter(Mandatory)] [AllowEmptyCollection()] [string[]] $Services
    )
    foreach ($name in @(Select-AovpnRestarts -Services $Services)) {
        $line = Invoke-AovpnRestart -Service $name -Seconds 120
        Write-AovpnOutcome -Run $Run -Line $line
        foreach ($down in @((ConvertFrom-Json -InputObject $line).down)) {
            Write-AovpnOutcome -Run $Run -Line (Invoke-AovpnStart -Service $down -Seconds 120)
        }
    }
}

function Invoke-AovpnUndo {
    # Each step is @{ Id; Kind; Target; Desired; Before; Reboot; Services }: the state before as Set takes it and as this
    # engine printed it, and what a change of it needs. One that cannot be set back keeps no other.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run, [Parameter(Mandatory)] [hashtable[]] $Steps)
    Write-AovpnOutcome -Run $Run -Line (ConvertTo-AovpnText ([ordered]@{ began = [DateTime]::UtcNow.ToString('o') }))
    $reboot = $false
    $services = @()
    foreach ($step in $Steps) {
        $record = Undo-AovpnStep -Step $step
        Write-AovpnOutcome -Run $Run -Line (ConvertTo-AovpnText $record)
        if ($record.moved) {
            $reboot = $reboot -or [bool] $step['Reboot']
            $services += [string[]] @($step['Services'])
        }
    }
    # A reboot instead of all.
    if (-not $reboot) { Restart-AovpnServices -Run $Run -Services $services }
    $end = [ordered]@{ undone = [DateTime]::UtcNow.ToString('o'); reboot = $reboot }
    Write-AovpnOutcome -Run $Run -Line (ConvertTo-AovpnText $end)
    # First: nothing says that what a task runs goes on when the task is taken away.
    if ($reboot) { Write-AovpnOutcome -Run $Run -Line (Invoke-AovpnReboot) }
    try { Remove-AovpnUndo -Run $Run -Endings '.running' } catch { $null = $_ }
}
