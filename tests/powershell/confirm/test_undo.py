"""The rollback that a host takes by itself: its steps, its restarts and the lines it writes."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import Services, failing
from tests.powershell.host import EngineHost

from .rollback import FOLDER

_RUN = "r-1"
_PATH = rf"{FOLDER}\undo-{_RUN}"
_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnRemediateTest"
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z"
_WAS = '{"type":"String","data":"before"}'
_IS = '{"type":"String","data":"after"}'


def step(name: str = "one", **changed: Any) -> dict[str, Any]:
    whole: dict[str, Any] = {
        "Id": name,
        "Kind": "AovpnRegistryValue",
        "Target": {"Key": _KEY, "Name": name},
        "Desired": {"type": "String", "data": "before"},
        "Before": _WAS,
        "Reboot": False,
        "Services": [],
    }
    return {**whole, **changed}


def values(*names: str, data: str = "after") -> str:
    return "\n".join(
        f"[Microsoft.Win32.Registry]::SetValue('{_KEY}', '{name}', '{data}')" for name in names
    )


def undo_step(host: EngineHost, arrange: str, whole: Mapping[str, Any]) -> Any:
    call = f"Undo-AovpnStep -Step {literal(whole)}"
    return host.record(f"{arrange}\nConvertTo-Json -Compress -Depth 5 ({call})")


def undo(host: EngineHost, arrange: str, *steps: Mapping[str, Any]) -> list[Any]:
    """The lines that a rollback writes, with its times checked and taken out."""
    folder = f"$null = New-Item -ItemType Directory -Force {FOLDER}"
    call = f"Invoke-AovpnUndo -Run {_RUN} -Steps {literal(list(steps))}"
    assert host.run(f"{folder}\n{arrange}\n{call}") == []
    [text] = host.run(f"[IO.File]::ReadAllText('{_PATH}.jsonl').Replace(\"`n\", '|')")
    lines = [json.loads(line) for line in text.rstrip("|").split("|")]
    for line, name in ((lines[0], "began"), (next(x for x in lines if "undone" in x), "undone")):
        assert re.fullmatch(_TIME, line[name])
        line[name] = "now"
    return lines


def test_a_step_that_is_as_it_was_is_not_set(armed: EngineHost) -> None:
    never = "function Set-AovpnRegistryValue { throw 'set' }"
    said = undo_step(armed, f"{values('one', data='before')}\n{never}", step())
    expected = {"id": "one", "ok": True, "moved": False, "found": _WAS, "after": None}
    assert said == expected


def test_a_step_that_has_changed_is_set_back(armed: EngineHost) -> None:
    said = undo_step(armed, values("one"), step())
    assert said == {"id": "one", "ok": True, "moved": True, "found": _IS, "after": _WAS}
    assert armed.read("AovpnRegistryValue", step()["Target"])["data"] == "before"


def test_a_step_that_differs_by_a_soft_hyphen_is_set_back(armed: EngineHost) -> None:
    said = undo_step(armed, values("one", data="before"), step(Before=_WAS + "\u00ad"))
    assert said == {"id": "one", "ok": True, "moved": False, "found": _WAS, "after": _WAS}


def test_a_step_that_cannot_be_read_is_told(armed: EngineHost) -> None:
    broken = "function Get-AovpnRegistryValue { throw 'no' }"
    said = undo_step(armed, broken, step())
    assert said.pop("error")["message"] == "no"
    assert said == {"id": "one", "ok": False, "moved": False, "found": None, "after": None}


def test_a_set_that_fails_says_what_is_there_now(armed: EngineHost) -> None:
    half = "function Set-AovpnRegistryValue { param($Key, $Name, $Desired) "
    half += f"{values('one', data='half')}; throw 'half' }}"
    said = undo_step(armed, f"{values('one')}\n{half}", step())
    assert said.pop("error")["message"] == "half"
    now = '{"type":"String","data":"half"}'
    assert said == {"id": "one", "ok": False, "moved": True, "found": _IS, "after": now}


def test_a_set_that_fails_and_changes_nothing_has_moved_nothing(armed: EngineHost) -> None:
    failing = "function Set-AovpnRegistryValue { throw 'none' }"
    said = undo_step(armed, f"{values('one')}\n{failing}", step())
    assert said.pop("error")["message"] == "none"
    assert said == {"id": "one", "ok": False, "moved": False, "found": _IS, "after": _IS}


_ONCE = "$global:Reads = 0\nfunction Get-AovpnRegistryValue { if ($global:Reads++) "
_ONCE += "{ throw 'gone' }; 'first' }"


def test_a_state_that_cannot_be_read_afterwards_has_moved(armed: EngineHost) -> None:
    quiet = "function Set-AovpnRegistryValue { }"
    said = undo_step(armed, f"{_ONCE}\n{quiet}", step())
    assert said.pop("error")["message"] == "gone"
    expected = {"id": "one", "ok": False, "moved": True, "found": '"first"', "after": None}
    assert said == expected


def test_the_first_of_two_errors_is_told(armed: EngineHost) -> None:
    failing = "function Set-AovpnRegistryValue { throw 'set' }"
    said = undo_step(armed, f"{_ONCE}\n{failing}", step())
    assert said.pop("error")["message"] == "set"
    assert (said["ok"], said["moved"]) == (False, True)


@pytest.mark.parametrize(
    ("given", "chosen"),
    [
        ([], []),
        (["RasMan"], ["RasMan"]),
        (["RemoteAccess"], ["RemoteAccess"]),
        (["RemoteAccess", "RasMan"], ["RasMan"]),
        (["RasMan", "IAS", "remoteaccess", "IAS"], ["RasMan", "IAS"]),
    ],
)
def test_each_service_is_restarted_once(
    each_engine: EngineHost, given: list[str], chosen: list[str]
) -> None:
    assert each_engine.run(f"Select-AovpnRestarts -Services {literal(given)}") == chosen


def test_all_steps_are_taken_and_told_in_order(armed: EngineHost, services: Services) -> None:
    one, two, idle = services.make(), services.make(), services.make()
    for name in (one, two, idle):
        services.start(name)
    before = {name: services.process(name) for name in (one, two, idle)}
    lines = undo(
        armed,
        f"{values('one', 'two')}\n{values('same', data='before')}\n"
        f"$null = New-Item {_PATH}.running\n",
        step("one", Services=[one]),
        step("same", Services=[idle], Reboot=True),
        step("two", Services=[one, two]),
    )
    moved = {"ok": True, "moved": True, "found": _IS, "after": _WAS}
    assert lines == [
        {"began": "now"},
        {"id": "one", **moved},
        {"id": "same", "ok": True, "moved": False, "found": _WAS, "after": None},
        {"id": "two", **moved},
        {"restart": one, "ok": True, "was": "running", "now": "running", "down": []},
        {"restart": two, "ok": True, "was": "running", "now": "running", "down": []},
        {"undone": "now", "reboot": False},
    ]
    after = {name: services.process(name) for name in (one, two, idle)}
    assert [before[name] == after[name] for name in (one, two, idle)] == [False, False, True]
    assert armed.run(f"Test-Path {_PATH}.running") == ["false"]


def test_a_step_that_fails_keeps_no_other(armed: EngineHost) -> None:
    lines = undo(armed, values("one", "two"), step("one", Kind="AovpnNoSuch"), step("two"))
    assert lines[1].pop("error")["id"] == "CommandNotFoundException"
    assert lines == [
        {"began": "now"},
        {"id": "one", "ok": False, "moved": False, "found": None, "after": None},
        {"id": "two", "ok": True, "moved": True, "found": _IS, "after": _WAS},
        {"undone": "now", "reboot": False},
    ]


def test_a_reboot_comes_instead_of_all_restarts_and_last(
    armed: EngineHost, services: Services
) -> None:
    name = services.make()
    services.start(name)
    process = services.process(name)
    shadow = "function Restart-Computer { param([switch] $Force) }"
    lines = undo(
        armed,
        f"{values('one', 'two')}\n{shadow}",
        step("one", Services=[name], Reboot=True),
        step("two"),
    )
    assert lines[3:] == [
        {"undone": "now", "reboot": True},
        {"restart": "reboot", "ok": True},
    ]
    assert services.process(name) == process


def test_all_that_do_not_come_back_are_started(armed: EngineHost, services: Services) -> None:
    name = services.make()
    above = services.make(on=[name])
    services.start(above)
    # Nothing starts as long as the restart lasts.
    late = (
        "$global:Tries = 0\n$global:Start = Get-Item Function:Start-AovpnService\n"
        "function Start-AovpnService { param($Name, $Seconds)\n"
        "if (($global:Tries += 1) -le 4) { throw 'too early' }\n"
        "& $Start.ScriptBlock -Name $Name -Seconds $Seconds }"
    )
    lines = undo(armed, f"{values('one')}\n{late}", step(Services=[name]))
    error = lines[2].pop("error")
    assert error["message"] == "too early"
    assert lines[2:5] == [
        {"restart": name, "ok": False, "was": "running", "now": "stopped", "down": [above, name]},
        {"start": above, "ok": True, "was": "stopped", "now": "running"},
        {"start": name, "ok": True, "was": "running", "now": "running"},
    ]


def test_a_service_that_was_stopped_is_not_started(armed: EngineHost, services: Services) -> None:
    name = services.make()
    lines = undo(armed, values("one"), step(Services=[name]))
    assert lines[2:] == [
        {"restart": name, "ok": True, "was": "stopped", "now": "stopped", "down": []},
        {"undone": "now", "reboot": False},
    ]


def test_lines_that_cannot_be_written_stop_nothing(armed: EngineHost) -> None:
    call = f"Invoke-AovpnUndo -Run {_RUN} -Steps @({literal(step())})"
    assert armed.run(f"{values('one')}\n{call}\nTest-Path {FOLDER}") == ["false"]
    assert armed.read("AovpnRegistryValue", step()["Target"])["data"] == "before"


def test_a_rollback_is_over_where_its_files_cannot_be_removed(armed: EngineHost) -> None:
    stuck = "function Remove-AovpnUndo { throw 'stuck' }"
    lines = undo(armed, f"{values('one')}\n{stuck}", step())
    assert lines[-1] == {"undone": "now", "reboot": False}


@pytest.mark.parametrize("run", ["", "a b", "x" * 65, "a\\b", "r-1\n", "\u00e4", "r_1"])
def test_only_the_id_of_a_run_names_a_file(each_engine: EngineHost, run: str) -> None:
    script = f"try {{ Get-AovpnUndoPath -Run {literal(run)} }} catch {{ 'refused: ' + $_ }}"
    [*said] = each_engine.run(script)
    text = "\n".join(said)
    expected = f"refused: {run} is not the id of a run." if run else "refused: Cannot bind"
    assert text.startswith(expected)


def test_the_files_of_a_run_lie_in_the_folder_of_all_users(windows: EngineHost) -> None:
    longest = "0aZ-" * 16
    assert windows.run(f"Get-AovpnUndoPath -Run {longest}") == [rf"{FOLDER}\undo-{longest}"]


def test_a_folder_that_cannot_be_quoted_is_refused(linux: EngineHost) -> None:
    script = "try { Get-AovpnUndoPath -Run r-1 } catch { [string] $_ }"
    [said] = linux.run(script)
    assert re.fullmatch(r"The folder /.* has a character that cannot be quoted\.", said)


def test_the_task_and_the_named_files_are_removed(armed: EngineHost) -> None:
    files = f"$null = New-Item -ItemType Directory {FOLDER}\n" + "\n".join(
        f"$null = New-Item {_PATH}{ending}" for ending in (".ps1", ".kept", ".jsonl")
    )
    task = (
        "$null = Register-ScheduledTask -TaskPath '\\aovpn-remediate\\' -TaskName undo-r-1 "
        "-Action (New-ScheduledTaskAction -Execute x) -Trigger (New-ScheduledTaskTrigger -Once "
        "-At 2030-01-01) -Settings (New-ScheduledTaskSettingsSet)\n"
        "$null = Register-ScheduledTask -TaskPath '\\other\\' -TaskName undo-r-1 "
        "-Action (New-ScheduledTaskAction -Execute x) -Trigger (New-ScheduledTaskTrigger -Once "
        "-At 2030-01-01) -Settings (New-ScheduledTaskSettingsSet)"
    )
    left = armed.run(
        f"{files}\n{task}\nRemove-AovpnUndo -Run {_RUN} -Endings '.ps1', '.kept'\n"
        f"Get-ChildItem {FOLDER} -Name\n(Get-ScheduledTask).TaskPath"
    )
    assert left == ["undo-r-1.jsonl", "\\other\\"]
    again = f"Remove-AovpnUndo -Run {_RUN} -Endings '.jsonl'\n@(Get-ChildItem {FOLDER}).Count"
    assert armed.run(again) == ["0"]


def test_a_task_that_cannot_be_removed_is_told(armed: EngineHost) -> None:
    shadow = "function Get-ScheduledTask { [CmdletBinding()] param($TaskPath, $TaskName) 1 }\n"
    shadow += failing("Unregister-ScheduledTask", "TaskPath", "TaskName")
    said = armed.run(
        f"{shadow}\ntry {{ Remove-AovpnUndo -Run {_RUN} -Endings '.x'; 'gone' }} "
        "catch { [string] $_ }"
    )
    assert said == ["denied"]
