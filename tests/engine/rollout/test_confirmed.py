"""Automatic rollbacks in batches, where runs are stopped and resumed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.api.confirm import confirm

from .fleets import MakeSite, Site, does_not_hold, fleet, in_effect, options, planned, resumed

WITHIN = 600.0
ALL = {"nps": 2, "rras": 2, "connector": 2}


class Gone(BaseException):
    """The process of the controller has ended."""


def confirming(**more: Any) -> aovpn.Options:
    return options(confirm_within=WITHIN, **more)


def scheduled_on(site: Site) -> set[str]:
    """Return the hosts that are to roll back automatically."""
    return {name for name in site.addresses if site.state(name).tasks.waiting}


def dies_at(host: str, what: str) -> aovpn.Control:
    def watch(name: str, told: str) -> None:
        if (name, told) == (host, what):
            raise Gone

    return aovpn.Control(watch=watch)


def died(site: Site, host: str, what: str, **more: Any) -> aovpn.Run:
    with pytest.raises(Gone):
        site.apply(planned(site), options=confirming(**more), control=dies_at(host, what))
    return site.journal.load("last")


def confirmed(site: Site, run: str) -> dict[str, str]:
    found = confirm(run, site.inventory, journal=site.journal)
    return {each.host: each.confirm.status for each in found.hosts}


def test_hosts_roll_back_while_the_controller_is_gone(make_site: MakeSite) -> None:
    site = fleet(make_site, ALL)
    as_it_was = site.snapshots()
    run = died(site, "connector-02", "waiting for its restart")
    assert site.snapshots() != as_it_was
    assert scheduled_on(site) == set(site.addresses)
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == as_it_was
    # Late, `resume` does it all again: nothing of what that run called done is there any more.
    at = lambda: datetime.now(UTC) + timedelta(seconds=WITHIN)  # noqa: E731 - a clock
    last = resumed(site, run.id, options=confirming(self_confirm=True, clock=at))
    assert last.exit_code == 0
    assert in_effect(site) == set(site.addresses)
    assert scheduled_on(site) == set()
    site.windows.let_time_pass(3 * WITHIN)
    assert in_effect(site) == set(site.addresses)


def test_a_resumed_run_confirms_the_hosts_of_the_run_before(make_site: MakeSite) -> None:
    """Killed between the change and the restart: the next run only restarts, and yet confirms."""
    site = fleet(make_site, {"connector": 1})
    run = died(site, "connector-01", "waiting for its restart", self_confirm=True)
    assert scheduled_on(site) == {"connector-01"}
    last = resumed(site, run.id, options=confirming(self_confirm=True))
    assert last.exit_code == 0
    assert [h.confirm.status for h in last.hosts if h.confirm] == ["confirmed"]
    assert scheduled_on(site) == set()
    site.windows.let_time_pass(2 * WITHIN)
    assert in_effect(site) == {"connector-01"}


def test_a_resumed_run_reports_hosts_that_are_to_be_confirmed(make_site: MakeSite) -> None:
    site = fleet(make_site, {"connector": 1})
    run = died(site, "connector-01", "waiting for its restart")
    last = resumed(site, run.id, options=confirming())
    assert [(h.confirm.run, h.confirm.status) for h in last.hosts if h.confirm] == [
        (run.id, "waiting")
    ]
    assert confirmed(site, last.id) == {"connector-01": "confirmed"}


def test_all_runs_of_a_chain_are_confirmed(make_site: MakeSite) -> None:
    site = fleet(make_site, {"connector": 4})
    does_not_hold(site, "connector-02")
    plan = planned(site)
    first = site.apply(plan, options=confirming(serial=(aovpn.Share(count=1),)))
    site.state("connector-02").quirks.does_not_hold = ()
    does_not_hold(site, "connector-04")
    resumed(site, first.id)
    site.state("connector-04").quirks.does_not_hold = ()
    last = resumed(site, first.id)
    assert last.exit_code == 0
    assert set(confirmed(site, last.id).values()) == {"confirmed"}
    assert scheduled_on(site) == set()
    site.windows.let_time_pass(2 * WITHIN)
    assert in_effect(site) == set(site.addresses)


def test_a_host_that_rolled_back_is_not_restarted(make_site: MakeSite) -> None:
    """Users took longer to leave than anybody took to confirm."""
    site = fleet(make_site, {"rras": 1})
    plan = planned(site)
    site.state("rras-01").sessions = 9

    def watch(_: str, what: str) -> None:
        if "connected" in what:
            site.windows.let_time_pass(WITHIN)
            clock.append(WITHIN)

    clock: list[float] = []
    at = lambda: datetime.now(UTC) + timedelta(seconds=sum(clock))  # noqa: E731 - a clock
    drain = aovpn.Drain(most=2, timeout=60)
    run = site.apply(
        plan,
        options=confirming(serial=(), drain=drain, clock=at),
        control=aovpn.Control(watch=watch),
    )
    [restart] = run.hosts[0].restarts
    assert restart.status == "outstanding"
    assert restart.message.startswith("not confirmed in time: it rolls back automatically at 2")
    assert len(site.windows.history) == 1  # by itself
