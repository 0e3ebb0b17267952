"""Hand-written batches in the form of the product's, and a simulated host to run them on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from aovpn_remediate.lab.windows import HostSeed, SimulatedWindows
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources import KINDS

ADDRESS = "127.1.0.1"
_TOY = ("Get-AovpnToyClock", "Set-AovpnToyClock")

_PROLOGUE = """\
Set-StrictMode -Version 3.0
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$WarningPreference = 'SilentlyContinue'
$script:AovpnStopped = $false

function Invoke-AovpnStep {
    # A brace in a here-string does not end the function.
    Add-Type -TypeDefinition @'
namespace X {
}
'@
}
"""


def functions(*names: str) -> str:
    """Return definitions of functions with empty bodies."""
    return "".join(f"\nfunction {name} {{\n    [CmdletBinding()]\n}}\n" for name in names)


def prologue() -> str:
    """Return the part of a script before the first call, with all functions."""
    known = [
        f"{verb}-{kind.model_construct().function}"
        for kind in KINDS.values()
        for verb in (("Get",) if kind.read_only else ("Get", "Set"))
    ]
    others = ("Get-AovpnFacts", "Invoke-AovpnRestart", "Invoke-AovpnStart", "Invoke-AovpnReboot")
    return _PROLOGUE + functions(*known, *_TOY, *others)


def call(name: str, **parameters: Any) -> str:
    """Return one call; True is a switch."""
    words = [
        f"-{key}" if value is True else f"-{key} {literal(value)}"
        for key, value in parameters.items()
    ]
    return " ".join([name, *words]) + "\n"


def step(kind: str, target: Mapping[str, Any], *, name: str = "pb/x") -> str:
    return call("Invoke-AovpnStep", Id=name, Kind=kind, Target=target)


def setting(
    kind: str, target: Mapping[str, Any], desired: Any, expected: str, *, name: str = "pb/x"
) -> str:
    return call(
        "Invoke-AovpnStep",
        Id=name,
        Kind=kind,
        Target=target,
        Desired=desired,
        Expected=expected,
        Apply=True,
    )


def joined(*calls: str) -> str:
    return "@(\n" + "".join(f"    {each}" for each in calls) + ') -join "`n"\n'


class Clock:
    """A clock that tests advance."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 21, 2, 3, 4, 567890, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Bench:
    """One simulated host and a session on it."""

    def __init__(self, **seed: Any) -> None:
        self.clock = Clock()
        host = HostSeed.model_validate({"name": "HOST", **seed})
        self.windows = SimulatedWindows({ADDRESS: host}, clock=self.clock)
        self.host = self.windows.state(ADDRESS)
        self.session: dict[str, Any] = {}

    def run(self, *calls: str, functions: bool = True) -> list[dict[str, Any]]:
        """Run a pipeline and return all its records."""
        script = (prologue() if functions else "") + "# calls\n" + "".join(calls)
        texts = [output.text for output in self.windows.run(ADDRESS, script, self.session)]
        return [json.loads(line) for text in texts for line in text.split("\n") if line]

    def read(self, kind: str, target: Mapping[str, Any]) -> Any:
        """Return the answer of Get."""
        (record,) = self.run(step(kind, target))
        assert record["ok"], record
        return json.loads(record["before"])

    def set(self, kind: str, target: Mapping[str, Any], desired: Any) -> dict[str, Any]:
        """Read the state, set it with that state as expected, and return the record."""
        (read,) = self.run(step(kind, target))
        (record,) = self.run(setting(kind, target, desired, read["before"]))
        return record
