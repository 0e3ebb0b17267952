"""Templates with probes, in the place of the product's own for as long as a suite runs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from aovpn_remediate import assets
from tests.powershell.build import ENGINE, ROOT
from tests.powershell.engines import LINUX

VARIABLE = "AOVPN_POWERSHELL_COVERAGE"
"""Set to anything, the engine suite runs with probes."""
FOLDER = ENGINE / "coverage"
_TREE, _MAP, _HITS = FOLDER / "tree", FOLDER / "map.jsonl", FOLDER / "hits"
_PROBE = Path(__file__).with_name("probe.ps1")


@dataclass(frozen=True)
class Statement:
    """A statement of a template."""

    id: int
    file: str
    function: str
    line: int
    text: str


def make() -> None:
    """Make the templates with probes, and forget what ran before."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    _HITS.mkdir(parents=True)
    for name in ("playbooks", "templates"):
        shutil.copytree(ROOT / name, _TREE / name)
    places = [_PROBE, ROOT / "templates", _TREE / "templates", _MAP, _HITS]
    subprocess.run([str(LINUX.program), "-NoProfile", "-File", *map(str, places)], check=True)


def use() -> None:
    """Have this process render scripts from the templates with probes."""
    assets._PACKAGE = _TREE


def note_playbook(name: str) -> None:
    """Have it known that a shipped playbook went there and back."""
    if os.environ.get(VARIABLE):
        with (FOLDER / "playbooks.txt").open("a", encoding="utf-8") as file:
            file.write(f"{name}\n")


def playbooks() -> set[str]:
    """The shipped playbooks that went there and back."""
    file = FOLDER / "playbooks.txt"
    return set(file.read_text("utf-8").split()) if file.exists() else set()


def statements() -> Iterator[Statement]:
    """Every statement of the templates."""
    for line in _MAP.read_text("utf-8").splitlines():
        yield Statement(**json.loads(line))


def ran(engine: str) -> set[int]:
    """The statements that ran on an engine, `linux` or `windows`."""
    files = _HITS.glob(f"{engine}-*.txt")
    return {int(number) for file in files for number in file.read_text("utf-8").split()}
