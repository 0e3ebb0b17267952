# Commit-confirm: before anything is set, the host is armed to set itself back; a confirmation takes that away.

function New-AovpnUndoFolder {
    # One that is there stays as it is.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path)
    # Owner Administrators; full control for SYSTEM and Administrators; nothing inherited.
    New-AovpnFolder -Path $Path -Rights 'O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)'
}

function Assert-AovpnUndoFolder {
    # Throws at a folder that somebody other than SYSTEM and Administrators could have prepared: SYSTEM runs what is in it.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path)
    $folder = Get-Item -LiteralPath $Path -Force
    $isLink = ($folder.Attributes -band [IO.FileAttributes]::ReparsePoint) -ne 0
    if ($folder -isnot [IO.DirectoryInfo] -or $isLink) {
        throw @{ AovpnId = 'UnsafeFolder'; Message = "$Path is no plain folder: find out who made it, and take it away." }
    }
    $found = (Get-Acl -LiteralPath $Path).GetSecurityDescriptorSddlForm('Owner, Access')
    $system = '\(A;OICI;FA;;;SY\)'
    $administrators = '\(A;OICI;FA;;;BA\)'
    $rules = "($system$administrators|$administrators$system)"
    if ($found -cnotmatch "\AO:(BA|SY)D:P(AR)?(AI)?$rules\z") {
        $said = "Others than SYSTEM and Administrators have or had rights to $Path ($found): find out who made it, and " +
        'take it away.'
        throw @{ AovpnId = 'UnsafeFolder'; Message = $said }
    }
}

function Assert-AovpnTaskFolder {
    # Throws where somebody else made the folder of the tasks: its owner may change or remove what is in it.
    [CmdletBinding()]
    param()
    $path = "$env:SystemRoot\System32\Tasks\aovpn-remediate"
    if (-not (Test-Path -LiteralPath $path)) { return }
    $owner = (Get-Acl -LiteralPath $path).GetOwner([System.Security.Principal.SecurityIdentifier]).Value
    # SYSTEM, Administrators, and the account of this session.
    $own = 'S-1-5-18', 'S-1-5-32-544', [System.Security.Principal.WindowsIdentity]::GetCurrent().User.Value
    if ($own -notcontains $owner) {
        $said = "The folder of the scheduled task, $path, belongs to ${owner}: find out who made it, and take it away."
        throw @{ AovpnId = 'UnsafeFolder'; Message = $said }
    }
}

function Write-AovpnUndoFile {
    # Writes the text in UTF-8 with a byte order mark, reads it back, and gives its hash.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [string] $Text)
    # Throws at half a surrogate, instead of writing something else in its place.
    $encoding = New-Object -TypeName System.Text.UTF8Encoding -ArgumentList $true, $true
    $bytes = [byte[]] ($encoding.GetPreamble() + $encoding.GetBytes($Text))
    $file = [IO.File]::Open($Path, 'CreateNew', 'Write', 'None')
    try {
        $file.Write($bytes, 0, $bytes.Length)
        # To the disk: what is set may well take the host down.
        $file.Flush($true)
    }
    finally { $file.Close() }
    $hash = Get-AovpnHash -Bytes $bytes
    $found = Get-AovpnHash -Bytes ([IO.File]::ReadAllBytes($Path))
    if ($found -cne $hash) { throw "$Path was written, but it reads back otherwise." }
    $hash
}

function Get-AovpnUndoArgument {
    # What the task gives to its PowerShell. Not -File, which a policy for script files (AllSigned, Restricted) stops.
    # The hash keeps SYSTEM from running anything else; the move, from running what a confirmation has taken.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path, [Parameter(Mandatory)] [string] $Hash)
    $commands = @(
        '$ErrorActionPreference = ''Stop'''
        "`$path = '$Path'"
        '$bytes = [IO.File]::ReadAllBytes($path + ''.ps1'')'
        '$sha = New-Object -TypeName System.Security.Cryptography.SHA256CryptoServiceProvider'
        "if ([BitConverter]::ToString(`$sha.ComputeHash(`$bytes)) -cne '$Hash') { exit 2 }"
        '[IO.File]::Move($path + ''.ps1'', $path + ''.running'')'
        '& ([ScriptBlock]::Create([Text.Encoding]::UTF8.GetString($bytes, 3, $bytes.Length - 3)))'
    )
    '-NoProfile -NonInteractive -Command "& { ' + ($commands -join '; ') + ' }"'
}

function Get-AovpnEngine {
    # The program of this very PowerShell, by its full path; behind WinRM the process itself is another one.
    [CmdletBinding()]
    param()
    $name = 'powershell.exe'
    if ($PSVersionTable.PSEdition -eq 'Core') { $name = 'pwsh.exe' }
    if (-not (Test-Path -LiteralPath "$PSHOME\$name")) { throw "There is no $PSHOME\$name to roll the host back with." }
    "$PSHOME\$name"
}

