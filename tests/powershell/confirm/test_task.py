"""The task of an automatic rollback: how it is registered, and how it has to read back."""

from __future__ import annotations

import pytest

from tests.powershell.arranged import failing
from tests.powershell.host import EngineHost

from .test_folder_and_file import caught

_TASK = "@{ Run = 'r-1'; At = [datetime]::new(2031, 2, 3, 4, 5, 6, [DateTimeKind]::Utc); "
_TASK += "Engine = 'C:\\e.exe'; Argument = '-NoProfile x' }"
_REGISTER = f"$task = {_TASK}\n$due = $task.At\nRegister-AovpnUndoTask @task\n"
_BEGIN = "The task of the automatic rollback is registered, but "


def test_the_task_runs_once_as_system_and_late(armed: EngineHost) -> None:
    task = armed.record(
        f"{_REGISTER}(Get-Item HKLM:\\SOFTWARE\\AovpnStandIn\\Tasks\\aovpn-remediate!undo-r-1)"
        ".GetValue('Task')"
    )
    assert task == {
        "TaskName": "undo-r-1",
        "TaskPath": "\\aovpn-remediate\\",
        "Description": (
            "Sets back what run r-1 of aovpn-remediate has set, unless it is confirmed."
        ),
        "Actions": [
            {
                "Id": "",
                "Execute": "C:\\e.exe",
                "Arguments": "-NoProfile x",
                "WorkingDirectory": "",
            }
        ],
        "Triggers": [
            {
                "Enabled": True,
                "StartBoundary": "2031-02-03T04:05:06Z",
                "EndBoundary": "2031-03-05T04:05:06Z",
                "ExecutionTimeLimit": None,
                "Id": None,
                "Repetition": None,
                "RandomDelay": None,
            }
        ],
        "Principal": {
            "UserId": "SYSTEM",
            "GroupId": "",
            "LogonType": "ServiceAccount",
            "RunLevel": "Highest",
            "Id": "Author",
        },
        "Settings": {
            "Enabled": True,
            "StartWhenAvailable": True,
            "DisallowStartIfOnBatteries": False,
            "StopIfGoingOnBatteries": False,
            "ExecutionTimeLimit": "PT1H",
            "MultipleInstances": "",
            "RestartCount": 0,
            "RestartInterval": None,
            "DeleteExpiredTaskAfter": None,
        },
    }


def test_a_task_as_it_was_registered_is_right(armed: EngineHost) -> None:
    assert armed.run(f"{_REGISTER}Assert-AovpnUndoTask @task") == []


def test_another_task_of_the_run_is_not_replaced(armed: EngineHost) -> None:
    _, message = caught(armed, f"{_REGISTER}; Register-AovpnUndoTask @task")
    assert message == "Cannot create a file when that file already exists."


_PARAMETERS = {
    "Action": ("Execute", "Argument"),
    "Trigger": ("At", "Once"),
    "Principal": ("UserId", "LogonType", "RunLevel"),
    "SettingsSet": (
        "StartWhenAvailable",
        "AllowStartIfOnBatteries",
        "DontStopIfGoingOnBatteries",
        "ExecutionTimeLimit",
    ),
}


@pytest.mark.parametrize("command", _PARAMETERS)
def test_an_error_that_ends_nothing_ends_it(armed: EngineHost, command: str) -> None:
    shadow = failing(
        f"New-ScheduledTask{command}",
        *_PARAMETERS[command],
        answer="[pscustomobject] @{ StartBoundary = ''; EndBoundary = '' }",
    ).replace("$Once", "[switch] $Once")
    assert caught(armed, f"{shadow}\n{_REGISTER}")[1] == "denied"


