# Scheduled tasks in a table, and a folder beside the script, in place of what only Windows has.
$script:Tasks = @{}

function Get-AovpnUndoPath {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Run)
    "$PSScriptRoot/undo-$Run"
}

function New-AovpnUndoFolder {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path)
}

function Assert-AovpnUndoFolder {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Path)
    if (-not (Test-Path -LiteralPath $Path)) { throw "$Path is missing." }
}

function Get-AovpnEngine {
    [CmdletBinding()]
    param()
    'engine'
}

function Resolve-AovpnAccount {
    [CmdletBinding()]
    param([Parameter(Mandatory)] [string] $Account)
    $Account
}

function New-ScheduledTaskAction {
    [CmdletBinding()]
    param([string] $Execute, [string] $Argument)
    [pscustomobject] @{ Execute = $Execute; Arguments = $Argument }
}

function New-ScheduledTaskTrigger {
    [CmdletBinding()]
    param([switch] $Once, [datetime] $At)
    [pscustomobject] @{ StartBoundary = 'a local time'; EndBoundary = $null; Enabled = $true }
}

function New-ScheduledTaskPrincipal {
    [CmdletBinding()]
    param([string] $UserId, [string] $LogonType, [string] $RunLevel)
    [pscustomobject] @{ UserId = $UserId }
}

function New-ScheduledTaskSettingsSet {
    [CmdletBinding()]
    param(
        [switch] $StartWhenAvailable,
        [switch] $AllowStartIfOnBatteries,
        [switch] $DontStopIfGoingOnBatteries,
        [TimeSpan] $ExecutionTimeLimit
    )
    [pscustomobject] @{ Enabled = $true; StartWhenAvailable = [bool] $StartWhenAvailable }
}

function Register-ScheduledTask {
    [CmdletBinding()]
    param(
        [string] $TaskPath, [string] $TaskName, [string] $Description,
        [object] $Action, [object] $Trigger, [object] $Principal, [object] $Settings
    )
    if ($TaskName -eq 'undo-disabled') { $Settings.Enabled = $false }
    $script:Tasks[$TaskName] = [pscustomobject] @{
        State = 'Ready'; Actions = @($Action); Triggers = @($Trigger); Principal = $Principal; Settings = $Settings
    }
}

function Get-ScheduledTask {
    [CmdletBinding()]
    param([string] $TaskPath, [string] $TaskName)
    if ($script:Tasks.ContainsKey($TaskName)) { $script:Tasks[$TaskName] }
    else { Write-Error -Message "There is no task $TaskName." }
}

function Get-ScheduledTaskInfo {
    [CmdletBinding()]
    param([string] $TaskPath, [string] $TaskName)
    $at = [DateTimeOffset]::Parse($script:Tasks[$TaskName].Triggers[0].StartBoundary)
    [pscustomobject] @{ NextRunTime = $at.LocalDateTime }
}

function Unregister-ScheduledTask {
    [CmdletBinding(SupportsShouldProcess)]
    param([string] $TaskPath, [string] $TaskName)
    $script:Tasks.Remove($TaskName)
}
