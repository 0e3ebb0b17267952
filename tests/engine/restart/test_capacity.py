"""The floor of a group holds at every moment; users leave before a VPN server is restarted."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.lab.windows.model import HostSeed
from tests.engine.conftest import PATIENCE, MakeSite, Site, one
from tests.engine.scenes import does, dwords, host, needing, outages, ruled, running, services

QUICK = aovpn.Patience(settle=30, reboot=30, poll=0.02, stable=0.01)


def serving(count: int, **parts: Any) -> dict[str, HostSeed]:
    """NPS servers."""
    return {
        f"n{n}": host(services=services("IAS"), quirks={"restart_seconds": 0.02}, **parts)
        for n in range(1, count + 1)
    }


def most_down(site: Site) -> int:
    """How many hosts were down at once, at most."""
    edges: list[tuple[datetime, int]] = []
    for outage in site.windows.history:
        assert outage.until is not None
        edges += [(outage.since, 1), (outage.until, -1)]
    down = most = 0
    for _, step in sorted(edges, key=lambda edge: (edge[0], edge[1])):
        down += step
        most = max(most, down)
    return most


def stop(site: Site, name: str) -> None:
    """An outsider stops a service."""
    found = site.state(name).services
    found.stop(found.find("IAS"))


def plan_of(site: Site, then: Any = ("IAS",)) -> aovpn.Plan:
    step = needing(then, "a")
    after = [running("IAS")] if then != "reboot" else []
    return site.plan(site.playbook(steps=[step], after=after))


@pytest.mark.parametrize("then", [("IAS",), "reboot"], ids=["service", "reboot"])
def test_the_floor_holds_at_every_moment(make_site: MakeSite, then: Any) -> None:
    site = ruled(make_site(serving(6)), servers={"keep_serving": 4})
    for name in site.addresses:
        site.state(name).quirks.reboot_seconds = 0.05
    run = site.apply(
        plan_of(site, then), options=aovpn.Options(patience=PATIENCE, restarts_at_once=6)
    )
    assert run.exit_code == 0
    assert len(outages(site)) == 6
    assert most_down(site) <= 2


def test_two_runs_on_one_journal_keep_one_floor(make_site: MakeSite) -> None:
    site = ruled(make_site(serving(8)), servers={"keep_serving": "75%"})
    plan = plan_of(site)
    first, second = "n1,n2,n3,n4", "n5,n6,n7,n8"
    options = aovpn.Options(patience=QUICK, restarts_at_once=4)
    codes: list[int] = []

    def apply(limit: str) -> None:
        codes.append(site.apply(plan, limit=limit, options=options).exit_code)

    threads = [threading.Thread(target=apply, args=(limit,)) for limit in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert codes == [0, 0]
    assert len(outages(site)) == 8
    assert most_down(site) <= 2


def test_hosts_that_do_not_serve_already_count(make_site: MakeSite) -> None:
    """A host that this run does not even visit is down, and one whose service has stopped."""
    site = ruled(make_site(serving(4)), servers={"keep_serving": 2})
    plan = plan_of(site)
    site.state("n3").down_until = site.state("n3").lab_time + timedelta(days=1)
    stop(site, "n4")
    run = site.apply(plan, limit="n1,n2")
    assert run.exit_code == 3
    assert outages(site) == []
    for name in ("n1", "n2"):
        [restart] = next(h for h in run.hosts if h.host == name).restarts
        assert restart.status == "outstanding"
        assert restart.message.startswith(
            "2 of servers must keep serving, and these do not serve: n3: "
        )
        assert "n4: IAS is stopped" in restart.message
    site.state("n3").down_until = site.state("n3").lab_time
    resumed = aovpn.resume(
        run.id, site.inventory, journal=site.journal, permit=aovpn.Restart(services=("any",))
    )
    assert resumed.exit_code == 0
    assert most_down(site) == 1


def test_a_host_that_another_run_restarts_is_waited_for(make_site: MakeSite) -> None:
    site = ruled(make_site(serving(3)), servers={"keep_serving": 2})
    plan = plan_of(site)
    other = Leases(site.journal, owner="run 1 by somebody")
    assert other.take("down:n3") is None
    waited: list[str] = []

    def watch(_: str, what: str) -> None:
        if what.startswith("waiting: 2 of servers must keep serving"):
            waited.append(what)
            other.release("down:n3")

    run = site.apply(plan, limit="n1", control=aovpn.Control(watch=watch))
    assert run.exit_code == 0
    words = (
        "2 of servers must keep serving, and these do not serve: "
        "n3: run 1 by somebody is restarting it"
    )
    assert waited == [f"waiting: {words}"]


def test_a_host_that_refuses_the_logon_is_asked_once(
    make_site: MakeSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked before each restart, its account would be locked out."""
    seeds = serving(5)
    seeds["n5"] = seeds["n5"].model_copy(update={"refuse_users": ("lab",)})
    site = ruled(make_site(seeds), servers={"keep_serving": 3})
    plan = plan_of(site)
    asked: list[str] = []
    ask = site.windows.may_log_on

    def may_log_on(address: str, user: str) -> bool:
        asked.append(address)
        return ask(address, user)

    monkeypatch.setattr(site.windows, "may_log_on", may_log_on)
    run = site.apply(plan, limit="n1,n2,n3,n4")
    assert run.exit_code == 0
    assert most_down(site) == 1
    assert asked.count(site.address("n5")) == 1


