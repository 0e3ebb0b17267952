"""What `doctor` says: pure data. A host has one finding for each check, in the order of `Check`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS, EXIT_FAILED, EXIT_INTERRUPTED
from aovpn_remediate.results import Data, InventorySource


class Check(StrEnum):
    """What is looked at, in the order in which one rests on the other."""

    NAME = "name"
    PORT = "port"
    TLS = "tls"
    LOGON = "logon"
    ENCRYPTION = "encryption"
    SHELLS = "shells"
    OPENING = "opening"
    POWERSHELL = "powershell"
    LANGUAGE = "language"
    RIGHTS = "rights"
    CLOCK = "clock"
    REBOOT = "reboot"


class Level(StrEnum):
    """How well it is, in the order of badness."""

    SKIPPED = "skipped"
    """Something before it failed, or it cannot be asked this way. Neither well nor ill."""
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


_BADNESS = tuple(Level)


def worst(levels: Iterable[Level]) -> Level:
    """The worst of them; `SKIPPED` for none."""
    return max(levels, key=_BADNESS.index, default=Level.SKIPPED)


class Finding(Data):
    """One check on one host."""

    check: Check
    level: Level
    found: str = ""
    cure: str = ""
    """What to do; always there when failed."""
    value: float | None = None
    """The number in it: tls days left, opening and clock seconds (ahead is positive), shells."""


class HostHealth(Data):
    """One host."""

    host: str
    address: str = ""
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    requests: int = 0

    @property
    def level(self) -> Level:
        """That of its worst finding."""
        return worst(finding.level for finding in self.findings)

    def __getitem__(self, check: Check) -> Finding:
        """The finding of a check; `KeyError`."""
        return {finding.check: finding for finding in self.findings}[check]


class Diagnosis(Data):
    """What `doctor` found, in the order of the inventory."""

    kind: Literal["diagnosis"] = "diagnosis"
    schema_version: Literal[1] = 1
    made_by: str = ""
    """The version of this program."""
    made_at: str
    inventory: InventorySource
    hosts: tuple[HostHealth, ...]
    interrupted: bool = False

    @property
    def exit_code(self) -> int:
        """0 all well, 1 something failed, 3 warnings, 130 interrupted."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        level = worst(host.level for host in self.hosts)
        return {Level.FAILED: EXIT_FAILED, Level.WARNING: EXIT_DIFFERS}.get(level, EXIT_COMPLIANT)