def _changed(change: str) -> str:
    """A script in which the task reads back otherwise."""
    return (
        f"{_REGISTER}$read = Get-ScheduledTask -TaskPath '\\aovpn-remediate\\' -TaskName undo-r-1\n"
        f"{change}\nfunction Get-ScheduledTask {{ [CmdletBinding()] param($TaskPath, $TaskName) "
        "$read }\n"
    )


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("$read.Settings.Enabled = $false", "it is disabled"),
        ("$read.Settings.StartWhenAvailable = $false", "it would not be started late"),
        ("$read.Principal.UserId = 'Administrators'", "it would not run as SYSTEM"),
        ("$read.Principal.UserId = 'S-1-5-19'", "it would not run as SYSTEM"),
        ("$read.Actions[0].Execute = 'C:\\f.exe'", "its action is another one"),
        ("$read.Actions[0].Arguments = '-NoProfile X'", "its action is another one"),
        ("$read.Actions += $read.Actions[0]", "its action is another one"),
        ("$read.Triggers[0].Enabled = $false", "its trigger is another one"),
        ("$read.Triggers += $read.Triggers[0]", "its trigger is another one"),
        ("$read.Triggers[0].StartBoundary = '2031-02-03T04:05:07Z'", "its time is another one"),
        (
            "$read.Triggers[0].StartBoundary = '2031-02-03T04:05:06+01:00'",
            "its time is another one",
        ),
        ("$read.Triggers[0].EndBoundary = $null", "its end is another one"),
        ("$read.Triggers[0].EndBoundary = ''", "its end is another one"),
        ("$read.Triggers[0].EndBoundary = '2031-03-05T04:05:07Z'", "its end is another one"),
        (
            "$read.Settings.Enabled = $false; $read.Triggers[0].Enabled = $false",
            "it is disabled, its trigger is another one",
        ),
    ],
)
def test_a_task_that_reads_back_otherwise_is_told(armed: EngineHost, change: str, why: str) -> None:
    said = caught(armed, f"{_changed(change)}; Assert-AovpnUndoTask @task")
    assert said == ("TaskDiffers", f"{_BEGIN}{why}.")


@pytest.mark.parametrize(
    "change",
    [
        "$read.Principal.UserId = 'S-1-5-18'",
        "$read.Actions[0].Execute = 'c:\\E.EXE'",
        "$read.Triggers[0].StartBoundary = '2031-02-03T05:05:06+01:00'",
        "$read.Triggers[0].EndBoundary = '2031-03-05T05:05:06+01:00'",
    ],
)
def test_what_means_the_same_is_right(armed: EngineHost, change: str) -> None:
    assert armed.run(f"{_changed(change)}Assert-AovpnUndoTask @task") == []


def _next(expression: str) -> str:
    return (
        "function Get-ScheduledTaskInfo { [CmdletBinding()] param($TaskPath, $TaskName) "
        f"[pscustomobject] @{{ NextRunTime = {expression} }} }}\n"
    )


@pytest.mark.parametrize("seconds", [-60, 0, 60])
def test_a_next_run_within_a_minute_is_right(armed: EngineHost, seconds: int) -> None:
    info = _next(f"$due.AddSeconds({seconds}).ToLocalTime()")
    assert armed.run(f"{_REGISTER}{info}Assert-AovpnUndoTask @task") == []


@pytest.mark.parametrize("seconds", [-61, 61, 3600])
def test_a_next_run_at_another_time_is_told(armed: EngineHost, seconds: int) -> None:
    info = _next(f"$due.AddSeconds({seconds}).ToLocalTime()")
    identity, message = caught(armed, f"{_REGISTER}{info}; Assert-AovpnUndoTask @task")
    assert identity == "TaskDiffers"
    assert message.startswith(f"{_BEGIN}its next run would be '02/03/2031 ")


def test_a_task_that_would_not_run_is_told(armed: EngineHost) -> None:
    said = caught(armed, f"{_REGISTER}{_next('$null')}; Assert-AovpnUndoTask @task")
    assert said == ("TaskDiffers", f"{_BEGIN}its next run would be ''.")


@pytest.mark.parametrize("command", ["Get-ScheduledTask", "Get-ScheduledTaskInfo"])
def test_a_task_that_is_gone_is_told(armed: EngineHost, command: str) -> None:
    gone = failing(command, "TaskPath", "TaskName")
    said = caught(armed, f"{_REGISTER}{gone}Assert-AovpnUndoTask @task")
    assert said[1] == "denied"
