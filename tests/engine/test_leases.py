"""One run at a time on a host, one restart at a time in a group, over all runs on a journal."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

import aovpn_remediate as aovpn
from aovpn_remediate.engine import tables
from aovpn_remediate.engine.leases import Leases
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.services import Outage

from .conftest import MakeSite, dword, one, statuses
from .truth import assert_set_once

KEY = r"HKLM\SOFTWARE\Test"
_TAKE = """
import sys
from aovpn_remediate.engine.journal import Journal
from aovpn_remediate.engine.leases import Leases
assert Leases(Journal(sys.argv[1]), owner="a run that died").take("host:a") is None
"""


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/leases.sqlite"


@pytest.fixture
def journal(url: str) -> Any:
    journal = aovpn.Journal(url)
    yield journal
    journal.close()


# The lease


def test_a_lease_is_refused_with_the_name_of_who_has_it(journal: aovpn.Journal) -> None:
    mine, other = Leases(journal, "run 1 by ann@pc"), Leases(journal, "run 2 by bob@pc")
    assert mine.take("host:a") is None
    assert other.take("host:a") == "run 1 by ann@pc"
    assert other.take("host:b") is None
    mine.release("host:a")
    assert other.take("host:a") is None


def test_a_lease_is_refused_to_its_own_run_as_well(journal: aovpn.Journal) -> None:
    """Two threads of a run would otherwise both have the one place in a group."""
    mine = Leases(journal, "run 1")
    assert mine.take("group:nps:0") is None
    assert mine.take("group:nps:0") is not None
    mine.release("group:nps:0")
    assert mine.take("group:nps:0") is None


def test_one_of_many_that_take_at_once_gets_it(url: str) -> None:
    """Those that open a new journal at the same moment do not stumble over its tables either."""
    start = threading.Barrier(8)
    got: list[str | None] = []

    def take() -> None:
        start.wait()
        journal = aovpn.Journal(url)
        got.append(Leases(journal, "somebody").take("host:a"))
        journal.close()

    _all_of([threading.Thread(target=take) for _ in range(8)])
    assert len(got) == 8
    assert got.count(None) == 1


def test_the_lease_of_a_process_that_died_is_taken_over_at_once(
    journal: aovpn.Journal, url: str
) -> None:
    subprocess.run([sys.executable, "-c", _TAKE, url], check=True)
    assert _names(journal) == ["host:a"]
    assert Leases(journal, "run 2").take("host:a") is None


def test_the_lease_of_another_machine_is_taken_over_when_it_has_expired(
    journal: aovpn.Journal,
) -> None:
    elsewhere = f"elsewhere/{2**22 + 1}/0"
    assert Leases(journal, "run 1", holder=elsewhere).take("host:a") is None
    assert Leases(journal, "run 2").take("host:a") == "run 1"
    assert Leases(journal, "run 3", holder=elsewhere, lifetime=-1).take("host:b") is None
    assert Leases(journal, "run 2").take("host:b") is None


def test_an_expired_lease_of_a_process_that_lives_is_taken_over(journal: aovpn.Journal) -> None:
    assert Leases(journal, "run 1", lifetime=-1).take("host:a") is None
    assert Leases(journal, "run 2").take("host:a") is None


def test_a_heartbeat_keeps_a_lease_and_the_end_gives_it_back(journal: aovpn.Journal) -> None:
    mine = Leases(journal, "run 1", lifetime=0.3)
    with mine.beating():
        mine.take("host:a")
        first, beats = _expires(journal), 0
        while beats < 4:
            now = _expires(journal)
            beats += now > first
            first = now
        assert Leases(journal, "run 2").take("host:a") == "run 1"
    assert _names(journal) == []


def test_a_lease_that_was_taken_over_is_not_given_back_by_the_old_holder(
    journal: aovpn.Journal,
) -> None:
    late, other = Leases(journal, "run 1", lifetime=-1), Leases(journal, "run 2")
    late.take("host:a")
    other.take("host:a")
    late.release("host:a")
    assert _names(journal) == ["host:a"]


def _names(journal: aovpn.Journal) -> list[str]:
    with journal.begin() as connection:
        return [row.name for row in connection.execute(select(tables.leases.c.name))]


def _expires(journal: aovpn.Journal) -> float:
    with journal.begin() as connection:
        return float(connection.execute(select(tables.leases.c.expires)).scalar_one())


def _all_of(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


# Two runs on a host


def _host(**quirks: Any) -> HostSeed:
    return HostSeed.model_validate(
        {
            "name": "HOST",
            "registry": {KEY: {}},
            "services": {"IAS": {}},
            "quirks": {"restart_seconds": 0.06, "reboot_seconds": 0.06, **quirks},
        }
    )


def test_the_second_run_is_told_for_each_host_who_is_at_work(make_site: MakeSite) -> None:
    site = make_site({"a": _host(), "b": _host()})
    plan = site.plan(site.playbook(steps=[dword(KEY, "v", 1)]))
    second: list[aovpn.Run] = []

    def meanwhile(host: str, what: str) -> None:
        if host == "a" and what.startswith("setting"):
            second.append(site.apply(plan))

    control = aovpn.Control(watch=meanwhile)
    first = site.apply(plan, control=control, options=aovpn.Options(workers=1))
    assert statuses(first) == {"a": ["changed"], "b": ["unchanged"]}
    [other] = second
    told, free = other.hosts
    assert told.error == f"run {first.id} by {first.operator} is at work on this host"
    assert statuses(other) == {"a": ["not_done"], "b": ["changed"]}
    assert free.error is None
    assert other.exit_code == 1
    assert_set_once(site.windows.sets)
    assert site.journal.load(other.id) == other
    assert site.apply(plan).exit_code == 0


def test_a_lease_is_given_back_when_a_host_cannot_be_reached(make_site: MakeSite) -> None:
    site = make_site({"a": _host()})
    plan = site.plan(site.playbook(steps=[dword(KEY, "v", 1)]))
    down_until, site.state().down_until = (
        site.state().down_until,
        site.state().now.max.replace(tzinfo=site.state().now.tzinfo),
    )
    assert one(site.apply(plan)).error
    assert _names(site.journal) == []
    site.state().down_until = down_until
    assert site.apply(plan).exit_code == 0


# Two runs in a group


@pytest.mark.parametrize("then", ["reboot", {"restart": ["IAS"]}], ids=["reboot", "service"])
@pytest.mark.parametrize("at_once", [1, 2])
def test_two_runs_never_take_more_of_a_group_down_than_one_may(
    make_site: MakeSite, then: Any, at_once: int
) -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    site = make_site({name: _host() for name in names}, groups={"nps": names})
    plan = site.plan(site.playbook(steps=[{**dword(KEY, "v", 1), "then": then}]))
    patience = aovpn.Patience(settle=30, reboot=30, poll=0.01)
    options = aovpn.Options(patience=patience, restarts_at_once=at_once)
    runs: list[aovpn.Run] = []

    def operator(limit: str) -> None:
        journal = aovpn.Journal(site.journal.url)
        mine = replace(site, journal=journal)
        runs.append(mine.apply(plan, limit=limit, options=options))
        journal.close()

    _all_of([threading.Thread(target=operator, args=(limit,)) for limit in ("a,b,c", "d,e,f")])
    assert [run.exit_code for run in runs] == [0, 0]
    assert len(site.windows.history) == len(names)
    assert _most_at_once(site.windows.history) <= at_once


def test_two_runs_with_hosts_in_two_groups_do_not_wait_for_each_other_forever(
    make_site: MakeSite,
) -> None:
    groups = {"nps": ["a", "b", "d"], "site": ["b", "c", "d"]}
    site = make_site({name: _host() for name in "abcd"}, groups=groups)
    plan = site.plan(site.playbook(steps=[{**dword(KEY, "v", 1), "then": {"restart": ["IAS"]}}]))
    runs: list[aovpn.Run] = []

    def operator(limit: str) -> None:
        journal = aovpn.Journal(site.journal.url)
        runs.append(replace(site, journal=journal).apply(plan, limit=limit))
        journal.close()

    _all_of([threading.Thread(target=operator, args=(limit,)) for limit in ("a,c", "b,d")])
    assert [run.exit_code for run in runs] == [0, 0]
    for members in groups.values():
        addresses = {site.address(name) for name in members}
        mine = [outage for outage in site.windows.history if outage.address in addresses]
        assert _most_at_once(mine) == 1


def _most_at_once(outages: Sequence[Outage]) -> int:
    """How many of these were down at the same moment, at most."""
    return max(
        sum(other.since <= outage.since < (other.until or other.since) for other in outages)
        for outage in outages
    )
