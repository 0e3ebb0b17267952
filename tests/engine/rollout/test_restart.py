"""Restarts across hosts: one at a time in a group, the next only when the last is healthy."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.lab.windows.model import GroupPolicySeed, HostSeed, ValueSeed
from tests.engine.conftest import PATIENCE, MakeSite, Site, dword, one, statuses
from tests.engine.scenes import (
    IMPATIENT,
    KEY,
    altered,
    before,
    host,
    needing,
    outages,
    restarts,
    running,
    services,
)

RESTART = 3
"""The pipeline of an apply that restarts; the next one looks whether all is well."""
RESTART_OF_ALL = RESTART + 1
"""The same, counted before the plan is made."""


# One host at a time


def _fleet(*names: str, **parts: Any) -> dict[str, HostSeed]:
    return {
        name: host(services=services("IAS"), quirks={"restart_seconds": 0.02}, **parts)
        for name in names
    }


def _overlaps(site: Site) -> bool:
    history = sorted(site.windows.history, key=lambda outage: outage.since)
    return any(one.until is None or one.until > other.since for one, other in pairwise(history))


@pytest.mark.parametrize("then", ["reboot", ["IAS"]], ids=["reboot", "service"])
def test_one_host_at_a_time_in_a_group(make_site: MakeSite, then: Any) -> None:
    seeds = {n: s.model_copy(deep=True) for n, s in _fleet("n1", "n2", "n3").items()}
    site = make_site(seeds)
    for name in seeds:
        site.state(name).quirks.reboot_seconds = 0.05
    book = site.playbook(steps=[needing(then, "a")], after=[running("IAS")])
    run = site.apply(site.plan(book))
    assert run.exit_code == 0
    assert [name for name, _ in outages(site)] == ["n1", "n2", "n3"]
    assert not _overlaps(site)


def _comes_back(site: Site, name: str) -> None:
    """A host whose reboot would have taken a minute is there at once."""
    site.state(name).quirks.reboot_seconds = 0
    site.state(name).down_until = site.state(name).lab_time


def _was_down(site: Site, *names: str) -> list[str]:
    """The hosts that were restarted and answer again."""
    down = dict(outages(site))
    return [name for name in names if name in down and site.windows.up(site.address(name))]


def test_two_groups_do_not_wait_for_each_other(make_site: MakeSite) -> None:
    """The NPS server comes back only when the server of the other group has its turn."""
    site = make_site(_fleet("n1", "r1"), groups={"nps": ["n1"], "rras": ["r1"]})
    site.state("n1").quirks.reboot_seconds = 60

    def let_it_come_back() -> None:
        site.state("n1").quirks.reboot_seconds = 0.1  # should it go down only after this
        _comes_back(site, "n1")

    before(site, RESTART_OF_ALL, let_it_come_back, on="r1")
    run = site.apply(site.plan(site.playbook(steps=[needing("reboot", "a")])))
    assert run.exit_code == 0
    assert sorted(outages(site)) == [("n1", "reboot"), ("r1", "reboot")]


def test_several_at_a_time_when_told_so(make_site: MakeSite) -> None:
    """The first comes back only when the second has its turn; the third waits for one of them."""
    site = make_site(_fleet("n1", "n2", "n3"))
    site.state("n1").quirks.reboot_seconds = 60
    back: list[str] = []
    before(site, RESTART_OF_ALL, lambda: _comes_back(site, "n1"), on="n2")
    before(site, RESTART_OF_ALL, lambda: back.extend(_was_down(site, "n1", "n2")), on="n3")
    options = aovpn.Options(patience=PATIENCE, restarts_at_once=2)
    plan = site.plan(site.playbook(steps=[needing("reboot", "a")]))
    assert site.apply(plan, options=options).exit_code == 0
    assert back


def test_a_host_in_two_groups_waits_for_both(make_site: MakeSite) -> None:
    site = make_site(_fleet("a1", "b1", "c1"), groups={"one": ["a1", "b1"], "two": ["b1", "c1"]})
    for name in ("a1", "b1", "c1"):
        site.state(name).quirks.reboot_seconds = 0.1
    run = site.apply(site.plan(site.playbook(steps=[needing("reboot", "a")])))
    assert run.exit_code == 0
    by_name = dict(zip([name for name, _ in outages(site)], site.windows.history, strict=True))
    both, others = by_name["b1"], (by_name["a1"], by_name["c1"])
    for other in others:
        assert other.until is not None
        assert both.until is not None
        assert both.since >= other.until or other.since >= both.until


# Only when the last is healthy


def test_a_service_that_refuses_to_restart_is_started_and_stops_its_group(
    make_site: MakeSite,
) -> None:
    site = make_site(_fleet("n1", "n2", "r1"), groups={"nps": ["n1", "n2"], "rras": ["r1"]})
    site.state("n1").quirks.refuses_restart = ("IAS",)
    run = site.apply(site.plan(site.playbook(steps=[needing(["IAS"], "a")])))
    assert restarts(run, "n1") == {"IAS": "failed"}
    assert restarts(run, "n2") == {"IAS": "outstanding"}
    assert restarts(run, "r1") == {"IAS": "done"}
    [restart] = run.hosts[0].restarts
    assert "it is running again, after: IAS was started, but has stopped again" in restart.message
    state = site.state("n1")
    assert state.services.status(state.services.find("IAS")) == "running"
    assert run.exit_code == 1


def test_a_service_that_never_starts_is_reported_and_started_by_the_next_run(
    make_site: MakeSite,
) -> None:
    site = make_site(_fleet("n1", "n2"))
    state = site.state("n1")
    state.quirks.refuses_restart = state.quirks.refuses_start = ("IAS",)
    book = site.playbook(steps=[needing(["IAS"], "a")], after=[running("IAS")])
    run = site.apply(site.plan(book), options=IMPATIENT)
    [restart] = run.hosts[0].restarts
    assert restart.status == "failed"
    assert "it is not running any more: IAS was started, but has stopped again" in restart.message
    assert "; then: IAS was started" in restart.message
    assert restarts(run, "n2") == {"IAS": "outstanding"}
    assert run.hosts[0].after[0].ok is False
    assert run.exit_code == 1

    again = site.apply(site.plan(book), options=IMPATIENT, limit="n1")
    assert restarts(again) == {"IAS": "failed"}
    assert "did not start: " in one(again).restarts[0].message
    assert again.exit_code == 1

    state.quirks.refuses_start = ()
    helped = site.apply(site.plan(book), options=IMPATIENT, limit="n1")
    assert restarts(helped) == {"IAS": "failed"}
    assert "this run started it" in one(helped).restarts[0].message
    assert state.services.status(state.services.find("IAS")) == "running"
    assert site.apply(site.plan(book)).exit_code == 0


def test_a_service_that_had_to_be_started_leaves_no_pending_restart(make_site: MakeSite) -> None:
    """It was down and runs, whatever its process, which others share, can prove."""
    site = make_site({"host": host(services=services("IAS", alone=False))})
    site.state().quirks.refuses_restart = ("IAS",)
    book = site.playbook(steps=[needing(["IAS"], "a")])
    assert restarts(site.apply(site.plan(book))) == {"IAS": "failed"}
    assert site.plan(book).exit_code == 0


def test_a_dependent_that_stays_down_is_not_forgotten(make_site: MakeSite) -> None:
    """RasMan came back, RemoteAccess that went with it did not: the VPN is down."""
    site = make_site({"host": host(services=services("RasMan", "RemoteAccess"))})
    site.state().quirks.refuses_restart = ("RemoteAccess",)
    run = site.apply(site.plan(site.playbook(steps=[needing(["RasMan"], "a")])))
    assert "failed" in restarts(run).values()
    assert run.exit_code == 1
    state = site.state()
    assert state.services.status(state.services.find("RemoteAccess")) == "running"


def test_a_host_that_never_returns(make_site: MakeSite) -> None:
    site = make_site(_fleet("n1", "n2"))
    site.state("n1").quirks.never_returns = True
    book = site.playbook(steps=[needing("reboot", "a")], after=[running("IAS")])
    run = site.apply(site.plan(book), options=IMPATIENT)
    assert restarts(run, "n1") == {"reboot": "failed"}
    assert "unreachable: " in run.hosts[0].restarts[0].message
    assert restarts(run, "n2") == {"reboot": "outstanding"}
    assert run.exit_code == 1
    assert outages(site) == [("n1", "reboot")]


def test_a_host_that_does_not_reboot(make_site: MakeSite) -> None:
    """It says that it reboots, and answers all the time."""
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=[needing("reboot", "a")]))
    address = site.address()

    def no_reboot() -> None:
        site.state().reboot = lambda: None

    before(site, RESTART, no_reboot)
    run = site.apply(plan, options=IMPATIENT)
    assert restarts(run) == {"reboot": "failed"}
    assert "did not reboot" in one(run).restarts[0].message
    assert run.exit_code == 1
    assert site.windows.up(address)


def test_an_after_check_that_fails_stops_the_group(make_site: MakeSite) -> None:
    site = make_site(
        {
            name: host(services={**services("IAS"), **services("X", startup="manual")})
            for name in ("n1", "n2")
        }
    )
    book = site.playbook(steps=[needing("reboot", "a")], after=[running("X")])
    run = site.apply(site.plan(book), options=IMPATIENT)
    assert restarts(run, "n1") == {"reboot": "done"}
    assert restarts(run, "n2") == {"reboot": "outstanding"}
    assert (run.hosts[0].after[0].ok, run.hosts[1].after[0].ok) == (False, None)
    assert run.exit_code == 1


def test_after_checks_are_polled_until_services_have_started(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    site.state().quirks.reboot_seconds = 0.02
    # By the host's own clock a reboot takes a minute and a half.
    site.state().quirks.starts_late = {"IAS": 0.3}
    book = site.playbook(steps=[needing("reboot", "a")], after=[running("IAS")])
    run = site.apply(site.plan(book))
    assert one(run).after[0].ok
    assert run.exit_code == 0
    took = site.state().lab_time - site.windows.history[0].since
    assert took > timedelta(seconds=0.3)


def test_a_change_that_does_not_survive_the_restart_is_not_held(make_site: MakeSite) -> None:
    site = make_site(_fleet("n1", "n2"))
    plan = site.plan(site.playbook(steps=[needing("reboot", "a"), dword(KEY, "b", 1)]))

    def policy_comes() -> None:
        decided = {KEY: {"a": ValueSeed(dword=0)}}
        site.state("n1").policy = GroupPolicySeed(registry=decided)

    before(site, RESTART, policy_comes, on="n1")
    run = site.apply(plan)
    assert statuses(run)["n1"] == ["not_held", "changed"]
    assert "after the restart it reads dword 0" in run.hosts[0].steps[0].message
    assert restarts(run, "n2") == {"reboot": "outstanding"}
    assert run.exit_code == 1


def test_a_refused_reboot_is_reported_at_once(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=[needing("reboot", "a")]))
    no = '{"restart":"reboot","ok":false,"error":{"id":"X","message":"Access is denied.","at":""}}'
    altered(site, answers={"Invoke-AovpnReboot": no})
    patient = aovpn.Options(
        patience=aovpn.Patience(settle=0.2, reboot=3600, poll=0.01, stable=0.01)
    )
    run = site.apply(plan, options=patient)
    assert restarts(run) == {"reboot": "failed"}
    assert "Access is denied." in one(run).restarts[0].message


@pytest.mark.parametrize("pipeline", [RESTART, RESTART + 1], ids=["the restart", "the look"])
def test_powershell_that_ends_a_script_is_a_failure_of_that_host(
    make_site: MakeSite, pipeline: int
) -> None:
    def fails() -> None:
        raise ScriptFailure("Out of memory.", "OutOfMemoryException")

    site = make_site(_fleet("n1", "n2"), groups={"one": ["n1"], "two": ["n2"]})
    plan = site.plan(site.playbook(steps=[needing(["IAS"], "a")]))
    for later in range(200 if pipeline > RESTART else 1):
        before(site, pipeline + later, fails, on="n1")
    run = site.apply(plan, options=IMPATIENT)
    assert restarts(run, "n1") == {"IAS": "failed"}
    assert "Out of memory." in run.hosts[0].restarts[0].message
    assert restarts(run, "n2") == {"IAS": "done"}


def test_a_service_of_unknown_state_is_not_taken_for_stopped(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    plan = site.plan(site.playbook(steps=[needing(["IAS"], "a")]))
    altered(site, lambda text: text.replace('"IAS":{"value":', '"IAS":{"else":'))
    run = site.apply(plan, options=IMPATIENT)
    assert restarts(run)["IAS"] == "failed"
    assert not outages(site)
    assert run.exit_code == 1
