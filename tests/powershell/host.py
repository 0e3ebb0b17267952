"""A host with a real PowerShell: one session that has every function of the product."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from aovpn_remediate.assets import asset_dir
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.transports.base import Session

_SECONDS = 120.0
_FIRST = "prologue.ps1"
WITHOUT_ALIASES = "Get-ChildItem Alias: | Where-Object Definition -like '*\\*' | Remove-Item"
"""A script after which functions of a test take the place of commands: the aliases of the prologue
come before them."""


def function_files() -> Sequence[Path]:
    """The PowerShell files of the product, the prologue first."""
    folder = asset_dir("templates")
    rest = sorted(path for path in folder.glob("*.ps1") if path.name != _FIRST)
    return (folder / _FIRST, *rest, *sorted((folder / "kinds").glob("*.ps1")))


class EngineHost:
    """A host of the lab with an engine behind it, and its one open session.

    Each script runs in a scope of its own: functions that it defines take the place of cmdlets for
    the functions that it calls, and are gone afterwards.
    """

    def __init__(self, engine: str, session: Session) -> None:
        self.engine = engine
        """`linux` or `windows`."""
        self._session = session
        self.load("\n".join(path.read_text("utf-8") for path in function_files()))
        # The aliases of the prologue would come before the functions of a test.
        self.load(
            "Remove-Item (Get-ChildItem Alias: | Where-Object Definition -like '*\\*').PSPath"
        )

    def load(self, script: str) -> None:
        """Run a script whose functions and variables stay in the session."""
        assert list(self._session.run(script, seconds=_SECONDS)) == []

    def run(self, script: str, *, seconds: float = _SECONDS) -> list[str]:
        """Run a script; the lines of its output. Raises as `Session.run` does."""
        # A set that was refused stops the later ones of a batch; each script is a batch.
        apart = f"$script:AovpnStopped = $false\n& {{\n{script}\n}}"
        return list(self._session.run(apart, seconds=seconds))

    def records(self, script: str, *, seconds: float = _SECONDS) -> list[Any]:
        """Run a script; the lines of its output, each read as JSON."""
        return [json.loads(line) for line in self.run(script, seconds=seconds)]

    def record(self, script: str, *, seconds: float = _SECONDS) -> Any:
        """Run a script that writes one line of JSON; what it says."""
        [found] = self.records(script, seconds=seconds)
        return found

    def read(self, kind: str, target: Mapping[str, Any], *, arrange: str = "") -> Any:
        """The answer of a Get. `kind` is the name of its function without the verb.

        `arrange` is a script that comes before it. Raises `AssertionError` where it fails.
        """
        record = self.record(f"{arrange}\n{read_step(kind, target)}")
        assert record["ok"], record
        return json.loads(record["before"])

    def set(
        self, kind: str, target: Mapping[str, Any], desired: Any, *, arrange: str = ""
    ) -> Mapping[str, Any]:
        """The record of a Set that expects what is read just before it, after `arrange`."""
        before = f"({read_step(kind, target)} | ConvertFrom-Json).before"
        call = f"{read_step(kind, target)} -Desired {literal(desired)} -Expected {before} -Apply"
        return self.record(f"{arrange}\n{call}")  # type: ignore[no-any-return]

    def answer(self, resource: Resource) -> Any:
        """The answer of the host for a resource."""
        return self.read(resource.function, resource.target())


def read_step(kind: str, target: Mapping[str, Any], name: str = "step") -> str:
    """A call that reads a step."""
    return f"Invoke-AovpnStep -Id {literal(name)} -Kind {literal(kind)} -Target {literal(target)}"


def set_step(
    kind: str, target: Mapping[str, Any], desired: Any, expected: str, name: str = "step"
) -> str:
    """A call that sets a step; `expected` is the text that was read before."""
    call = read_step(kind, target, name)
    return f"{call} -Desired {literal(desired)} -Expected {literal(expected)} -Apply"
