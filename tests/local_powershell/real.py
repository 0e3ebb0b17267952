"""The functions' own text, run by a real PowerShell."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.rendering.literals import literal

_PWSH = shutil.which("pwsh")
_HERE = Path(__file__).resolve().parent
_SECONDS = 120

needs_pwsh = pytest.mark.skipif(
    _PWSH is None, reason="there is no pwsh on PATH: the functions' own text is not run here"
)

GO_ON = "$script:AovpnStopped = $false"
"""Ends what a refused set began, so that one script can show several."""


def ours(*names: str) -> str:
    """Text of the product: the prologue and these files."""
    files = [asset_dir("templates") / name for name in ("prologue.ps1", *names)]
    return "\n".join(file.read_text(encoding="ascii") for file in files)


def stand_in(name: str) -> str:
    """Text of a file beside this one, which takes the place of what only Windows has."""
    return (_HERE / name).read_text(encoding="ascii")


def compact(value: Any) -> str:
    """JSON as the prologue writes it."""
    return json.dumps(value, separators=(",", ":"))


def step(name: str, kind: str, target: Mapping[str, Any]) -> str:
    """A call that reads."""
    return f"Invoke-AovpnStep -Id {literal(name)} -Kind {literal(kind)} -Target {literal(target)}"


def setting(name: str, kind: str, target: Mapping[str, Any], desired: Any, expected: Any) -> str:
    """A call that sets; `expected` is the answer that was read before."""
    call = step(name, kind, target)
    return f"{call} -Desired {literal(desired)} -Expected {literal(compact(expected))} -Apply"


def run(folder: Path, *parts: str) -> list[Any]:
    """Each line that the parts write, read as JSON."""
    script = folder / "script.ps1"
    script.write_bytes("\n".join(parts).encode())
    done = subprocess.run(
        [str(_PWSH), "-NoProfile", "-NonInteractive", "-File", str(script)],
        capture_output=True,
        check=False,
        timeout=_SECONDS,
        env={**os.environ, "NO_COLOR": "1", "POWERSHELL_TELEMETRY_OPTOUT": "1"},
    )
    said = done.stderr.decode(errors="replace")
    assert done.returncode == 0, said
    assert done.stdout.isascii(), said
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def by_id(records: list[Any]) -> dict[str, Any]:
    """Records by the name of their step; each has one."""
    found = {record["id"]: record for record in records}
    assert len(found) == len(records)
    return found


def before(record: Any) -> Any:
    """What was there, from a record."""
    return json.loads(record["before"])


def after(record: Any) -> Any:
    """What is there then, from a record."""
    return json.loads(record["after"])
