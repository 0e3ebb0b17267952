"""Whole runs with the journal in each database, and two operators at once on one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import JournalError
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.model import HostSeed
from tests.engine import conftest
from tests.engine.conftest import MakeSite, Site, dword, statuses
from tests.engine.killing import start
from tests.engine.truth import assert_in_journal, assert_set_once, assert_true

from .cluster import Cluster
from .direct import rows

make_site = conftest.make_site
KEY = r"HKLM\SOFTWARE\Test"
SEED = HostSeed.model_validate(
    {
        "name": "HOST",
        "registry": {KEY: {}},
        "services": {"IAS": {}},
        "quirks": {"restart_seconds": 0.02, "reboot_seconds": 0.02},
    }
)


def steps() -> list[dict[str, Any]]:
    """One that needs nothing, one that needs a service to restart, one that needs a reboot."""
    first, second, third = (dword(KEY, name, n) for n, name in enumerate("xyz"))
    return [first, second | {"then": {"restart": ["IAS"]}}, third | {"then": "reboot"}]


def test_apply_and_rollback(make_site: MakeSite, journal_url: str) -> None:
    site = make_site(dict.fromkeys("abcd", SEED), journal_url=journal_url)
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=steps()))
    waits = site.apply(plan, permit=aovpn.Restart())
    assert waits.exit_code == 3
    again = site.plan(site.playbook(steps=steps()))
    assert {len(h.outstanding) for h in again.hosts} == {2}
    done = site.apply(again)
    assert (done.exit_code, len(site.windows.history)) == (0, 4)
    assert statuses(waits) == {name: ["changed"] * 3 for name in "abcd"}
    assert aovpn.verify_run(waits.id, site.inventory, journal=site.journal).exit_code == 0
    back = site.rollback(waits.id, done.id)
    assert back.exit_code == 0
    assert site.snapshots() == original
    for run in (waits, done, back):
        assert_in_journal(site, run)
    assert rows(journal_url, "SELECT name FROM leases") == []
    assert [run.id for run in aovpn.runs(journal_url)] == [back.id, done.id, waits.id]


# Two at once


@dataclass
class Visits:
    """The simulated Windows, and whose session each pipeline on a host was of."""

    windows: SimulatedWindows
    sessions: dict[str, list[int]] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)
    """So that no two have the same identity."""

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        """See `Engine.run`."""
        self.kept.append(session)
        self.sessions.setdefault(host, []).append(id(session))
        yield from self.windows.run(host, script, session)

    def up(self, host: str) -> bool:
        """See `Engine.up`."""
        return self.windows.up(host)

    def may_log_on(self, host: str, user: str) -> bool:
        """See `Engine.may_log_on`."""
        return self.windows.may_log_on(host, user)


def test_two_processes_are_never_on_one_host_at_once(make_site: MakeSite, journal_url: str) -> None:
    site = make_site({f"h{n:02}": SEED for n in range(12)}, journal_url=journal_url)
    path = site.folder / "plan.json"
    book = site.playbook(steps=[dword(KEY, name, 1) for name in "xyz"])
    plan_file.save(site.plan(book), path)
    visits = Visits(site.windows)
    site.meddling.windows = visits  # type: ignore[assignment]
    processes = [start(site, "apply", str(path)) for _ in range(2)]
    for process in processes:
        process.join()
        assert process.exitcode == 0
    for sessions in visits.sessions.values():
        in_turn = [session for session, _ in groupby(sessions)]
        assert len(in_turn) == len(set(in_turn)), "one came back after the other had begun"
    assert_set_once(site.windows.sets)
    assert len(site.windows.sets) == 36
    first, second = (site.journal.load(run.id) for run in site.journal.runs())
    assert first.finished
    assert second.finished
    for one, other in zip(first.hosts, second.hosts, strict=True):
        said = {*map(_what, (one, other))}
        assert said in ({"changed", "at work"}, {"changed", "unchanged"}), one.host
    assert site.apply(plan_file.load(path)).exit_code == 0


def _what(host: aovpn.HostRun) -> str:
    if host.error is not None:
        assert (
            "is already working on this host" in host.error or "another run, just now" in host.error
        )
        return "at work"
    found: set[str] = {step.status for step in host.steps}
    [status] = found
    return status


# Killed, and the database gone


@pytest.mark.parametrize("commit", [6, 10, 16])
def test_a_killed_run_is_finished_by_the_next(
    make_site: MakeSite, journal_url: str, commit: int
) -> None:
    site = make_site(dict.fromkeys("ab", SEED), journal_url=journal_url, clean=False)
    path = site.folder / "plan.json"
    plan = site.plan(site.playbook(steps=steps()))
    plan_file.save(plan, path)
    process = start(site, "apply", str(path), commit=commit)
    process.join()
    assert process.exitcode == -9
    killed = site.journal.load("last")
    assert killed.finished is None
    assert_true(killed, site.windows.sets)
    assert site.apply(plan).exit_code == 0
    assert_set_once(site.windows.sets)


def test_a_server_that_stops_in_a_run_ends_it_with_one_line(
    make_site: MakeSite, postgresql: Cluster, postgresql_url: str
) -> None:
    site = make_site(dict.fromkeys("abcdef", SEED), journal_url=postgresql_url, clean=False)
    plan = site.plan(site.playbook(steps=steps()))
    once = threading.Lock()

    def meanwhile(host: str, what: str) -> None:
        if host == "c" and what.startswith("setting") and once.acquire(blocking=False):
            postgresql.stop()

    control = aovpn.Control(watch=meanwhile)
    try:
        with pytest.raises(JournalError) as gone:
            site.apply(plan, control=control, options=aovpn.Options(workers=2))
    finally:
        postgresql.start()
    [line] = str(gone.value).splitlines()
    assert line.startswith("the journal postgresql+psycopg://test:***@127.0.0.1:")
    _goes_on(site, plan)


def _goes_on(site: Site, plan: aovpn.Plan) -> None:
    """What was set is known, and nothing is set a second time."""
    stopped = site.journal.load("last")
    assert stopped.finished is None
    assert_true(stopped, site.windows.sets)
    with site.journal.begin() as connection:  # as if its process had ended
        connection.exec_driver_sql("DELETE FROM leases")
    assert site.apply(plan).exit_code == 0
    assert_set_once(site.windows.sets)
