"""Commit-confirm from end to end: a host that nobody confirms rolls back by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from aovpn_remediate.rendering import batch
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.registry_value import RegistryValue
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.resources.service import Service
from tests.powershell.arranged import Services
from tests.powershell.host import EngineHost

from .conftest import FOLDER

_KEY = r"HKLM\SOFTWARE\AovpnRemediateTest"
_LONG = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnRemediateTest"
_SOON = 90.0
pytestmark = pytest.mark.usefixtures("scheduler")


def value(name: str = "value", sub: str = "") -> RegistryValue:
    key = f"{_KEY}\\{sub}" if sub else _KEY
    return RegistryValue(key=key, name=name, type="string", data="new", create_key=True)


class Rollback:
    """An automatic rollback of one run."""

    def __init__(self, host: EngineHost, run: str = "r-1") -> None:
        self.host, self.run = host, run
        self.steps: list[batch.RollbackStep] = []

    def read(self, name: str, resource: Resource, needs: Restart = NOTHING) -> None:
        """Have a step rolled back to what is there now."""
        state = self.host.answer(resource)
        target = literal(resource.target())
        call = f"Invoke-AovpnStep -Id x -Kind {resource.function} -Target {target}"
        text = self.host.record(call)["before"]
        self.steps.append(
            batch.RollbackStep(name, resource, resource.normalise(state), text, needs)
        )

    def arm(self, seconds: int = 600) -> Any:
        script = batch.rolling_back(self.run, self.steps)
        return self.host.record(batch.scheduling_rollback(self.run, seconds, script))

    def look(self) -> Any:
        return self.host.record(batch.inspecting_rollback(self.run))

    def confirm(self) -> Any:
        return self.host.record(batch.cancelling_rollback(self.run))

    def forget(self) -> Any:
        return self.host.record(batch.forgetting_rollback(self.run))

    def await_stage(self, stage: str) -> Any:
        """Look until the host is at a stage; what it says then."""
        end = time.monotonic() + _SOON
        while (said := self.look())["found"] != stage:
            assert time.monotonic() < end, said
        return said


@pytest.fixture
def rollback(armed: EngineHost) -> Rollback:
    return Rollback(armed)


def left(host: EngineHost) -> list[str]:
    """The files and tasks of rollbacks."""
    return host.run(
        f"if (Test-Path {FOLDER}) {{ Get-ChildItem {FOLDER} -Name }}\n"
        "Get-ScheduledTask -TaskPath '\\aovpn-remediate\\' | ForEach-Object TaskName"
    )


def await_left(host: EngineHost, expected: list[str]) -> None:
    """Wait until a rollback that is over has tidied up."""
    end = time.monotonic() + _SOON
    while (found := left(host)) != expected:
        assert time.monotonic() < end, found


def change(host: EngineHost) -> None:
    host.run(f"[Microsoft.Win32.Registry]::SetValue('{_LONG}', 'value', 'changed')")


def now(host: EngineHost) -> Any:
    return host.answer(value())


def test_a_host_that_nobody_confirms_rolls_back(rollback: Rollback, services: Services) -> None:
    host, service, idle = rollback.host, services.make(), services.make()
    services.start(service)
    text = literal("\u00e4 \u2019 $(1) \uffff\ud800")
    host.run(f"[Microsoft.Win32.Registry]::SetValue('{_LONG}', 'value', {text})")
    was, process = now(host), services.process(service)
    rollback.read("value", value(), Restart(services=(service,)))
    rollback.read("made", value("x", "made\\deeper"))
    rollback.read("idle", Service(name=idle, status="running"))
    assert rollback.arm(5)["ok"]
    change(host)
    host.run(f"$null = New-Item 'Registry::{_LONG}\\made\\deeper' -Force\nStart-Service {idle}")
    said = rollback.await_stage("undone")
    outcome = [line.partition(",")[0] for line in said["outcome"]]
    begun, *steps, restarted, ended = outcome
    assert begun.startswith('{"began":"')
    assert ended.startswith('{"undone":"')
    assert steps == ['{"id":"idle"', '{"id":"made"', '{"id":"value"']
    assert restarted == f'{{"restart":"{service}"'
    assert now(host) == was
    assert host.run(f"Test-Path 'Registry::{_LONG}\\made'") == ["false"]
    assert (services.status(idle), services.status(service)) == ("Stopped", "Running")
    assert services.process(service) != process
    await_left(host, ["undo-r-1.jsonl"])
    assert rollback.confirm()["found"] == "undone", "a confirmation that comes too late"
    assert now(host) == was
    assert rollback.forget()["found"] == "undone"
    assert left(host) == []


def test_a_host_that_is_confirmed_keeps_what_was_set(rollback: Rollback) -> None:
    host = rollback.host
    rollback.read("value", value())
    said = rollback.arm()
    assert {**said, "until": ""} == {"arm": "r-1", "ok": True, "until": ""}
    assert left(host) == ["undo-r-1.ps1", "undo-r-1"]
    change(host)
    looked = rollback.look()
    assert looked.pop("time")
    assert looked == {"disarm": "r-1", "ok": True, "found": "armed", "outcome": []}
    assert left(host) == ["undo-r-1.ps1", "undo-r-1"]
    said = rollback.confirm()
    assert said.pop("time")
    assert said == {"disarm": "r-1", "ok": True, "found": "armed", "outcome": []}
    assert left(host) == []
    assert now(host)["data"] == "changed"
    assert rollback.confirm()["found"] == "nothing"


def test_a_host_is_armed_once(rollback: Rollback) -> None:
    rollback.read("value", value())
    assert rollback.arm()["ok"]
    before = rollback.host.run(f"Get-Content {FOLDER}\\undo-r-1.ps1 -Raw | Out-String")
    said = rollback.arm(5)
    assert not said["ok"]
    assert said["until"] is None
    assert "already exists" in said["error"]["message"]
    assert rollback.host.run(f"Get-Content {FOLDER}\\undo-r-1.ps1 -Raw | Out-String") == before
    assert left(rollback.host) == ["undo-r-1.ps1", "undo-r-1"]


def test_two_runs_have_rollbacks_of_their_own(rollback: Rollback) -> None:
    other = Rollback(rollback.host, "r-2")
    for one in (rollback, other):
        one.read("value", value())
        assert one.arm()["ok"]
    assert other.confirm()["found"] == "armed"
    assert left(rollback.host) == ["undo-r-1.ps1", "undo-r-1"]


def test_a_file_that_somebody_changed_is_not_run(rollback: Rollback) -> None:
    host = rollback.host
    rollback.read("value", value())
    assert rollback.arm(3)["ok"]
    change(host)
    host.run(f"Add-Content {FOLDER}\\undo-r-1.ps1 -Value '# more'")
    end = time.monotonic() + _SOON
    result = "[string] (Get-ScheduledTaskInfo undo-r-1 '\\aovpn-remediate\\').LastTaskResult"
    while (said := host.run(result)) == ["267011"]:
        assert time.monotonic() < end
    assert said == ["2"]
    assert now(host)["data"] == "changed"
    for look in (rollback.look, rollback.confirm):
        record = look()
        assert (record["ok"], record["found"], record["result"]) == (True, "failed", 2)
        assert left(host) == ["undo-r-1.ps1", "undo-r-1"]
    assert rollback.forget()["found"] == "failed"
    assert left(host) == []


_RAN = "function Get-ScheduledTaskInfo {{ [CmdletBinding()] param($TaskPath, $TaskName) {0} }}\n"


@pytest.mark.parametrize(
    ("result", "found"),
    [
        ("267008", "armed"),
        ("267009", "armed"),
        ("267011", "armed"),
        ("267045", "armed"),
        ("0", "failed"),
        ("1", "failed"),
        ("267014", "failed"),
        ("[uint32] 2147942402", "failed"),
    ],
)
def test_a_task_that_has_run_and_taken_nothing_has_failed(
    rollback: Rollback, result: str, found: str
) -> None:
    folder = f"$null = New-Item -ItemType Directory {FOLDER}\n"
    info = _RAN.format(f"[pscustomobject] @{{ LastTaskResult = {result} }}")
    script = f"{folder}$null = New-Item {FOLDER}\\undo-r-1.ps1\n{info}Invoke-AovpnDisarm -Run r-1"
    record = rollback.host.record(f"{script} -Look")
    assert record["found"] == found
    expected = None if found == "armed" else int(result.rpartition(" ")[2])
    assert record.get("result") == expected


def test_a_task_that_has_just_taken_its_file_has_not_failed(rollback: Rollback) -> None:
    path = f"{FOLDER}\\undo-r-1"
    taken = f"Remove-Item {path}.ps1; Set-Content {path}.jsonl '{{\"undone\":1}}'; "
    taken += "[pscustomobject] @{ LastTaskResult = 0 }"
    script = f"$null = New-Item -ItemType Directory {FOLDER}\n$null = New-Item {path}.ps1\n"
    record = rollback.host.record(f"{script}{_RAN.format(taken)}Invoke-AovpnDisarm -Run r-1")
    assert (record["ok"], record["found"]) == (True, "undone")


def test_one_that_ended_half_way_has_its_result(rollback: Rollback) -> None:
    info = _RAN.format("[pscustomobject] @{ LastTaskResult = 267014 }")
    script = f"$null = New-Item -ItemType Directory {FOLDER}\n"
    script += f"$null = New-Item {FOLDER}\\undo-r-1.running\n{info}Invoke-AovpnDisarm -Run r-1"
    record = rollback.host.record(script)
    assert (record["found"], record["result"]) == ("begun", 267014)


def test_a_step_that_cannot_be_set_back_is_told(rollback: Rollback, services: Services) -> None:
    host, service = rollback.host, services.make("nostop")
    rollback.read("value", value())
    rollback.read("service", Service(name=service, status="running"))
    assert rollback.arm(4)["ok"]
    change(host)
    services.start(service)
    outcome = rollback.await_stage("undone")["outcome"]
    failed, done = [line for line in outcome if line.startswith('{"id"')]
    assert '"ok":false' in failed
    assert "ended with 1052" in failed
    assert '"ok":true,"moved":true' in done
    assert now(host) != {"type": "String", "data": "changed"}


STAGES: list[tuple[str, Callable[[str], str], str]] = [
    ("nothing", lambda _: "", "nothing"),
    ("kept", lambda path: f"$null = New-Item {path}.kept", "armed"),
    ("taken", lambda path: f"$null = New-Item {path}.running", "begun"),
    (
        "half-way",
        lambda path: f"$null = New-Item {path}.running\nSet-Content {path}.jsonl '{{\"began\":1}}'",
        "begun",
    ),
    (
        "over",
        lambda path: f"Set-Content {path}.jsonl '{{\"began\":1}}', '{{\"undone\":1}}'",
        "undone",
    ),
    (
        "over, but not tidied up",
        lambda path: (
            f"$null = New-Item {path}.running\nSet-Content {path}.jsonl '{{\"undone\":1}}'"
        ),
        "undone",
    ),
    (
        "a last line that is half written",
        lambda path: (
            f"$null = New-Item {path}.running\n[IO.File]::WriteAllText('{path}.jsonl', "
            '"{`"began`":1}`n{`"undone`":1}")'
        ),
        "begun",
    ),
]


@pytest.mark.parametrize(("make", "found"), [s[1:] for s in STAGES], ids=[s[0] for s in STAGES])
def test_a_stage_is_told_by_what_lies_there(
    rollback: Rollback, make: Callable[[str], str], found: str
) -> None:
    path = f"{FOLDER}\\undo-r-1"
    folder = f"$null = New-Item -ItemType Directory {FOLDER}"
    rollback.host.run(f"{folder}\n{make(path)}")
    before = left(rollback.host)
    said = rollback.look()
    assert (said["ok"], said["found"]) == (True, found)
    assert left(rollback.host) == before
    assert rollback.confirm()["found"] == found
    assert left(rollback.host) == ([] if found == "armed" else before)
    assert rollback.forget()["found"] == ("nothing" if found == "armed" else found)
    assert left(rollback.host) == []


def test_a_rollback_under_way_is_told(rollback: Rollback) -> None:
    task = "function Get-ScheduledTask {{ [CmdletBinding()] param($TaskPath, $TaskName) "
    task += "[pscustomobject] @{{ State = {0} }} }}\n"
    folder = f"$null = New-Item -ItemType Directory {FOLDER}\n$null = New-Item {FOLDER}\\undo-r-1"
    rollback.host.run(f"{folder}.running")
    stages = {"'Running'": "running", "4": "running", "'Ready'": "begun", "3": "begun"}
    for state, stage in stages.items():
        script = f"{task.format(state)}Get-AovpnUndoStage -Run r-1 -Look"
        assert rollback.host.run(script) == [stage]


def test_an_outcome_is_read_while_it_is_written(rollback: Rollback) -> None:
    path = f"{FOLDER}\\undo-r-1"
    said = rollback.host.run(
        f"$null = New-Item -ItemType Directory {FOLDER}\n"
        f"$file = [IO.File]::Open('{path}.jsonl', 'CreateNew', 'Write', 'Read')\n"
        '$file.Write([Text.Encoding]::UTF8.GetBytes("one`ntwo`nthr"), 0, 11)\n$file.Flush()\n'
        f"try {{ Get-AovpnOutcome -Path '{path}' }} finally {{ $file.Close() }}\n"
        # Its own handle is closed too.
        f"[IO.File]::Open('{path}.jsonl', 'Open', 'ReadWrite', 'None').Close()\n"
        f"[IO.File]::WriteAllText('{path}.jsonl', 'half')\n@(Get-AovpnOutcome -Path '{path}').Count"
    )
    assert said == ["one", "two", "0"]


def test_a_file_that_cannot_be_taken_is_a_fault(rollback: Rollback) -> None:
    rollback.read("value", value())
    assert rollback.arm()["ok"]
    path = f"{FOLDER}\\undo-r-1"
    record = rollback.host.record(
        f"$null = New-Item -ItemType Directory {path}.kept\nInvoke-AovpnDisarm -Run r-1"
    )
    assert (record["ok"], record["found"]) == (False, None)
    assert record["error"]["message"]
    assert "undo-r-1" in left(rollback.host)


_LATE = "function Assert-AovpnUndoTask { throw 'other' }"


def test_where_arming_fails_nothing_is_left(rollback: Rollback) -> None:
    for shadow, left_folder in (
        (_LATE, True),
        ("function Register-AovpnUndoTask { throw 'other' }", True),
        ("function New-AovpnUndoFolder { throw 'other' }", False),
    ):
        record = rollback.host.record(
            f"{shadow}\nInvoke-AovpnArm -Run r-1 -Seconds 600 -Script '1'"
        )
        assert record["error"].pop("at")
        assert record == {
            "arm": "r-1",
            "ok": False,
            "until": None,
            "error": {"id": "RuntimeException", "message": "other"},
        }
        assert left(rollback.host) == []
        assert rollback.host.run(f"Test-Path {FOLDER}") == [str(left_folder).lower()]
        rollback.host.run(f"if (Test-Path {FOLDER}) {{ Remove-Item {FOLDER} -Recurse }}")


def test_what_stopped_the_arming_is_told_and_not_what_stopped_the_tidying(
    rollback: Rollback,
) -> None:
    stuck = "function Remove-AovpnUndo { throw 'stuck' }"
    record = rollback.host.record(
        f"{_LATE}\n{stuck}\nInvoke-AovpnArm -Run r-1 -Seconds 600 -Script '1'"
    )
    assert record["error"]["message"] == "other"
    assert left(rollback.host) == ["undo-r-1"], "the file is gone: the task runs nothing"


def test_an_unsafe_folder_stops_the_arming(rollback: Rollback) -> None:
    rollback.host.run(f"$null = New-Item -ItemType Directory {FOLDER}")
    record = rollback.host.record("Invoke-AovpnArm -Run r-1 -Seconds 600 -Script '1'")
    assert record["error"]["id"] == "UnsafeFolder"
    assert left(rollback.host) == []


def test_the_time_is_in_utc_to_the_second(rollback: Rollback) -> None:
    noted = "function Register-AovpnUndoTask { param($Run, $At, $Engine, $Argument) "
    noted += "$global:Noted = @($At.Kind, ($At.Ticks % 10000000), "
    noted += "[Math]::Abs(($At - [DateTime]::UtcNow).TotalSeconds - 600)) }\n"
    noted += "function Assert-AovpnUndoTask { }\n"
    said = rollback.host.run(
        f"{noted}$said = Invoke-AovpnArm -Run r-1 -Seconds 600 -Script '1' | ConvertFrom-Json "
        "-DateKind String\n$said.until\n[string] $Noted[0]\n[string] $Noted[1]\n$Noted[2] -lt 20"
    )
    assert len(said[0]) == len("2026-11-26T23:04:05Z")
    assert said[0].endswith("Z")
    assert said[1:] == ["Utc", "0", "true"]


def test_a_constrained_session_cannot_arm(rollback: Rollback) -> None:
    script = (
        "$names = 'Invoke-AovpnArm', 'ConvertTo-AovpnText', 'ConvertTo-AovpnAscii', "
        "'ConvertTo-AovpnError'\n"
        "$bodies = @{}\nforeach ($name in $names) { $bodies[$name] = (Get-Command $name)"
        ".Definition }\n"
        "$shell = [powershell]::Create()\n"
        '$null = $shell.AddScript("`$ExecutionContext.SessionState.LanguageMode = '
        "'ConstrainedLanguage'\").Invoke()\n$shell.Commands.Clear()\n"
        # Where lines are counted, each statement calls it.
        "$null = $shell.AddScript('function __c { }').Invoke(); $shell.Commands.Clear()\n"
        'foreach ($name in $names) { $null = $shell.AddScript("function $name {$($bodies[$name])}'
        '").Invoke(); $shell.Commands.Clear() }\n'
        "$shell.AddScript(\"`$ErrorActionPreference = 'Stop'; Invoke-AovpnArm -Run r-1 -Seconds 9 "
        '-Script x").Invoke()'
    )
    record = rollback.host.record(script)
    assert record["error"]["id"] == "LanguageMode"
    assert record["error"]["message"] == (
        "In ConstrainedLanguage no automatic rollback can be scheduled."
    )
    assert not record["ok"]