function Register-AovpnUndoTask {
    # Once, as SYSTEM; on batteries too, and late where the host was down.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Run,
        [Parameter(Mandatory)] [datetime] $At,
        [Parameter(Mandatory)] [string] $Engine,
        [Parameter(Mandatory)] [string] $Argument
    )
    $trigger = New-ScheduledTaskTrigger -Once -At $At -ErrorAction Stop
    # In UTC: a local time moves with the clocks of summer.
    $trigger.StartBoundary = $At.ToString('s') + 'Z'
    # A task that may start late needs an end.
    $trigger.EndBoundary = $At.AddDays(30).ToString('s') + 'Z'
    $principal = @{ UserId = 'S-1-5-18'; LogonType = 'ServiceAccount'; RunLevel = 'Highest' }
    $settings = @{
        StartWhenAvailable         = $true
        AllowStartIfOnBatteries    = $true
        DontStopIfGoingOnBatteries = $true
        ExecutionTimeLimit         = [TimeSpan] '01:00:00'
    }
    $task = @{
        TaskPath    = '\aovpn-remediate\'
        TaskName    = "undo-$Run"
        Description = "Sets back what run $Run of aovpn-remediate has set, unless it is confirmed."
        Action      = New-ScheduledTaskAction -Execute $Engine -Argument $Argument -ErrorAction Stop
        Trigger     = $trigger
        Principal   = New-ScheduledTaskPrincipal @principal -ErrorAction Stop
        Settings    = New-ScheduledTaskSettingsSet @settings -ErrorAction Stop
    }
    $null = Register-ScheduledTask @task -ErrorAction Stop
}

function Assert-AovpnUndoTask {
    # Throws where Windows has the task otherwise than it was registered.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Run,
        [Parameter(Mandatory)] [datetime] $At,
        [Parameter(Mandatory)] [string] $Engine,
        [Parameter(Mandatory)] [string] $Argument
    )
    $place = @{ TaskPath = '\aovpn-remediate\'; TaskName = "undo-$Run" }
    $task = Get-ScheduledTask @place -ErrorAction Stop
    $actions = @($task.Actions)
    $triggers = @($task.Triggers)
    $next = (Get-ScheduledTaskInfo @place -ErrorAction Stop).NextRunTime
    $wrong = @(
        if (-not $task.Settings.Enabled) { 'it is disabled' }
        if (-not $task.Settings.StartWhenAvailable) { 'it would not be started late' }
        if ((Resolve-AovpnAccount -Account $task.Principal.UserId) -ne 'S-1-5-18') { 'it would not run as SYSTEM' }
        if ($actions.Count -ne 1 -or $actions[0].Execute -ne $Engine -or $actions[0].Arguments -cne $Argument) {
            'its action is another one'
        }
        if ($triggers.Count -ne 1 -or -not $triggers[0].Enabled) { 'its trigger is another one' }
        elseif ((ConvertTo-AovpnUtc -Text $triggers[0].StartBoundary) -ne $At) { 'its time is another one' }
        elseif (-not $triggers[0].EndBoundary -or (ConvertTo-AovpnUtc -Text $triggers[0].EndBoundary) -ne $At.AddDays(30)) {
            'its end is another one'
        }
        # Some Windows tell the minutes in place of the seconds.
        if ($null -eq $next -or [Math]::Abs(($next.ToUniversalTime() - $At).TotalSeconds) -gt 60) {
            "its next run would be '$next'"
        }
    )
    if ($wrong.Count -gt 0) {
        $said = "The task of the automatic rollback is registered, but $($wrong -join ', ')."
        throw @{ AovpnId = 'TaskDiffers'; Message = $said }
    }
}

function ConvertTo-AovpnUtc {
    # An XML time as a time in UTC.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Text)
    [DateTimeOffset]::Parse($Text, [Globalization.CultureInfo]::InvariantCulture).UtcDateTime
}

function Invoke-AovpnArm {
    # Has the host run the text after so many seconds. until is its own time in UTC. Where anything fails, nothing is left.
    [CmdletBinding()]
    param(
        [Parameter(Mandatory)] [string] $Run,
        [Parameter(Mandatory)] [int] $Seconds,
        [Parameter(Mandatory)] [string] $Script
    )
    $record = [ordered]@{ arm = $Run; ok = $true; until = $null }
    $written = $false
    try {
        $mode = [string] $ExecutionContext.SessionState.LanguageMode
        if ($mode -ne 'FullLanguage') {
            throw @{ AovpnId = 'LanguageMode'; Message = "In $mode no automatic rollback can be scheduled." }
        }
        $path = Get-AovpnUndoPath -Run $Run
        $engine = Get-AovpnEngine
        $folder = [IO.Path]::GetDirectoryName($path)
        New-AovpnUndoFolder -Path $folder
        Assert-AovpnUndoFolder -Path $folder
        $hash = Write-AovpnUndoFile -Path "$path.ps1" -Text $Script
        $written = $true
        $at = [DateTime]::UtcNow.AddSeconds($Seconds)
        $at = $at.AddTicks(-($at.Ticks % [TimeSpan]::TicksPerSecond))
        $task = @{ Run = $Run; At = $at; Engine = $engine; Argument = Get-AovpnUndoArgument -Path $path -Hash $hash }
        Assert-AovpnTaskFolder
        Register-AovpnUndoTask @task
        # By now it is there, whoever made it.
        Assert-AovpnTaskFolder
        Assert-AovpnUndoTask @task
        $record.until = $at.ToString('s') + 'Z'
    }
    catch {
        $record.ok = $false
        $record.error = ConvertTo-AovpnError $_
        # What another arming of the same run has put there is not this one's to take away.
        if ($written) {
            try { [IO.File]::Delete("$path.ps1"); Remove-AovpnUndo -Run $Run -Endings '.ps1' } catch { $null = $_ }
        }
    }
    ConvertTo-AovpnText $record
}

