"""Two services on one journal: no host is checked twice at once, nor twice when due once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aovpn_remediate as aovpn
from aovpn_remediate.drift.policy import FixOptions
from aovpn_remediate.drift.service import Service
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows import SimulatedWindows
from tests.lengths import on_databases

from . import processes
from .conftest import DriftSite, HandClock, MakeDrift
from .processes import Start

start = processes.start


@dataclass
class Witness:
    """Record which pipelines run on each host at the same time."""

    windows: SimulatedWindows
    reads: Counter[str] = field(default_factory=Counter)
    overlaps: list[str] = field(default_factory=list)
    _active: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        with self._lock:
            self.reads[host] += 1
            self._active[host] += 1
            if self._active[host] > 1:
                self.overlaps.append(host)
        try:
            yield from self.windows.run(host, script, session)
        finally:
            with self._lock:
                self._active[host] -= 1

    def up(self, host: str) -> bool:
        return self.windows.up(host)

    def may_log_on(self, host: str, user: str) -> bool:
        return self.windows.may_log_on(host, user)


def witness(drift: DriftSite) -> Witness:
    seen = Witness(drift.site.windows)
    drift.site.meddling.windows = seen  # type: ignore[assignment]
    return seen


@on_databases("postgresql")
def test_two_services_of_one_process(make_drift: MakeDrift, journal_url: str) -> None:
    """Both wake at the same moments, for ten hours."""
    drift = make_drift(*"abcdef", drift="fix")
    seen = witness(drift)
    services: list[Service] = []
    journals = [aovpn.Journal(journal_url) for _ in range(2)]
    for journal in journals:
        theirs = DriftSite(drift.site, journal, HandClock())
        services.append(theirs.service(fix_options=FixOptions("safe"), longest_pause=1800.0))
    together = threading.Barrier(2)
    failed: list[BaseException] = []

    def work(service: Service) -> None:
        clock = service.clock
        assert isinstance(clock, HandClock)
        try:
            for _ in range(20):
                together.wait(30)
                service.tick(clock.now())
                clock.advance_by(minutes=30)
        except BaseException as error:  # noqa: BLE001 - reported below, in the thread of the test
            failed.append(error)
            together.abort()

    threads = [threading.Thread(target=work, args=(service,)) for service in services]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for journal in journals:
        journal.close()

    assert not failed
    assert not seen.overlaps
    # Ten checks; in the first one x is set, by two pipelines, and read once more.
    assert set(seen.reads.values()) == {10 + 3}
    assert all(s.ended == s.due - 3600 for s in drift.statuses.values())


@on_databases("sqlite")
def test_two_processes(make_drift: MakeDrift, start: Start) -> None:
    """Two programs are started at once, each time the hosts are due."""
    drift = make_drift(*"abcd")
    seen = witness(drift)
    for round_ in range(1, 3):
        two = [start(drift, "--once", "--every", "1h") for _ in range(2)]
        assert {process.exit_code() for process in two} <= {0, 3}, [each.lines for each in two]
        assert set(seen.reads.values()) == {round_}
        assert len(drift.statuses) == len(seen.reads) == 4
        assert not any(status.under_way for status in drift.statuses.values())
        with drift.journal.begin() as connection:
            connection.exec_driver_sql("UPDATE drift_hosts SET due = 0")
    assert not seen.overlaps


def test_a_service_takes_over_the_claims_of_a_dead_one(
    make_drift: MakeDrift, journal_url: str
) -> None:
    """The other is a process of another machine that is no longer heard from."""
    from sqlalchemy import update

    from aovpn_remediate.journal import tables

    drift = make_drift("a")
    journal = aovpn.Journal(journal_url)
    other = DriftSite(drift.site, journal, drift.clock).service()
    drift.tick(drift.service())
    drift.clock.advance_by(hours=1)
    waiting = other.queue.due({"a"}, drift.clock.now().timestamp())
    lost = leases_of_another_machine(journal)
    assert other.queue.claim(
        waiting, drift.clock.now().timestamp(), other.schedule, lost, lambda: 0.0
    )
    journal.close()

    service = drift.service()
    assert drift.tick(service) == {}, "it may still be at work"
    with drift.journal.begin() as connection:
        connection.execute(update(tables.leases).values(expires=1.0))
    assert set(drift.tick(service)) == {"a"}, "and not only at its next time"
    assert drift.statuses["a"].due == (drift.clock.now() + timedelta(hours=1)).timestamp()


def leases_of_another_machine(journal: aovpn.Journal) -> Any:
    from aovpn_remediate.journal.leases import Leases

    return Leases(journal, owner="drift on another", holder="another-machine/1/x")
