"""Two services on one journal: no host is looked at twice at once, nor twice in its turn."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import aovpn_remediate as aovpn
from aovpn_remediate.drift.policy import Fixing
from aovpn_remediate.drift.service import Service
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows import SimulatedWindows

from .conftest import FLEET, Care, HandClock, MakeCare


@dataclass
class Witness:
    """Sees which pipelines run on each host at the same time."""

    windows: SimulatedWindows
    looks: Counter[str] = field(default_factory=Counter)
    overlaps: list[str] = field(default_factory=list)
    _active: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        with self._lock:
            self.looks[host] += 1
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


def witness(care: Care) -> Witness:
    seen = Witness(care.site.windows)
    care.site.meddling.windows = seen  # type: ignore[assignment]
    return seen


def test_two_services_of_one_process(make_care: MakeCare, journal_url: str) -> None:
    """Both wake at the same moments, for ten hours."""
    care = make_care(*"abcdef", drift="fix")
    seen = witness(care)
    services: list[Service] = []
    journals = [aovpn.Journal(journal_url) for _ in range(2)]
    for journal in journals:
        theirs = Care(care.site, journal, HandClock())
        services.append(theirs.service(fixing=Fixing("safe"), longest_pause=1800.0))
    together = threading.Barrier(2)
    failed: list[BaseException] = []

    def work(service: Service) -> None:
        clock = service.clock
        assert isinstance(clock, HandClock)
        try:
            for _ in range(20):
                together.wait(30)
                service.tick(clock.now())
                clock.goes_on(minutes=30)
        except BaseException as error:  # noqa: BLE001 - told below, in the thread of the test
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
    # Ten turns; in the first x is set, by two pipelines, and looked at once more.
    assert set(seen.looks.values()) == {10 + 3}
    assert all(s.ended == s.due - 3600 for s in care.standings.values())


def test_two_processes(make_care: MakeCare, journal_url: str) -> None:
    """Each turn, two programs are started at once."""
    care = make_care(*"abcd")
    seen = witness(care)
    command = [sys.executable, "-m", "aovpn_remediate", "drift", "run", "--once", "--every", "1h"]
    command += ["-i", str(care.site.inventory), "--journal", journal_url, "--name", FLEET]
    for turn in range(1, 3):
        two = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(2)]
        said = "".join(process.communicate(timeout=60)[1] for process in two)
        assert {process.returncode for process in two} <= {0, 3}, said
        assert set(seen.looks.values()) == {turn}
        assert len(care.standings) == len(seen.looks) == 4
        assert not any(standing.under_way for standing in care.standings.values())
        with care.journal.begin() as connection:
            connection.exec_driver_sql("UPDATE drift_hosts SET due = 0")
    assert not seen.overlaps


def test_one_takes_over_what_the_other_left(make_care: MakeCare, journal_url: str) -> None:
    """The other is a process of another machine, of which nothing is heard any more."""
    from sqlalchemy import update

    from aovpn_remediate.journal import tables

    care = make_care("a")
    journal = aovpn.Journal(journal_url)
    other = Care(care.site, journal, care.clock).service()
    care.tick(care.service())
    care.clock.goes_on(hours=1)
    waiting = other.turns.waiting({"a"}, care.clock.now().timestamp())
    lost = aovpn_leases(journal)
    assert other.turns.begin(waiting, care.clock.now().timestamp(), other.rhythm, lost, lambda: 0.0)
    journal.close()

    service = care.service()
    assert care.tick(service) == {}, "it may still be at work"
    with care.journal.begin() as connection:
        connection.execute(update(tables.leases).values(expires=1.0))
    assert set(care.tick(service)) == {"a"}, "and not only at its next time"
    assert care.standings["a"].due == (care.clock.now() + timedelta(hours=1)).timestamp()


def aovpn_leases(journal: aovpn.Journal) -> Any:
    from aovpn_remediate.journal.leases import Leases

    return Leases(journal, owner="drift on another", holder="another-machine/1/x")
