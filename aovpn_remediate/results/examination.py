"""The result of `doctor`: a finding of each host for each check, in the order of `Check`."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS, EXIT_FAILED, EXIT_INTERRUPTED
from aovpn_remediate.results import Data, InventorySource


class Check(StrEnum):
    """The checks, in the order in which they depend on each other."""

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
    IDENTITY = "identity"
    CLOCK = "clock"
    REBOOT = "reboot"


class Level(StrEnum):
    """The level of a finding, the least serious first."""

    SKIPPED = "skipped"
    """An earlier check failed, or this check is not possible on this transport."""
    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


_SEVERITY = tuple(Level)


def worst(levels: Iterable[Level]) -> Level:
    """Return the worst level; `SKIPPED` for none."""
    return max(levels, key=_SEVERITY.index, default=Level.SKIPPED)


class Finding(Data):
    """One check on one host."""

    check: Check
    level: Level
    found: str = ""
    cure: str = ""
    """The suggested fix; never empty for a failed check."""
    value: float | None = None
    """The number in it: tls days left, opening and clock seconds (ahead is positive), shells."""


class HostHealth(Data):
    """The findings of one host."""

    host: str
    address: str = ""
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    requests: int = 0

    @property
    def level(self) -> Level:
        """The level of the worst finding."""
        return worst(finding.level for finding in self.findings)

    def __getitem__(self, check: Check) -> Finding:
        """Return the finding of a check. Raises `KeyError`."""
        return {finding.check: finding for finding in self.findings}[check]


class Diagnosis(Data):
    """The hosts that `doctor` examined, in the order of the inventory."""

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
        """0 all passed, 1 something failed, 3 warnings, 130 interrupted."""
        if self.interrupted:
            return EXIT_INTERRUPTED
        level = worst(host.level for host in self.hosts)
        return {Level.FAILED: EXIT_FAILED, Level.WARNING: EXIT_DIFFERS}.get(level, EXIT_COMPLIANT)
