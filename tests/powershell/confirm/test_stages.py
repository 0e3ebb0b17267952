"""The stage of a rollback, as files and its task show it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from .rollback import FOLDER, Rollback, left, value

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
