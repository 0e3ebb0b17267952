"""A site that drift looks after: simulated hosts, an inventory with playbooks, a clock by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.drift.assignment import Watched
from aovpn_remediate.drift.clock import Beat
from aovpn_remediate.drift.history_store import Memory
from aovpn_remediate.drift.policy import Fixing
from aovpn_remediate.drift.queue import Standing, Turns
from aovpn_remediate.drift.schedule import Rhythm
from aovpn_remediate.drift.service import Service
from aovpn_remediate.results import HostPlan
from tests.engine.conftest import PATIENCE, MakeSite, Site, make_site
from tests.engine.scenes import KEY, dwords, host

FLEET = "the fleet"
HOUR = 3600.0
START = datetime(2030, 6, 1, 12, tzinfo=UTC)
"""Later than any real test: what a run did is told from what was before it by their times."""


@dataclass
class HandClock:
    """A time that goes on only when it is told to."""

    time: datetime = START
    until: datetime = START

    def now(self) -> datetime:
        return self.time

    def goes_on(self, **by: float) -> None:
        self.time += timedelta(**by)

    def beat(self, call: Beat, over: threading.Event) -> None:
        while not over.is_set() and self.time < self.until:
            self.time += timedelta(seconds=call())


@dataclass
class Care:
    """A site, the journal of its services, and the clock that they go by."""

    site: Site
    journal: aovpn.Journal
    clock: HandClock = field(default_factory=HandClock)

    def service(self, *, every: float = HOUR, jitter: float = 0.0, **more: Any) -> Service:
        """A service as it is when it is started."""
        given = {"fixing": Fixing(), "chance": lambda: 0.5, "journal": self.journal, **more}
        return Service(
            watched=Watched(self.site.inventory),
            fleet=FLEET,
            rhythm=Rhythm(every, jitter),
            clock=self.clock,
            options=aovpn.Options(patience=PATIENCE),
            **given,
        )

    def tick(self, service: Service) -> dict[str, HostPlan]:
        """What a tick found, by host."""
        return {look.host: look for look in service.tick(self.clock.now()).hosts}

    @property
    def memory(self) -> Memory:
        return Memory(self.journal, FLEET)

    @property
    def standings(self) -> dict[str, Standing]:
        return {standing.host: standing for standing in Turns(self.journal, FLEET).standings()}

    def due(self, name: str) -> float:
        """When a host is due, in hours since the start."""
        return (self.standings[name].due - START.timestamp()) / HOUR


MakeCare = Callable[..., Care]


def rule(site: Site, **groups: dict[str, Any]) -> None:
    """Write what groups are ruled by, `all` among them, into the inventory."""
    inventory = yaml.safe_load(site.inventory.read_text())
    for name, rules in groups.items():
        place = inventory["all"] if name == "all" else inventory["groups"][name]
        place.update(rules)
    site.inventory.write_text(yaml.safe_dump(inventory))


@pytest.fixture
def make_care(make_site: MakeSite, journal_url: str) -> Iterator[MakeCare]:
    """A site whose hosts are all looked after with one playbook, on each database."""
    with ExitStack() as stack:

        def make(*names: str, steps: list[dict[str, Any]] | None = None, **more: Any) -> Care:
            drift, book = more.pop("drift", None), more.pop("book", {})
            seed = host(**more.pop("seed", {}))
            site = make_site(dict.fromkeys(names or ("a",), seed), **more)
            path = site.playbook("book", steps=steps or dwords("x"), **book)
            rule(site, all={"playbooks": [str(path)], **({"drift": drift} if drift else {})})
            journal = aovpn.Journal(journal_url)
            stack.callback(journal.close)
            return Care(site, journal)

        yield make


__all__ = ["KEY", "MakeCare", "Path", "make_site"]
