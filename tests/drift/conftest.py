"""A site for drift: simulated hosts, an inventory with playbooks, a clock that tests advance."""

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
from aovpn_remediate.drift.assignment import WatchedAssignment
from aovpn_remediate.drift.clock import RepeatedCall
from aovpn_remediate.drift.history_store import HistoryStore
from aovpn_remediate.drift.policy import FixOptions
from aovpn_remediate.drift.queue import HostStatus, Queue
from aovpn_remediate.drift.schedule import Schedule
from aovpn_remediate.drift.service import Service
from aovpn_remediate.results import HostPlan
from tests.engine.conftest import PATIENCE, MakeSite, Site, make_site
from tests.engine.scenes import KEY, dwords, host

FLEET = "the fleet"
HOUR = 3600.0
START = datetime(2030, 6, 1, 12, tzinfo=UTC)
"""Later than any real test: times tell what a run did from what was before it."""


@dataclass
class HandClock:
    """A clock that only moves when a test advances it."""

    time: datetime = START
    until: datetime = START

    def now(self) -> datetime:
        return self.time

    def advance_by(self, **by: float) -> None:
        self.time += timedelta(**by)

    def repeat(self, call: RepeatedCall, stop: threading.Event) -> None:
        while not stop.is_set() and self.time < self.until:
            self.time += timedelta(seconds=call())


@dataclass
class DriftSite:
    """A site, the journal of its services, and their clock."""

    site: Site
    journal: aovpn.Journal
    clock: HandClock = field(default_factory=HandClock)

    def service(self, *, every: float = HOUR, jitter: float = 0.0, **more: Any) -> Service:
        """Return a service that has just started."""
        given = {
            "fix_options": FixOptions(),
            "random": lambda: 0.5,
            "journal": self.journal,
            **more,
        }
        return Service(
            watched=WatchedAssignment(self.site.inventory),
            fleet=FLEET,
            schedule=Schedule(every, jitter),
            clock=self.clock,
            options=aovpn.Options(patience=PATIENCE),
            **given,
        )

    def tick(self, service: Service) -> dict[str, HostPlan]:
        """Run a tick; return its plans by host."""
        return {plan.host: plan for plan in service.tick(self.clock.now()).hosts}

    @property
    def history(self) -> HistoryStore:
        return HistoryStore(self.journal, FLEET)

    @property
    def statuses(self) -> dict[str, HostStatus]:
        return {status.host: status for status in Queue(self.journal, FLEET).statuses()}

    def due(self, name: str) -> float:
        """Return the due time of a host, in hours since the start."""
        return (self.statuses[name].due - START.timestamp()) / HOUR


MakeDrift = Callable[..., DriftSite]


def rule(site: Site, **groups: dict[str, Any]) -> None:
    """Write rules of groups, `all` among them, into the inventory."""
    inventory = yaml.safe_load(site.inventory.read_text())
    for name, rules in groups.items():
        place = inventory["all"] if name == "all" else inventory["groups"][name]
        place.update(rules)
    site.inventory.write_text(yaml.safe_dump(inventory))


@pytest.fixture
def make_drift(make_site: MakeSite, journal_url: str) -> Iterator[MakeDrift]:
    """A site whose hosts all have one playbook assigned, on each database."""
    with ExitStack() as stack:

        def make(*names: str, steps: list[dict[str, Any]] | None = None, **more: Any) -> DriftSite:
            drift, book = more.pop("drift", None), more.pop("book", {})
            seed = host(**more.pop("seed", {}))
            site = make_site(dict.fromkeys(names or ("a",), seed), **more)
            path = site.playbook("book", steps=steps or dwords("x"), **book)
            rule(site, all={"playbooks": [str(path)], **({"drift": drift} if drift else {})})
            journal = aovpn.Journal(journal_url)
            stack.callback(journal.close)
            return DriftSite(site, journal)

        yield make


__all__ = ["KEY", "MakeDrift", "Path", "make_site"]
