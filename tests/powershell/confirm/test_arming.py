"""A rollback is scheduled once and whole, or not at all."""

from __future__ import annotations

from .rollback import FOLDER, Rollback, left, value


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
