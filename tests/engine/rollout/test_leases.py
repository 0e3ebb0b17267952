"""One run at a time on a host, one restart at a time in a group, over all runs on a journal."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

import aovpn_remediate as aovpn
from aovpn_remediate.journal import tables
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.services import Outage
from tests.engine.conftest import MakeSite, dword, one, statuses
from tests.engine.truth import assert_set_once
from tests.lengths import on_databases

KEY = r"HKLM\SOFTWARE\Test"


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


def test_the_second_run_learns_which_run_has_each_host(
    make_site: MakeSite, journal_url: str
) -> None:
    site = make_site({"a": _host(), "b": _host()}, journal_url=journal_url)
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
    assert told.error == f"run {first.id} by {first.operator} is already working on this host"
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
    with site.journal.begin() as connection:
        assert connection.execute(select(tables.leases.c.name)).all() == []
    site.state().down_until = down_until
    assert site.apply(plan).exit_code == 0


# Two runs in a group


@on_databases("sqlite")
@pytest.mark.parametrize("then", ["reboot", {"restart": ["IAS"]}], ids=["reboot", "service"])
@pytest.mark.parametrize("at_once", [1, 2])
def test_two_runs_never_take_more_of_a_group_down_than_one_may(
    make_site: MakeSite, journal_url: str, then: Any, at_once: int
) -> None:
    names = ["a", "b", "c", "d", "e", "f"]
    site = make_site(
        {name: _host() for name in names}, groups={"nps": names}, journal_url=journal_url
    )
    plan = site.plan(site.playbook(steps=[{**dword(KEY, "v", 1), "then": then}]))
    patience = aovpn.Patience(settle=30, reboot=30, poll=0.01, stable=0.01)
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
    make_site: MakeSite, journal_url: str
) -> None:
    groups = {"nps": ["a", "b", "d"], "site": ["b", "c", "d"]}
    site = make_site({name: _host() for name in "abcd"}, groups=groups, journal_url=journal_url)
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


def _all_of(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _most_at_once(outages: Sequence[Outage]) -> int:
    """How many of these were down at the same moment, at most."""
    return max(
        sum(other.since <= outage.since < (other.until or other.since) for other in outages)
        for outage in outages
    )
