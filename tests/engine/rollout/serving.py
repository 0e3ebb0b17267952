"""How many hosts of a group served, at every moment: what the lab knows, held against the floor.

A host serves while it is up and the service of its role runs. What is down from the start counts
until it is said to be back; reboots and restarts count as the lab has written them down.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tests.engine.conftest import Site

SERVICES = {"nps": "IAS", "rras": "RemoteAccess", "connector": "PFXCertificateConnectorSvc"}
_EVER = datetime.max.replace(tzinfo=UTC)


def serves(site: Site, name: str) -> bool:
    """Whether it does now."""
    state = site.state(name)
    service = state.services.find(SERVICES[name.partition("-")[0]])
    return bool(state.up and service and state.services.status(service) == "running")


@dataclass
class Watched:
    """The hosts of a site from now on."""

    site: Site
    _down: dict[str, tuple[datetime, datetime]] = field(default_factory=dict)
    """Hosts that do not serve for another reason than this product: since when, until when."""

    def __post_init__(self) -> None:
        self.since = self._now()
        for name in self.site.addresses:
            if not serves(self.site, name):
                self.fell(name)

    def fell(self, name: str) -> None:
        """An outsider has taken it down."""
        self._down[name] = (self._now(), _EVER)

    def returned(self, name: str) -> None:
        """And brought it back."""
        self._down[name] = (self._down[name][0], self._now())

    def least(self, names: Sequence[str]) -> int:
        """How many of these served at once, at least."""
        edges = sorted(
            edge
            for name in names
            for since, until in _joined(self._outages(name))
            for edge in ((since, -1), (until, 1))
        )
        serving = least = len(names)
        for _, step in edges:
            serving += step
            least = min(least, serving)
        return least

    def _outages(self, name: str) -> Iterator[tuple[datetime, datetime]]:
        if name in self._down:
            yield self._down[name]
        what = ("reboot", SERVICES[name.partition("-")[0]])
        for outage in self.site.windows.history:
            if outage.address == self.site.address(name) and outage.what in what:
                yield outage.since, outage.until or _EVER

    def _now(self) -> datetime:
        now: datetime = self.site.state().lab_time
        return now


def _joined(spans: Iterator[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """Those that overlap are one: a host cannot be down twice."""
    joined: list[tuple[datetime, datetime]] = []
    for since, until in sorted(spans):
        if joined and since <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((since, until))
    return joined