def test_a_floor_in_any_group_of_a_host_counts(make_site: MakeSite) -> None:
    groups = {"vpn": ["n1", "n2", "n3"], "site": ["n1", "n4"]}
    site = ruled(make_site(serving(4), groups=groups), site={"keep_serving": 1})
    plan = plan_of(site)
    stop(site, "n4")
    run = site.apply(plan, limit="n1,n2")
    told = {h.host: [r.status for r in h.restarts] for h in run.hosts}
    assert told == {"n1": ["outstanding"], "n2": ["done"]}


def test_a_change_without_restart_needs_no_capacity(make_site: MakeSite) -> None:
    site = ruled(make_site(serving(2)), servers={"keep_serving": 1})
    plan = site.plan(site.playbook(steps=dwords("a")))
    site.state("n2").down_until = site.state("n2").lab_time + timedelta(days=1)
    before = site.requests("n2")
    assert site.apply(plan, limit="n1").exit_code == 0
    assert site.requests("n2") == before


# Sessions


@pytest.fixture
def vpn(make_site: MakeSite) -> Site:
    """A VPN server with ten users."""
    seed = host(services=services("RemoteAccess", "RasMan", "IAS"), sessions=10, vpn={})
    return make_site({"r1": seed})


def drained(site: Site, drain: aovpn.Drain, then: Any = ("RemoteAccess",), **more: Any) -> Any:
    options = aovpn.Options(patience=QUICK, drain=drain)
    plan = site.plan(site.playbook(steps=[needing(then, "a")]))
    return one(site.apply(plan, options=options, **more)).restarts[0]


def test_a_restart_waits_until_the_users_have_left(vpn: Site) -> None:
    told: list[str] = []

    def watch(_: str, what: str) -> None:
        if what.startswith("waiting: "):
            told.append(what)
            vpn.state().sessions = max(0, vpn.state().sessions - 4)

    drain = aovpn.Drain(most=2, timeout=60)
    restart = drained(vpn, drain, control=aovpn.Control(watch=watch))
    assert restart.status == "done"
    assert restart.sessions == 2
    assert told == [
        "waiting: 10 VPN users are connected, and at most 2 may be disconnected",
        "waiting: 6 VPN users are connected, and at most 2 may be disconnected",
    ]


def test_when_they_stay_connected_the_restart_stays_pending(vpn: Site) -> None:
    restart = drained(vpn, aovpn.Drain(most=2, timeout=0.05))
    assert restart.status == "outstanding"
    assert restart.message == (
        "10 VPN users are connected, and at most 2 may be disconnected; waited 0.05 s "
        "(to restart anyway and disconnect the users: --force-restart)"
    )
    assert outages(vpn) == []


def test_by_force_they_are_disconnected_and_counted(vpn: Site) -> None:
    restart = drained(vpn, aovpn.Drain(most=2, timeout=0.05, force=True), then="reboot")
    assert restart.status == "done"
    assert restart.sessions == 10


def test_an_unknown_number_is_too_many(vpn: Site) -> None:
    does(vpn, unreadable={"sessions": "the cmdlet failed"})()
    restart = drained(vpn, aovpn.Drain(most=2, timeout=0.05))
    assert restart.status == "outstanding"
    assert restart.message.startswith("its VPN sessions could not be read (the cmdlet failed)")


def test_a_restart_that_disconnects_nobody_does_not_wait(vpn: Site) -> None:
    assert drained(vpn, aovpn.Drain(most=0, timeout=60), then=("IAS",)).status == "done"


def test_others_go_first_while_one_waits(make_site: MakeSite) -> None:
    seeds = {
        name: host(services=services("RemoteAccess"), sessions=sessions, vpn={})
        for name, sessions in (("r1", 5), ("r2", 0))
    }
    site = make_site(seeds)

    def watch(name: str, what: str) -> None:
        if name == "r2" and what == "done":
            site.state("r1").sessions = 0

    plan = site.plan(site.playbook(steps=[needing(["RemoteAccess"], "a")]))
    options = aovpn.Options(patience=QUICK, drain=aovpn.Drain(most=0, timeout=60))
    run = site.apply(plan, options=options, control=aovpn.Control(watch=watch))
    assert run.exit_code == 0
    assert [name for name, _ in outages(site)] == ["r2", "r1"]
