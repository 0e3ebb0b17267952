"""Commit-confirm on a real PowerShell: the task of the automatic rollback, and its removal."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.local_powershell.real import compact, needs_pwsh, product_text, run, stand_in_text

pytestmark = needs_pwsh

_TEXT = "\u00e9 \u2018x\u2019 $(1 + 1)"
_ARGUMENT = 'ConvertTo-Json -Compress $script:Tasks["undo-r-1"].Actions[0].Arguments'
_TASKS = "ConvertTo-Json -Compress -InputObject @($script:Tasks.Keys)"


def _scripts(*files: str) -> tuple[str, ...]:
    return product_text(*files), stand_in_text("fake_kinds.ps1"), stand_in_text("fake_tasks.ps1")


def _schedule(name: str, script: str) -> str:
    return f"Invoke-AovpnArm -Run {literal(name)} -Seconds 600 -Script {literal(script)}"


def _cancel(name: str, more: str = "") -> str:
    return f"Invoke-AovpnDisarm -Run {literal(name)}{more}"


def _confirm(folder: Path, *calls: str) -> list[Any]:
    return run(folder, *_scripts("restart.ps1", "undo.ps1", "confirm.ps1"), *calls)


def _run_as_the_task(folder: Path, argument: str) -> subprocess.CompletedProcess[bytes]:
    [command] = re.findall(r'\A-NoProfile -NonInteractive -Command "([^"]+)"\Z', argument)
    words = [str(shutil.which("pwsh")), "-NoProfile", "-NonInteractive", "-Command", command]
    return subprocess.run(words, cwd=folder, capture_output=True, check=False, timeout=120)


def _script_that_writes(folder: Path) -> str:
    return f"[IO.File]::WriteAllText({literal(str(folder / 'ran'))}, {literal(_TEXT)})"


def test_the_task_runs_the_script_once(tmp_path: Path) -> None:
    scheduled, argument = _confirm(
        tmp_path, _schedule("r-1", _script_that_writes(tmp_path)), _ARGUMENT
    )
    assert scheduled["ok"], scheduled
    assert re.fullmatch(r"[0-9-]{10}T[0-9:]{8}Z", scheduled["until"])
    assert (tmp_path / "undo-r-1.ps1").read_bytes().startswith(b"\xef\xbb\xbf")
    assert _run_as_the_task(tmp_path, argument).returncode == 0
    assert (tmp_path / "ran").read_text("utf-8") == _TEXT
    assert not (tmp_path / "undo-r-1.ps1").exists()
    (tmp_path / "ran").unlink()
    assert _run_as_the_task(tmp_path, argument).returncode != 0
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("interference", ["changed", "confirmed"])
def test_the_task_runs_only_the_scheduled_script(tmp_path: Path, interference: str) -> None:
    _, argument = _confirm(tmp_path, _schedule("r-1", _script_that_writes(tmp_path)), _ARGUMENT)
    script = tmp_path / "undo-r-1.ps1"
    if interference == "changed":
        script.write_bytes(script.read_bytes() + b" ")
    else:
        script.rename(tmp_path / "undo-r-1.kept")
    assert _run_as_the_task(tmp_path, argument).returncode != 0
    assert not (tmp_path / "ran").exists()


def test_a_confirmation_removes_the_task_and_its_files(tmp_path: Path) -> None:
    scheduled, state, cancelled, tasks, again = _confirm(
        tmp_path,
        _schedule("r-1", "1"),
        _cancel("r-1", " -Look"),
        _cancel("r-1"),
        _TASKS,
        _cancel("r-1"),
    )
    assert (scheduled["ok"], state["found"], cancelled["found"]) == (True, "armed", "armed")
    assert (tasks, again["found"], again["ok"]) == ([], "nothing", True)
    assert not list(tmp_path.glob("undo-*"))


def test_a_rollback_that_has_begun_is_reported(tmp_path: Path) -> None:
    (tmp_path / "undo-r-1.running").write_text("x")
    (tmp_path / "undo-r-1.jsonl").write_text('{"began":"now"}\n')
    began, gone = _confirm(tmp_path, _cancel("r-1", " -Forget"), _cancel("r-1"))
    assert (began["found"], began["outcome"]) == ("begun", ['{"began":"now"}'])
    assert (gone["found"], gone["outcome"]) == ("nothing", [])


def test_a_task_that_reads_back_differently_is_removed(tmp_path: Path) -> None:
    scheduled, tasks = _confirm(tmp_path, _schedule("disabled", "1"), _TASKS)
    assert (scheduled["ok"], scheduled["error"]["id"]) == (False, "TaskDiffers")
    assert scheduled["error"]["message"].endswith("but it is disabled.")
    assert tasks == []
    assert not list(tmp_path.glob("undo-*"))


def test_scheduling_again_keeps_the_first_script(tmp_path: Path) -> None:
    first, second, _ = _confirm(tmp_path, _schedule("r-1", "1"), _schedule("r-1", "2"), _TASKS)
    assert (first["ok"], second["ok"]) == (True, False)
    assert (tmp_path / "undo-r-1.ps1").read_text("utf-8-sig") == "1"


def test_only_changed_steps_are_rolled_back(tmp_path: Path) -> None:
    def undo_step(name: str, before: Any, **more: Any) -> dict[str, Any]:
        target = {"Id": name, "Kind": "AovpnFake", "Target": {"Name": name}, "Desired": before}
        return {**target, "Before": compact(before), "Reboot": False, "Services": [], **more}

    steps = [
        undo_step("new", None),
        undo_step("same", {"value": 1}),
        undo_step("gone", {"value": 1}),
    ]
    call = f"Invoke-AovpnUndo -Run 'r-1' -Steps {literal(steps)}"
    store = "$script:Store['new'] = @{ value = 2 }; $script:Store['same'] = @{ value = 1 }"
    path = literal(str(tmp_path / "undo-r-1.jsonl"))
    lines = run(
        tmp_path, *_scripts("restart.ps1", "undo.ps1"), store, call, f"Get-Content -Path {path}"
    )
    began, new, same, gone, end = lines
    assert (list(began), list(end)) == (["began"], ["undone", "reboot"])
    assert (new["moved"], new["found"], new["after"]) == (True, '{"value":2}', "null")
    assert (same["moved"], same["after"]) == (False, None)
    assert (gone["moved"], gone["found"], gone["after"]) == (True, "null", '{"value":1}')
    assert end["reboot"] is False
