"""How far a Windows is patched: its own numbers against the tables of floors and hotpatches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from aovpn_remediate.resources.declared import HostAnswer
from aovpn_remediate.resources.patch_table import PatchTable, patch_table

_TYPES: Mapping[str, str] = {"WinNT": "client", "ServerNT": "server", "LanmanNT": "server"}


class _HotpatchState(HostAnswer):
    package: bool
    """The host is enrolled, a server."""
    policy: bool
    """A policy allows it, a client."""
    vbs: bool
    """Virtualization-based security is configured."""
    table: bool
    """Windows has reserved its table at the boot."""


class PatchAnswer(HostAnswer):
    """What Get-AovpnPatchState answers."""

    build: Annotated[int, Field(ge=0, lt=2**31)]
    ubr: Annotated[int, Field(ge=0, lt=2**31)] | None
    product: Literal["WinNT", "ServerNT", "LanmanNT"]
    hotpatch: _HotpatchState
    updates: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=10000)] | None
    """KBs; None where hotpatching is not set up, or where they cannot be read."""


@dataclass(frozen=True)
class PatchLevel:
    """A Windows that the table knows, and its updates."""

    table: PatchTable
    product: str
    build: int
    ubr: int
    set_up: bool
    """True if the host is told to take hotpatches."""
    updates: frozenset[str] | None

    @property
    def name(self) -> str:
        """The name of the product."""
        return self.table.products[self.product].name

    @property
    def is_hotpatched(self) -> bool:
        """True where the build may be that of a hotpatch, lower than the month's other build."""
        rows = self.table.hotpatches.get(self.product, ())
        is_hotpatch = any(row.ubr == self.ubr and row.type != "b" for row in rows)
        return bool(rows) and (self.set_up or is_hotpatch)

    def reaches(self, floor: int, month: str) -> bool | None:
        """Return True if it has the fixes of a month, whose cumulative update has this UBR.

        None where a hotpatched Windows is newer than the table, and its updates do not tell.
        """
        if self.ubr >= floor:
            return True
        if not self.is_hotpatched:
            return False
        rows = self.table.hotpatches[self.product]
        if any(row.ubr <= self.ubr and row.month >= month for row in rows):
            return True
        if self.ubr <= rows[-1].ubr:
            return False
        return True if self._kbs_since(month) & (self.updates or frozenset()) else None

    def has_month(self, month: str) -> bool | None:
        """Return True if it has the fixes of a month; None where that cannot be told."""
        floor = self.table.floor_of(month, self.product)
        return None if floor is None else self.reaches(floor, month)

    def _kbs_since(self, month: str) -> frozenset[str]:
        name = f"{self.product}_hotpatch"
        listed = [kbs.get(name) for since, kbs in self.table.updates.items() if since >= month]
        rows = [row.kb for row in self.table.hotpatches[self.product] if row.month >= month]
        return frozenset(kb for kb in (*listed, *rows) if kb)


def level_of(answer: PatchAnswer) -> PatchLevel | str:
    """Return the level of a Windows, or the reason why it is not known."""
    table, kind = patch_table(), _TYPES[answer.product]
    product = table.product_of(answer.build, kind)
    if product is None:
        return f"no floors are known for a Windows {kind} of build {answer.build}"
    if answer.ubr is None:
        return f"Windows tells no UBR of its build {answer.build}: how far it is patched is unknown"
    updates = None if answer.updates is None else frozenset(answer.updates)
    set_up = answer.hotpatch.package if kind == "server" else answer.hotpatch.policy
    return PatchLevel(table, product, answer.build, answer.ubr, set_up, updates)
