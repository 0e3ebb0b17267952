"""Waivers: accepted deviations, each with its ticket and an expiry date.

    - host: nps-01                    # or group: nps
      step: nps-ignore-no-revocation-check/eap-*
      reason: the appliance sends no CRL before release 7.2
      ticket: CHG0041
      expires: "2026-12-31"

The expiry date is the last day, in UTC. An expired waiver is an error, whatever it covers: it was
accepted for a limited time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from aovpn_remediate.errors import InputError
from aovpn_remediate.inventory.groups import ALL
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.playbook.explain import check
from aovpn_remediate.playbook.source import load
from aovpn_remediate.playbook.words import Finding, describe, did_you_mean, quote

_STEP = re.compile(r"[^/\s]+/[^/\s]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True)
class Waiver:
    """An accepted deviation of steps on a host, or on the hosts of a group."""

    step: str
    """`playbook/step`; both parts may be globs."""
    reason: str
    ticket: str
    expires: date
    """The last day."""
    host: str = ""
    group: str = ""

    def covers_host(self, host: str, groups: Iterable[str]) -> bool:
        """True if the waiver covers a host that is in these groups."""
        if self.host:
            return self.host.casefold() == host.casefold()
        folded = self.group.casefold()
        return folded == ALL or folded in (name.casefold() for name in groups)

    def covers_step(self, step: str) -> bool:
        """True if the waiver covers a step: `playbook/step`."""
        return self.covers_playbook(step) and fnmatchcase(step.partition("/")[2], self._parts[1])

    def covers_playbook(self, step: str) -> bool:
        """True if the waiver covers any step of the playbook that a step belongs to."""
        return fnmatchcase(step.partition("/")[0], self._parts[0])

    @property
    def _parts(self) -> tuple[str, str]:
        playbook, _, step = self.step.partition("/")
        return playbook, step

    def __str__(self) -> str:
        return f"{self.ticket}: {self.reason} (until {self.expires})"


class _Entry(BaseModel):
    """An entry of a file of waivers."""

    model_config = ConfigDict(extra="forbid", strict=True)

    host: str | None = None
    group: str | None = None
    step: str
    reason: str = Field(min_length=1)
    ticket: str = Field(min_length=1)
    expires: str


def load_waivers(path: Path | str, fleet: Inventory, today: date) -> tuple[Waiver, ...]:
    """Read the waivers in a file, in its order. Raises `InputError`, also for expired waivers."""
    source = load(path, InputError)
    if not isinstance(source.value, list):
        raise source.refusal(
            [((), f"should be a list of waivers, but is {describe(source.value)}")]
        )
    findings: list[Finding] = []
    waivers = []
    for number, value in enumerate(source.value):
        entry, refused = check(_Entry, value)
        wrong = refused if entry is None else list(_wrong(entry, fleet, today))
        findings += [((number, *place), what) for place, what in wrong]
        if entry is not None and not wrong:
            waivers.append(_made_of(entry))
    if findings:
        raise source.refusal(findings)
    return tuple(waivers)


def _made_of(entry: _Entry) -> Waiver:
    fields: dict[str, Any] = entry.model_dump(exclude_none=True)
    fields["expires"] = date.fromisoformat(entry.expires)
    return Waiver(**fields)


def _wrong(entry: _Entry, fleet: Inventory, today: date) -> Iterator[Finding]:
    if (entry.host is None) == (entry.group is None):
        yield (), "should have either host or group"
    elif entry.host is not None:
        yield from _unknown("host", entry.host, tuple(fleet.hosts), fleet)
    elif entry.group is not None:
        yield from _unknown("group", entry.group, (*fleet.groups, ALL), fleet)
    if not _STEP.fullmatch(entry.step):
        what = "should be playbook/step such as rras-port-counts/*, but is"
        yield ("step",), f"{what} {describe(entry.step)}"
    if (last := _date(entry.expires)) is None:
        what = 'should be a date such as "2026-12-31", but is'
        yield ("expires",), f"{what} {describe(entry.expires)}"
    elif last < today:
        yield ("expires",), f"the waiver {entry.ticket} expired on {last}: renew or remove it"


def _unknown(what: str, name: str, known: Sequence[str], fleet: Inventory) -> Iterator[Finding]:
    if name.casefold() not in (each.casefold() for each in known):
        near = did_you_mean(name, known)
        yield (what,), f"there is no {what} {quote(name)} in {fleet.path}{near}"


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else None
    except ValueError:
        return None


def read_waivers(fleet: Inventory) -> tuple[Waiver, ...]:
    """Read the waivers of an inventory. Raises `InputError`, also for expired waivers."""
    return load_waivers(fleet.waivers, fleet, datetime.now(UTC).date()) if fleet.waivers else ()
