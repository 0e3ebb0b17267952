"""Users of VPN servers: who is cut, who is waited for, and that the run says the truth about it."""

from __future__ import annotations

import dataclasses

import pytest

import aovpn_remediate as aovpn
from tests.engine.scenes import before

from .fleets import (
    QUICK,
    SHORT,
    MakeSite,
    Site,
    cli,
    fleet,
    in_effect,
    kept,
    options,
    planned,
    ruled,
)


def cut(run: aovpn.Run) -> dict[str, int]:
    """By what the run says."""
    return {
        host.host: total
        for host in run.hosts
        if (total := sum(restart.sessions or 0 for restart in host.restarts))
    }


def really_cut(site: Site) -> dict[str, int]:
    return {n: total for n in site.addresses if (total := site.state(n).users_disconnected)}


@pytest.mark.long
def test_sessions_come_and_go_and_no_more_than_the_limit_are_disconnected(
    make_site: MakeSite,
) -> None:
    """Eight servers with 0 to 14 users. They leave, one more each time that somebody looks."""
    site = ruled(fleet(make_site, {"rras": 8}), rras={"keep_serving": "75%"})
    plan = planned(site)
    for number, name in enumerate(site.addresses):
        site.state(name).sessions = 2 * number

    def watch(name: str, what: str) -> None:
        if "connected" in what:
            state = site.state(name)
            state.sessions = max(0, state.sessions - 4)

    run = site.apply(
        plan,
        options=options(drain=aovpn.Drain(most=3, timeout=60), restarts_at_once=5),
        control=aovpn.Control(watch=watch),
    )
    assert (run.exit_code, in_effect(site)) == (0, set(site.addresses))
    assert max(really_cut(site).values()) <= 3
    assert cut(run) == really_cut(site)


@pytest.mark.parametrize("force", [False, True])
def test_users_who_stay_are_disconnected_only_by_force(make_site: MakeSite, force: bool) -> None:
    site = fleet(make_site, {"rras": 3})
    path = kept(site, planned(site))
    site.state("rras-02").sessions = 41
    words = (
        "--allow-restart",
        "--max-sessions",
        "5",
        "--drain-timeout",
        "0.05",
        "--poll",
        "0.02",
        "--stable-for",
        "0.01",
    )
    done = cli(site, "apply", path, *words, *(("--force-restart",) if force else ()))
    assert done.exit_code == (0 if force else 3)
    assert really_cut(site) == ({"rras-02": 41} if force else {})
    assert ("41 VPN sessions disconnected" in done.stdout) == force
    assert ("41 VPN users are connected, and at most 5 may be disconnected" in done.stdout) != force


def test_the_number_is_that_of_the_restart_and_not_of_the_visit(make_site: MakeSite) -> None:
    site = fleet(make_site, {"rras": 2})
    plan = planned(site)
    site.state("rras-02").sessions = 30

    def watch(name: str, what: str) -> None:
        if (name, what) == ("rras-01", "done"):
            site.state("rras-02").sessions = 7

    run = site.apply(plan, options=options(serial=()), control=aovpn.Control(watch=watch))
    assert cut(run) == really_cut(site) == {"rras-02": 7}


def test_users_who_connect_while_other_hosts_are_read_are_not_disconnected(
    make_site: MakeSite,
) -> None:
    site = ruled(fleet(make_site, {"rras": 2}), rras={"keep_serving": 1})
    plan = planned(site)
    came: list[str] = []

    def come() -> None:
        came.append("rras-01")
        site.state("rras-01").sessions = 50

    def watch(name: str, what: str) -> None:
        if name == "rras-01" and "50 VPN users are connected" in what:
            site.state("rras-01").sessions = 1

    before(site, 1, come, on="rras-02")
    run = site.apply(
        plan,
        limit="rras-01",
        options=aovpn.Options(patience=QUICK, drain=aovpn.Drain(most=2, timeout=60)),
        control=aovpn.Control(watch=watch),
    )
    assert came
    assert run.exit_code == 0
    assert cut(run) == really_cut(site) == {"rras-01": 1}


def test_an_unknown_number_does_not_matter_without_a_limit(
    make_site: MakeSite,
) -> None:
    site = fleet(make_site, {"rras": 1})
    plan = planned(site)
    site.state("rras-01").quirks.unreadable = {"sessions": "the cmdlet failed"}
    run = site.apply(plan, options=options(serial=()))
    assert run.exit_code == 0
    assert [r.sessions for r in run.hosts[0].restarts] == [None]


def test_a_service_that_stays_stopped_counts_its_users_once(make_site: MakeSite) -> None:
    """RasMan takes RemoteAccess with it, which needs help to start again."""
    site = fleet(make_site, {"rras": 1})
    plan = planned(site)
    steps = tuple(
        step.model_copy(
            update={
                n: dataclasses.replace(step.declared, services=("RasMan",))
                for n in ("declared", "then")
            }
        )
        for step in plan.hosts[0].steps
    )
    plan = plan.model_copy(update={"hosts": (plan.hosts[0].model_copy(update={"steps": steps}),)})
    site.state("rras-01").sessions = 12
    site.state("rras-01").quirks.refuses_restart = ("RemoteAccess",)
    run = site.apply(plan, options=options(serial=(), patience=SHORT))
    assert [r.what for r in run.hosts[0].restarts] == ["RasMan", "RemoteAccess"]
    assert cut(run) == really_cut(site) == {"rras-01": 12}