function Get-AovpnOutcome {
    # The lines of what became of the way back; none where it has not begun.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path)
    if (-not (Test-Path -LiteralPath "$Path.jsonl")) { return }
    # Shared, or the task could not write its next line meanwhile, and would go on without it.
    $file = [IO.File]::Open("$Path.jsonl", 'Open', 'Read', 'ReadWrite')
    try { $text = (New-Object -TypeName System.IO.StreamReader -ArgumentList $file).ReadToEnd() }
    finally { $file.Close() }
    # What follows the last end of a line is still being written.
    $lines = $text -split "`n"
    if ($lines.Count -gt 1) { $lines[0..($lines.Count - 2)] }
}

function Get-AovpnUndoResult {
    # The result with which the task of a run has ended; nothing where it has not run yet, or is not there.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run)
    $task = @{ TaskPath = '\aovpn-remediate\'; TaskName = "undo-$Run" }
    $info = Get-ScheduledTaskInfo @task -ErrorAction SilentlyContinue
    if ($null -eq $info) { return }
    $result = [long] $info.LastTaskResult
    # Ready, running, not run yet, queued.
    if (267008, 267009, 267011, 267045 -notcontains $result) { $result }
}

function Get-AovpnUndoStage {
    # armed (and taken from the task, without -Look), failed (the task has run, and has not taken the file), running, begun
    # (and ended half-way), undone, or nothing.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run, [switch] $Look)
    $path = Get-AovpnUndoPath -Run $Run
    if (Test-Path -LiteralPath "$path.ps1") {
        # Asked once more after the result: the task may just have taken it.
        if ($null -ne (Get-AovpnUndoResult -Run $Run) -and (Test-Path -LiteralPath "$path.ps1")) { return 'failed' }
        if ($Look) { return 'armed' }
        # The task may be faster; anything else is a fault.
        try { [IO.File]::Move("$path.ps1", "$path.kept") } catch { if (Test-Path -LiteralPath "$path.ps1") { throw } }
    }
    if (Test-Path -LiteralPath "$path.kept") { return 'armed' }
    # Asked before the outcome is read: the last thing that is written is followed by taking this file away.
    $isTaken = Test-Path -LiteralPath "$path.running"
    $ends = @(Get-AovpnOutcome -Path $path | Where-Object { $_.StartsWith('{"undone":', 'Ordinal') })
    if ($ends.Count -gt 0) { return 'undone' }
    if (-not $isTaken) { return 'nothing' }
    $task = Get-ScheduledTask -TaskPath '\aovpn-remediate\' -TaskName "undo-$Run" -ErrorAction SilentlyContinue
    # 4 where PowerShell 7 has the module from Windows PowerShell.
    if ($null -ne $task -and 'Running', '4' -contains [string] $task.State) { return 'running' }
    'begun'
}

function Invoke-AovpnDisarm {
    # Takes away what sets the host back, unless that is under way or done; says what it found. -Look takes nothing;
    # -Forget takes also what tells of a way back that was taken.
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run, [switch] $Look, [switch] $Forget)
    $now = [DateTime]::UtcNow.ToString('o')
    $record = [ordered]@{ disarm = $Run; ok = $true; found = $null; time = $now; outcome = $null }
    try {
        $record.found = Get-AovpnUndoStage -Run $Run -Look:$Look
        $record.outcome = [string[]] @(Get-AovpnOutcome -Path (Get-AovpnUndoPath -Run $Run))
        if (-not $Look -and $record.found -eq 'armed') { Remove-AovpnUndo -Run $Run -Endings '.kept' }
        if ('failed', 'begun' -contains $record.found) { $record.result = Get-AovpnUndoResult -Run $Run }
        if ($Forget -and 'failed', 'undone', 'begun' -contains $record.found) {
            Remove-AovpnUndo -Run $Run -Endings '.ps1', '.running', '.jsonl'
        }
    }
    catch {
        $record.ok = $false
        $record.error = ConvertTo-AovpnError $_
    }
    ConvertTo-AovpnText $record
}
