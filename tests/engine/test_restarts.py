"""Restarts: once, only with leave, one host at a time, and proven; else outstanding."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.engine import ScriptFailure
from aovpn_remediate.lab.windows.model import GroupPolicySeed, HostSeed, ValueSeed

from .conftest import PATIENCE, MakeSite, Site, dword, one, statuses
from .scenes import (
    IMPATIENT,
    KEY,
    NO_PERMIT,
    SERVICES_ONLY,
    altered,
    before,
    host,
    outages,
    restarts,
    service,
    sets,
)

REBOOT_ONLY = aovpn.Restart(reboot=True)
RESTART = 3
"""The pipeline of an apply that restarts; the next one looks whether all is well."""


def _step(name: str, then: Any, data: int = 1) -> dict[str, Any]:
    """A step with what it needs: `reboot`, or the names of services."""
    return {
        **dword(KEY, name, data),
        "then": then if then == "reboot" else {"restart": list(then)},
    }


def _services(*names: str, **more: Any) -> dict[str, Any]:
    return {name: service(**more) for name in names}


def _check(name: str) -> dict[str, Any]:
    return {"service": {"name": name, "status": "running"}}


def _restart(site: Site, name: str, on: str = "") -> None:
    """An outsider restarts a service."""
    state = site.state(on)
    state.restart(state.services.find(name))


# Once


def test_a_service_is_restarted_once_over_all_playbooks(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("A", "B"))})
    one_book = site.playbook("one", steps=[_step("a", ["A"]), _step("b", ["B"])])
    other = site.playbook("other", steps=[_step("c", ["a"]), _step("d", ["B"])])
    run = site.apply(site.plan(one_book, other))
    assert outages(site) == [("host", "A"), ("host", "B")]
    assert restarts(run) == {"A": "done", "B": "done"}
    assert run.exit_code == 0


def test_rasman_is_restarted_instead_of_remoteaccess(make_site: MakeSite) -> None:
    """Restart-Service RasMan -Force takes RemoteAccess with it."""
    site = make_site({"host": host(services=_services("RasMan", "RemoteAccess"))})
    book = site.playbook(steps=[_step("a", ["RemoteAccess"]), _step("b", ["RasMan"])])
    run = site.apply(site.plan(book))
    assert restarts(run) == {"RasMan": "done"}
    assert outages(site) == [("host", "RemoteAccess"), ("host", "RasMan")]
    assert run.exit_code == 0
    assert site.plan(book).exit_code == 0, "both are closed"


def test_a_reboot_is_done_instead_of_all(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("A"))})
    book = site.playbook(steps=[_step("a", ["A"]), _step("b", "reboot"), _step("c", "reboot")])
    run = site.apply(site.plan(book))
    assert restarts(run) == {"reboot": "done"}
    assert outages(site) == [("host", "reboot")]
    assert run.exit_code == 0
    assert site.plan(book).exit_code == 0
    in_effect = site.state().in_effect["boot"]["registry"][r"hkey_local_machine\software\test"]
    assert set(in_effect) == {"a", "b", "c"}


# With leave


def test_what_is_not_permitted_is_outstanding_until_an_apply_does_it(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    book = site.playbook(steps=[_step("a", ["IAS"]), _step("b", "reboot")], after=[_check("IAS")])
    run = site.apply(site.plan(book), permit=NO_PERMIT)
    assert restarts(run) == {"IAS": "outstanding", "reboot": "outstanding"}
    assert run.exit_code == 3
    [check] = one(run).after
    assert check.ok is None
    assert "not yet: IAS, reboot is outstanding" in check.reason

    plan = site.plan(book)
    assert [(o.need, o.run, o.step) for o in one(plan).outstanding] == [
        ("IAS", run.id, "test/s0"),
        ("reboot", run.id, "test/s1"),
    ]
    assert [step.action for step in one(plan).steps] == ["none", "none"]
    assert plan.exit_code == 3

    done = site.apply(plan)
    assert [step.status for step in one(done).steps] == ["unchanged", "unchanged"]
    assert restarts(done) == {"reboot": "done"}
    assert len(site.windows.sets) == 2
    assert outages(site) == [("host", "reboot")]
    assert one(done).after[0].ok
    assert one(done).touched
    assert done.exit_code == 0
    assert site.plan(book).exit_code == 0


def test_another_playbook_shows_what_is_outstanding_too(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    site.apply(site.plan(site.playbook(steps=[_step("a", ["IAS"])])), permit=NO_PERMIT)
    other = site.playbook("other", steps=[{"os_build": {"at_least": 1000}}])
    plan = site.plan(other)
    assert (plan.exit_code, one(plan).outstanding[0].need) == (3, "IAS")
    assert restarts(site.apply(plan)) == {"IAS": "done"}
    assert site.plan(other).exit_code == 0


def test_only_services_are_permitted_while_a_reboot_is_needed(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    book = site.playbook(steps=[_step("a", ["IAS"]), _step("b", "reboot")], after=[_check("IAS")])
    run = site.apply(site.plan(book), permit=SERVICES_ONLY)
    assert restarts(run) == {"IAS": "done", "reboot": "outstanding"}
    assert outages(site) == [("host", "IAS")]
    assert (run.exit_code, one(run).after[0].ok) == (3, None)


def test_what_was_left_by_earlier_runs_is_done_as_far_as_permitted(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    book = site.playbook(steps=[_step("a", ["IAS"]), _step("b", "reboot")])
    site.apply(site.plan(book), permit=NO_PERMIT)
    run = site.apply(site.plan(book), permit=SERVICES_ONLY)
    assert restarts(run) == {"IAS": "done", "reboot": "outstanding"}
    assert [o.need for o in one(site.plan(book)).outstanding] == ["reboot"]


def test_only_a_reboot_is_permitted_while_services_are_needed(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    book = site.playbook(steps=[_step("a", ["IAS"])])
    run = site.apply(site.plan(book), permit=REBOOT_ONLY)
    assert restarts(run) == {"IAS": "outstanding"}
    assert not outages(site)


def test_the_question_is_asked_once_with_what_each_host_needs(make_site: MakeSite) -> None:
    asked: list[dict[str, str]] = []

    def permit(needed: Any) -> aovpn.Restart:
        asked.append({name: str(restart) for name, restart in needed.items()})
        return REBOOT_ONLY

    seed = host(services=_services("RasMan", "RemoteAccess"))
    site = make_site({"a": seed, "b": seed, "c": seed})
    sets(site, "b", 1, on="b")()
    sets(site, "a", 1, on="c")()
    sets(site, "b", 1, on="c")()
    steps = [_step("a", ["RemoteAccess", "RasMan"]), _step("b", "reboot")]
    run = site.apply(site.plan(site.playbook(steps=steps)), permit=permit)
    assert asked == [{"a": "reboot", "b": "restart RasMan"}]
    assert restarts(run, "a") == {"reboot": "done"}
    assert restarts(run, "b") == {"RemoteAccess": "outstanding", "RasMan": "outstanding"}
    assert not restarts(run, "c")


def test_nobody_is_asked_when_nothing_is_needed(make_site: MakeSite) -> None:
    site = make_site({"host": host()})

    def permit(_: Any) -> aovpn.Restart:
        raise AssertionError

    assert site.apply(site.plan(site.playbook(steps=[dword(KEY, "a", 1)])), permit=permit)


# Closed by others


def test_a_reboot_by_somebody_else_closes_it(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS", alone=False))})
    book = site.playbook(steps=[_step("a", "reboot"), _step("b", ["IAS"])])
    site.apply(site.plan(book), permit=NO_PERMIT)
    assert site.plan(book).exit_code == 3
    site.state().quirks.reboot_seconds = 0
    site.state().reboot()
    plan = site.plan(book)
    assert not one(plan).outstanding
    assert plan.exit_code == 0
    assert not restarts(site.apply(plan))


@pytest.mark.parametrize("alone", [True, False], ids=["alone in its process", "shared"])
def test_a_service_restarted_by_somebody_else(make_site: MakeSite, *, alone: bool) -> None:
    site = make_site({"host": host(services=_services("IAS", alone=alone))})
    book = site.playbook(steps=[_step("a", ["IAS"])])
    site.apply(site.plan(book), permit=NO_PERMIT)
    _restart(site, "IAS")
    plan = site.plan(book)
    assert [o.proven for o in one(plan).outstanding] == ([] if alone else [False])
    assert plan.exit_code == (0 if alone else 3)
    run = site.apply(plan)
    assert restarts(run) == ({} if alone else {"IAS": "unproven"})
    assert run.exit_code == plan.exit_code
    assert outages(site) == [("host", "IAS")], "what cannot be proven is not acted on"


@pytest.mark.parametrize(
    "services", [_services("IAS", status="stopped"), {}], ids=["stopped", "missing"]
)
@pytest.mark.parametrize("permit", [NO_PERMIT, SERVICES_ONLY], ids=["not permitted", "permitted"])
def test_what_does_not_run_is_neither_restarted_nor_outstanding(
    make_site: MakeSite, services: dict[str, Any], permit: aovpn.Restart
) -> None:
    site = make_site({"host": host(services=services)})
    book = site.playbook(steps=[_step("a", ["IAS"])])
    run = site.apply(site.plan(book), permit=permit)
    assert set(restarts(run).values()) <= {"not_needed"}
    assert run.exit_code == 0
    assert not outages(site)
    assert site.plan(book).exit_code == 0


def test_a_service_that_was_stopped_at_the_change_owes_nothing_later(make_site: MakeSite) -> None:
    """It may be started in a process that is older than the change, and still reads it."""
    site = make_site({"host": host(services=_services("IAS", status="stopped", alone=False))})
    book = site.playbook(steps=[_step("a", ["IAS"])])
    assert site.apply(site.plan(book)).exit_code == 0
    state = site.state()
    ias = state.services.find("IAS")
    state.services.start(ias, at=state.boot)
    assert site.plan(book).exit_code == 0


def test_a_value_that_was_right_claims_nothing(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"a": {"dword": 1}}})})
    book = site.playbook(steps=[_step("a", "reboot")])
    plan = site.plan(book)
    assert plan.exit_code == 0
    assert not restarts(site.apply(plan))
    assert not outages(site)


# One host at a time


def _fleet(*names: str, **parts: Any) -> dict[str, HostSeed]:
    return {
        name: host(services=_services("IAS"), quirks={"restart_seconds": 0.02}, **parts)
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
    book = site.playbook(steps=[_step("a", then)], after=[_check("IAS")])
    run = site.apply(site.plan(book))
    assert run.exit_code == 0
    assert [name for name, _ in outages(site)] == ["n1", "n2", "n3"]
    assert not _overlaps(site)


def test_two_groups_do_not_wait_for_each_other(make_site: MakeSite) -> None:
    """The NPS server takes long to come back; the one of the other group is done meanwhile."""
    site = make_site(_fleet("n1", "r1"), groups={"nps": ["n1"], "rras": ["r1"]})
    site.state("n1").quirks.reboot_seconds = 0.6
    site.state("r1").quirks.reboot_seconds = 0.01
    run = site.apply(site.plan(site.playbook(steps=[_step("a", "reboot")])))
    assert run.exit_code == 0
    first, second = sorted(site.windows.history, key=lambda outage: outage.address)
    assert first.until is not None
    assert second.since < first.until


def test_several_at_a_time_when_told_so(make_site: MakeSite) -> None:
    site = make_site(_fleet("n1", "n2", "n3"))
    for name in ("n1", "n2", "n3"):
        site.state(name).quirks.reboot_seconds = 0.3
    options = aovpn.Options(patience=PATIENCE, restarts_at_once=2)
    plan = site.plan(site.playbook(steps=[_step("a", "reboot")]))
    assert site.apply(plan, options=options).exit_code == 0
    history = sorted(site.windows.history, key=lambda outage: outage.since)
    down = [
        sum(o.since <= at.since and (o.until is None or o.until > at.since) for o in history)
        for at in history
    ]
    assert max(down) == 2


def test_a_host_in_two_groups_waits_for_both(make_site: MakeSite) -> None:
    site = make_site(_fleet("a1", "b1", "c1"), groups={"one": ["a1", "b1"], "two": ["b1", "c1"]})
    for name in ("a1", "b1", "c1"):
        site.state(name).quirks.reboot_seconds = 0.1
    run = site.apply(site.plan(site.playbook(steps=[_step("a", "reboot")])))
    assert run.exit_code == 0
    by_name = dict(zip([name for name, _ in outages(site)], site.windows.history, strict=True))
    both, others = by_name["b1"], (by_name["a1"], by_name["c1"])
    for other in others:
        assert other.until is not None
        assert both.until is not None
        assert both.since >= other.until or other.since >= both.until


# Only when the last is healthy


def test_what_refuses_to_restart_is_started_once_more_and_stops_its_group(
    make_site: MakeSite,
) -> None:
    site = make_site(_fleet("n1", "n2", "r1"), groups={"nps": ["n1", "n2"], "rras": ["r1"]})
    site.state("n1").quirks.refuses_restart = ("IAS",)
    run = site.apply(site.plan(site.playbook(steps=[_step("a", ["IAS"])])))
    assert restarts(run, "n1") == {"IAS": "failed"}
    assert restarts(run, "n2") == {"IAS": "outstanding"}
    assert restarts(run, "r1") == {"IAS": "done"}
    [restart] = run.hosts[0].restarts
    assert "it runs again, after: Service 'IAS (IAS)' cannot be started" in restart.message
    state = site.state("n1")
    assert state.services.status(state.services.find("IAS")) == "running"
    assert run.exit_code == 1


def test_what_never_starts_is_told_and_tried_by_the_next_run(make_site: MakeSite) -> None:
    site = make_site(_fleet("n1", "n2"))
    state = site.state("n1")
    state.quirks.refuses_restart = state.quirks.refuses_start = ("IAS",)
    book = site.playbook(steps=[_step("a", ["IAS"])], after=[_check("IAS")])
    run = site.apply(site.plan(book), options=IMPATIENT)
    [restart] = run.hosts[0].restarts
    assert restart.status == "failed"
    assert "it does not run any more: Service 'IAS (IAS)' cannot be started" in restart.message
    assert "; then: Service" in restart.message
    assert restarts(run, "n2") == {"IAS": "outstanding"}
    assert run.hosts[0].after[0].ok is False
    assert run.exit_code == 1

    again = site.apply(site.plan(book), options=IMPATIENT, limit="n1")
    assert restarts(again) == {"IAS": "failed"}
    assert "could not be started" in one(again).restarts[0].message
    assert again.exit_code == 1

    state.quirks.refuses_start = ()
    helped = site.apply(site.plan(book), options=IMPATIENT, limit="n1")
    assert restarts(helped) == {"IAS": "failed"}
    assert "it is started now" in one(helped).restarts[0].message
    assert state.services.status(state.services.find("IAS")) == "running"
    assert site.apply(site.plan(book)).exit_code == 0


def test_a_dependent_that_stays_down_is_not_forgotten(make_site: MakeSite) -> None:
    """RasMan came back, RemoteAccess that went with it did not: the VPN is down."""
    site = make_site({"host": host(services=_services("RasMan", "RemoteAccess"))})
    site.state().quirks.refuses_restart = ("RemoteAccess",)
    run = site.apply(site.plan(site.playbook(steps=[_step("a", ["RasMan"])])))
    assert "failed" in restarts(run).values()
    assert run.exit_code == 1
    state = site.state()
    assert state.services.status(state.services.find("RemoteAccess")) == "running"


def test_a_host_that_never_returns(make_site: MakeSite) -> None:
    site = make_site(_fleet("n1", "n2"))
    site.state("n1").quirks.never_returns = True
    book = site.playbook(steps=[_step("a", "reboot")], after=[_check("IAS")])
    run = site.apply(site.plan(book), options=IMPATIENT)
    assert restarts(run, "n1") == {"reboot": "failed"}
    assert "does not answer" in run.hosts[0].restarts[0].message
    assert restarts(run, "n2") == {"reboot": "outstanding"}
    assert run.exit_code == 1
    assert outages(site) == [("n1", "reboot")]


def test_a_host_that_does_not_go_down(make_site: MakeSite) -> None:
    """It says that it reboots, and answers all the time."""
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=[_step("a", "reboot")]))
    address = site.address()

    def no_reboot() -> None:
        site.state().reboot = lambda: None

    before(site, RESTART, no_reboot)
    run = site.apply(plan, options=IMPATIENT)
    assert restarts(run) == {"reboot": "failed"}
    assert "did not go down" in one(run).restarts[0].message
    assert run.exit_code == 1
    assert site.windows.up(address)


def test_an_after_check_that_fails_stops_the_group(make_site: MakeSite) -> None:
    site = make_site(
        {
            name: host(services={**_services("IAS"), **_services("X", startup="manual")})
            for name in ("n1", "n2")
        }
    )
    book = site.playbook(steps=[_step("a", "reboot")], after=[_check("X")])
    run = site.apply(site.plan(book), options=IMPATIENT)
    assert restarts(run, "n1") == {"reboot": "done"}
    assert restarts(run, "n2") == {"reboot": "outstanding"}
    assert (run.hosts[0].after[0].ok, run.hosts[1].after[0].ok) == (False, None)
    assert run.exit_code == 1


def test_after_checks_are_polled_until_services_have_started(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    site.state().quirks.reboot_seconds = 0.02
    # By the host's own clock a reboot takes a minute and a half.
    site.state().quirks.starts_late = {"IAS": 0.3}
    book = site.playbook(steps=[_step("a", "reboot")], after=[_check("IAS")])
    run = site.apply(site.plan(book))
    assert one(run).after[0].ok
    assert run.exit_code == 0
    took = site.state().lab_time - site.windows.history[0].since
    assert took > timedelta(seconds=0.3)


def test_what_does_not_outlive_the_restart_is_not_held(make_site: MakeSite) -> None:
    site = make_site(_fleet("n1", "n2"))
    plan = site.plan(site.playbook(steps=[_step("a", "reboot"), dword(KEY, "b", 1)]))

    def policy_comes() -> None:
        decided = {KEY: {"a": ValueSeed(dword=0)}}
        site.state("n1").policy = GroupPolicySeed(registry=decided)

    before(site, RESTART, policy_comes, on="n1")
    run = site.apply(plan)
    assert statuses(run)["n1"] == ["not_held", "changed"]
    assert "after the restart it reads dword 0" in run.hosts[0].steps[0].message
    assert restarts(run, "n2") == {"reboot": "outstanding"}
    assert run.exit_code == 1


def test_a_reboot_that_is_refused_is_told_at_once(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=[_step("a", "reboot")]))
    no = '{"restart":"reboot","ok":false,"error":{"id":"X","message":"Access is denied.","at":""}}'
    altered(site, answers={"Invoke-AovpnReboot": no})
    patient = aovpn.Options(patience=aovpn.Patience(settle=0.2, reboot=3600, poll=0.01))
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
    plan = site.plan(site.playbook(steps=[_step("a", ["IAS"])]))
    for later in range(200 if pipeline > RESTART else 1):
        before(site, pipeline + later, fails, on="n1")
    run = site.apply(plan, options=IMPATIENT)
    assert restarts(run, "n1") == {"IAS": "failed"}
    assert "Out of memory." in run.hosts[0].restarts[0].message
    assert restarts(run, "n2") == {"IAS": "done"}


def test_a_service_whose_state_is_not_told_is_not_taken_for_stopped(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    plan = site.plan(site.playbook(steps=[_step("a", ["IAS"])]))
    altered(site, lambda text: text.replace('"IAS":{"value":', '"IAS":{"else":'))
    run = site.apply(plan, options=IMPATIENT)
    assert restarts(run)["IAS"] == "failed"
    assert not outages(site)
    assert run.exit_code == 1


# What earlier runs left


def test_a_service_that_a_killed_run_had_stopped_is_started_and_told(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    book = site.playbook(steps=[_step("a", ["IAS"])])
    first = site.apply(site.plan(book), permit=NO_PERMIT)
    site.journal.stopping(first.id, "host", ["IAS"])
    state = site.state()
    ias = state.services.find("IAS")
    state.services.stop(ias)
    run = site.apply(site.plan(book))
    assert state.services.status(ias) == "running"
    assert restarts(run) == {"IAS": "failed"}
    assert "it is started now" in one(run).restarts[0].message
    assert run.exit_code == 1
    assert site.journal.stopped("host") == []
    assert site.apply(site.plan(book)).exit_code == 0


def test_a_service_that_came_back_by_itself_is_left_alone(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=_services("IAS"))})
    book = site.playbook(steps=[_step("a", ["IAS"])])
    first = site.apply(site.plan(book))
    site.journal.stopping(first.id, "host", ["IAS"])
    run = site.apply(site.plan(book))
    assert not restarts(run)
    assert run.exit_code == 0
    assert site.journal.stopped("host") == []


def test_a_script_that_powershell_ends_while_starting_is_told(make_site: MakeSite) -> None:
    def fails() -> None:
        raise ScriptFailure("Out of memory.", "OutOfMemoryException")

    site = make_site({"host": host(services=_services("IAS"))})
    book = site.playbook(steps=[_step("a", ["IAS"])])
    first = site.apply(site.plan(book), permit=NO_PERMIT)
    site.journal.stopping(first.id, "host", ["IAS"])
    state = site.state()
    state.services.stop(state.services.find("IAS"))
    plan = site.plan(book)
    before(site, 2, fails)
    run = site.apply(plan)
    assert "could not be started: " in one(run).restarts[0].message
    assert site.journal.stopped("host") == ["IAS"]
