# The task scheduler of the stand-in: starts each task that is due once, by the very command line of its action, in a process
# of its own; late only what says StartWhenAvailable; ends what runs longer than its limit. Until it is killed.
$root = 'Registry::HKEY_LOCAL_MACHINE\SOFTWARE\AovpnStandIn\Tasks'
$up = [DateTime]::UtcNow
$running = @{}

function Start-DueTask($Key) {
    $all = Get-ItemProperty -LiteralPath $Key -ErrorAction Ignore
    if ($null -eq $all -or $all.PSObject.Properties['Done']) { return }
    $task = ConvertFrom-Json $all.Task -DateKind String
    $at = [DateTimeOffset]::Parse($task.Triggers[0].StartBoundary, [cultureinfo]::InvariantCulture).UtcDateTime
    if ([DateTime]::UtcNow -lt $at -or -not $task.Settings.Enabled) { return }
    Set-ItemProperty -LiteralPath $Key -Name Done -Value 1
    if ($at -lt $up -and -not $task.Settings.StartWhenAvailable) { return }
    $start = New-Object Diagnostics.ProcessStartInfo $task.Actions[0].Execute, $task.Actions[0].Arguments
    $start.UseShellExecute = $false
    $start.WorkingDirectory = 'C:\windows\system32'
    $process = [Diagnostics.Process]::Start($start)
    Set-ItemProperty -LiteralPath $Key -Name Pid -Value $process.Id
    $limit = [Xml.XmlConvert]::ToTimeSpan($task.Settings.ExecutionTimeLimit)
    $running[$Key] = @{ Process = $process; Until = [DateTime]::UtcNow + $limit }
}

while ($true) {
    foreach ($key in @(Get-ChildItem -LiteralPath $root -ErrorAction Ignore)) { Start-DueTask $key.PSPath }
    foreach ($key in @($running.Keys)) {
        $one = $running[$key]
        if (-not $one.Process.HasExited -and [DateTime]::UtcNow -gt $one.Until) { $one.Process.Kill() }
        if (-not $one.Process.HasExited) { continue }
        $running.Remove($key)
        if (Test-Path -LiteralPath $key) { Set-ItemProperty -LiteralPath $key -Name Result -Value $one.Process.ExitCode }
    }
    Start-Sleep -Milliseconds 200
}
