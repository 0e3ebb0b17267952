"""The PowerShell functions of the product, run by a real PowerShell."""

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
from tests.powershell.engines import LINUX

_PWSH = shutil.which("pwsh") or (str(LINUX.program) if not LINUX.missing else None)
_HERE = Path(__file__).resolve().parent
_SECONDS = 120

needs_pwsh = pytest.mark.skipif(
    _PWSH is None, reason="pwsh is not on PATH: the PowerShell functions are not run"
)

CLEAR_STOP = "$script:AovpnStopped = $false"
"""Clears the stop after a refused set, so that one script can test several."""


def product_text(*names: str) -> str:
    """Return text of the product: the prologue and these files."""
    files = [asset_dir("templates") / name for name in ("prologue.ps1", *names)]
    return "\n".join(file.read_text(encoding="ascii") for file in files)


def stand_in_text(name: str) -> str:
    """Return the text of a stand-in for parts of Windows, from a file beside this one."""
    return (_HERE / name).read_text(encoding="ascii")


def compact(value: Any) -> str:
    """Return JSON in the form that the prologue writes."""
    return json.dumps(value, separators=(",", ":"))


def read_step(name: str, kind: str, target: Mapping[str, Any]) -> str:
    """Return a call that reads a step."""
    return f"Invoke-AovpnStep -Id {literal(name)} -Kind {literal(kind)} -Target {literal(target)}"


def set_step(name: str, kind: str, target: Mapping[str, Any], desired: Any, expected: Any) -> str:
    """Return a call that sets a step; `expected` is the state read before."""
    call = read_step(name, kind, target)
    return f"{call} -Desired {literal(desired)} -Expected {literal(compact(expected))} -Apply"


def run(folder: Path, *parts: str) -> list[Any]:
    """Run the parts as one script; return each line of its output, parsed as JSON."""
    script = folder / "script.ps1"
    script.write_bytes("\n".join(parts).encode())
    done = subprocess.run(
        [str(_PWSH), "-NoProfile", "-NonInteractive", "-File", str(script)],
        capture_output=True,
        check=False,
        timeout=_SECONDS,
        env={**os.environ, "NO_COLOR": "1", "POWERSHELL_TELEMETRY_OPTOUT": "1"},
    )
    stderr = done.stderr.decode(errors="replace")
    assert done.returncode == 0, stderr
    assert done.stdout.isascii(), stderr
    return [json.loads(line) for line in done.stdout.splitlines() if line.strip()]


def by_id(records: list[Any]) -> dict[str, Any]:
    """Return records by the name of their step, which is unique."""
    found = {record["id"]: record for record in records}
    assert len(found) == len(records)
    return found


def before(record: Any) -> Any:
    """Return the state before, from a record."""
    return json.loads(record["before"])


def after(record: Any) -> Any:
    """Return the state after, from a record."""
    return json.loads(record["after"])
