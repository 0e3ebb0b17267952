"""Compare the levels of proof with the last run: `python -m tests.powershell.levels check|write`.

A kind whose functions ran on PowerShell for Windows is proven with a real registry and services, or
with stand-ins where it uses a command or a call that stands in here. A playbook that went there and
back is proven as far as the least of its kinds. `tests/windows/proven.json`, which the live suite
writes on real servers, gives the last level.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from aovpn_remediate.playbook.loader import load_playbook
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.proof import LEVELS, RECORD, Level
from tests.powershell.build import ROOT, SOURCES
from tests.powershell.coverage import probes
from tests.powershell.engines import WINDOWS

_LIVE = ROOT / "tests" / "windows" / "proven.json"
_SEAMS = re.compile(r"\[ADSI\]|Lsa[A-Z]\w+")
_PROGRAMS = re.compile(r"\\(auditpol|certutil|netsh)\.exe")


def stand_in_commands() -> set[str]:
    """The commands that the modules of the engine export."""
    texts = (path.read_text("utf-8") for path in (SOURCES / "modules").glob("*/*.psd1"))
    return {name for text in texts for name in re.findall(r"'([A-Z]\w+-\w+)'", text)}


def _kind_level(name: str, ran: set[str], commands: set[str], live: Sequence[str]) -> Level:
    if name in live:
        return "server"
    if KINDS[name].model_validate(KINDS[name].example).function not in ran:
        return "simulated"
    sent = [f"kinds/{name}.ps1", *KINDS[name].scripts]
    text = "\n".join((ROOT / "templates" / one).read_text("utf-8") for one in sent)
    words = set(re.findall(r"\b[A-Z]\w+-[A-Z]\w+\b", text))
    stands_in = words & commands or _SEAMS.search(text) or _PROGRAMS.search(text)
    return "stand-ins" if stands_in else "real"


def _kinds_of(playbook: Path) -> Iterator[str]:
    file = load_playbook(str(playbook))
    for setting in (*file.before, *(step.setting for step in file.steps), *file.after):
        yield setting.kind.kind


def record() -> Mapping[str, Mapping[str, Level]]:
    """The levels as the last run of the engine suite shows them."""
    ids = probes.ran("windows")
    chosen = [one.function for one in probes.statements() if one.id in ids]
    ran = {name.removeprefix("Get-") for name in chosen if name.startswith("Get-Aovpn")}
    live: Mapping[str, Any] = json.loads(_LIVE.read_text("utf-8")) if _LIVE.exists() else {}
    commands = stand_in_commands()
    kinds = {name: _kind_level(name, ran, commands, live.get("kinds", [])) for name in KINDS}
    playbooks: dict[str, Level] = {}
    for path in sorted((ROOT / "playbooks").glob("*.yaml")):
        least = min(map(LEVELS.index, {kinds[name] for name in _kinds_of(path)}))
        most = LEVELS.index("server" if path.stem in probes.playbooks() else "simulated")
        playbooks[path.stem] = LEVELS[min(least, most)]
    return {"kinds": kinds, "playbooks": playbooks}


def main(arguments: Sequence[str]) -> int:
    """Check the record in the package, or write it."""
    if WINDOWS.missing:
        print(f"The levels of proof are not checked: {WINDOWS.missing}")  # noqa: T201
        return 0
    text = json.dumps(record(), indent=2) + "\n"
    if list(arguments) == ["write"]:
        RECORD.write_text(text, "utf-8", newline="\n")
        return 0
    if RECORD.read_text("utf-8") == text:
        return 0
    print(f"{RECORD.name} is old: run `make record` and `make schema`")  # noqa: T201
    print(text)  # noqa: T201
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
