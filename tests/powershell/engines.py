"""The engines that `make engine` has built, and the reason where one is not there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.powershell.build import ENGINE


@dataclass(frozen=True)
class EngineProgram:
    """A PowerShell of `.engine/`."""

    name: str
    program: Path

    @property
    def missing(self) -> str:
        """The reason for which tests on it are skipped; empty where it is there."""
        if self.program.exists():
            return ""
        return f"{self.name} is not built: run `make engine`, which says what it needs"


LINUX = EngineProgram("PowerShell for Linux", ENGINE / "bin" / "pwsh")
WINDOWS = EngineProgram("PowerShell for Windows under Wine", ENGINE / "bin" / "winpwsh")
ENGINES = {"linux": LINUX, "windows": WINDOWS}
