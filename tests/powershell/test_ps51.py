"""The templates on Windows PowerShell 5.1: types, members, syntax and culture, by a checker."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.drift import service_files
from aovpn_remediate.drift.service_files import ServiceCommand
from aovpn_remediate.rendering import batch
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.restart import NOTHING
from aovpn_remediate.transports import bootstrap

from .build import ENGINE, SOURCES
from .host import EngineHost

_CHECKER = ENGINE / "ps51" / "Ps51.dll"
_FOLDER = SOURCES / "ps51"
_COMMANDS = ("--commands", SOURCES / "commands-5.1.json")
_REVIEWED: tuple[str, Path] = ("--reviewed", _FOLDER / "reviewed.txt")
pytestmark = pytest.mark.skipif(
    not _CHECKER.exists(), reason="the checker for 5.1 is not built: run `make engine`"
)


def check(*arguments: str | Path) -> tuple[int, list[str]]:
    """The exit code of the checker, and its lines without the one with the totals."""
    done = subprocess.run(
        ["dotnet", str(_CHECKER), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert not done.stderr, done.stderr
    # Where lines are counted, each statement calls __c.
    no_finding = re.compile(r"\d+ files, |\S+: (?:global:)?__c: ")
    return done.returncode, [one for one in done.stdout.splitlines() if not no_finding.match(one)]


def test_every_rule_bites() -> None:
    code, found = check(*_COMMANDS, _FOLDER / "cases" / "bad.ps1")
    assert code == 1
    expected = (_FOLDER / "cases" / "bad.expected").read_text("utf-8").splitlines()
    assert found == [line for line in expected if not re.match(r"\d+ files, ", line)]


def _findings() -> list[str]:
    _, found = check(*_REVIEWED, *_COMMANDS, asset_dir("templates"))
    return found


def test_nothing_in_the_templates_fails_on_5_1() -> None:
    assert _findings() == []


@dataclass(frozen=True, eq=False)
class _Read:
    id: str
    resource: Resource


def _written(linux: EngineHost) -> dict[str, str]:
    """Every script that is written or sent besides the templates, by its name."""
    path, digest = literal(r"C:\ProgramData\aovpn-remediate\undo-r-1"), literal("AB-CD")
    [argument] = linux.run(f"Get-AovpnUndoArgument -Path {path} -Hash {digest}")
    command = re.fullmatch(r'-NoProfile -NonInteractive -Command "(.*)"', argument)
    assert command
    examples = [kind.model_validate(kind.example) for kind in KINDS.values()]
    reads = tuple(_Read(f"s{n}", one) for n, one in enumerate(examples))
    undo = batch.rolling_back(
        "r-1",
        [batch.RollbackStep("a", one, None, "null", NOTHING) for one in examples],
    )
    service = ServiceCommand(r"C:\aovpn\fleet.yaml", ("--every", "1h"), 3600.0, "f")
    [(task, text)] = service_files.windows(service, "aovpn-remediate.exe", "1").items()
    return {
        "bootstrap.ps1": bootstrap.BOOTSTRAP,
        "command-of-the-task.ps1": command[1],
        "reading.ps1": batch.reading(reads, ("IAS",)),
        "undo.ps1": undo,
        "scheduling.ps1": batch.scheduling_rollback("r-1", 600, undo),
        task: text,
    }


def test_nothing_that_is_written_fails_on_5_1(linux: EngineHost, tmp_path: Path) -> None:
    for name, text in _written(linux).items():
        (tmp_path / name).write_text(text, "utf-8")
    _, found = check(*_COMMANDS, tmp_path)
    # Most of it is made of the templates.
    reviewed = _REVIEWED[1].read_text("utf-8").splitlines()
    known = {line.partition(": ")[2] for line in [*_findings(), *reviewed]}
    assert [line for line in found if line.partition(": ")[2] not in known] == []
