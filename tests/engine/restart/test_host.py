"""Restarts: once, only with leave, and outstanding until they are proven."""

from __future__ import annotations

from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import ScriptFailure
from aovpn_remediate.reports import text
from tests.engine.conftest import MakeSite, Site, dword, one
from tests.engine.scenes import (
    KEY,
    NO_PERMIT,
    SERVICES_ONLY,
    before,
    host,
    needing,
    outages,
    restarts,
    running,
    services,
    sets,
)

REBOOT_ONLY = aovpn.Restart(reboot=True)


def _restart(site: Site, name: str, on: str = "") -> None:
    """An outsider restarts a service."""
    state = site.state(on)
    state.restart(state.services.find(name))


# Once


def test_a_service_is_restarted_once_over_all_playbooks(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("A", "B"))})
    one_book = site.playbook("one", steps=[needing(["A"], "a"), needing(["B"], "b")])
    other = site.playbook("other", steps=[needing(["a"], "c"), needing(["B"], "d")])
    run = site.apply(site.plan(one_book, other))
    assert outages(site) == [("host", "A"), ("host", "B")]
    assert restarts(run) == {"A": "done", "B": "done"}
    assert run.exit_code == 0


def test_rasman_is_restarted_instead_of_remoteaccess(make_site: MakeSite) -> None:
    """Restart-Service RasMan -Force takes RemoteAccess with it."""
    site = make_site({"host": host(services=services("RasMan", "RemoteAccess"))})
    book = site.playbook(steps=[needing(["RemoteAccess"], "a"), needing(["RasMan"], "b")])
    run = site.apply(site.plan(book))
    assert restarts(run) == {"RasMan": "done"}
    assert outages(site) == [("host", "RemoteAccess"), ("host", "RasMan")]
    assert run.exit_code == 0
    assert site.plan(book).exit_code == 0, "both are closed"


def test_a_reboot_replaces_all_service_restarts(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("A"))})
    book = site.playbook(
        steps=[needing(["A"], "a"), needing("reboot", "b"), needing("reboot", "c")]
    )
    run = site.apply(site.plan(book))
    assert restarts(run) == {"reboot": "done"}
    assert outages(site) == [("host", "reboot")]
    assert run.exit_code == 0
    assert site.plan(book).exit_code == 0
    in_effect = site.state().in_effect["boot"]["registry"][r"hkey_local_machine\software\test"]
    assert set(in_effect) == {"a", "b", "c"}


def test_the_restarts_of_a_change_are_known_when_it_is_made(make_site: MakeSite) -> None:
    """The limit of the miniport was lowered after the plan: a restart is not enough any more."""
    site = make_site({"host": host(services=services("RemoteAccess"), vpn={})})
    plan = site.plan(site.playbook(steps=[{"vpn_server_ports": {"ikev2": 100}}]))
    assert one(plan).steps[0].then.services == ("RemoteAccess",)
    site.state().answers["vpn_server_ports"][0].answer["limits"]["ikev2"] = 64
    assert restarts(site.apply(plan)) == {"reboot": "done"}


# With leave


def test_a_restart_that_is_not_permitted_stays_pending_until_an_apply_makes_it(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(
        steps=[needing(["IAS"], "a"), needing("reboot", "b")], after=[running("IAS")]
    )
    run = site.apply(site.plan(book), permit=NO_PERMIT)
    assert restarts(run) == {"IAS": "outstanding", "reboot": "outstanding"}
    assert run.exit_code == 3
    [check] = one(run).after
    assert check.ok is None
    assert "IAS, reboot is pending" in check.reason
    assert check.pending

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


def test_another_playbook_shows_pending_restarts_too(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    site.apply(site.plan(site.playbook(steps=[needing(["IAS"], "a")])), permit=NO_PERMIT)
    other = site.playbook("other", steps=[{"os_build": {"at_least": 1000}}])
    plan = site.plan(other)
    assert (plan.exit_code, one(plan).outstanding[0].need) == (3, "IAS")
    assert restarts(site.apply(plan)) == {"IAS": "done"}
    assert site.plan(other).exit_code == 0


def test_only_services_are_permitted_while_a_reboot_is_needed(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(
        steps=[needing(["IAS"], "a"), needing("reboot", "b")], after=[running("IAS")]
    )
    run = site.apply(site.plan(book), permit=SERVICES_ONLY)
    assert restarts(run) == {"IAS": "done", "reboot": "outstanding"}
    assert outages(site) == [("host", "IAS")]
    assert (run.exit_code, one(run).after[0].ok) == (3, None)


def test_pending_restarts_of_earlier_runs_are_made_as_far_as_permitted(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[needing(["IAS"], "a"), needing("reboot", "b")])
    site.apply(site.plan(book), permit=NO_PERMIT)
    run = site.apply(site.plan(book), permit=SERVICES_ONLY)
    assert restarts(run) == {"IAS": "done", "reboot": "outstanding"}
    assert [o.need for o in one(site.plan(book)).outstanding] == ["reboot"]


def test_only_a_reboot_is_permitted_while_services_are_needed(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    run = site.apply(site.plan(book), permit=REBOOT_ONLY)
    assert restarts(run) == {"IAS": "outstanding"}
    assert not outages(site)


def test_permission_is_asked_once_with_the_needs_of_each_host(make_site: MakeSite) -> None:
    asked: list[dict[str, str]] = []

    def permit(needed: Any) -> aovpn.Restart:
        asked.append({name: str(restart) for name, restart in needed.items()})
        return REBOOT_ONLY

    seed = host(services=services("RasMan", "RemoteAccess"))
    site = make_site({"a": seed, "b": seed, "c": seed})
    sets(site, "b", 1, on="b")()
    sets(site, "a", 1, on="c")()
    sets(site, "b", 1, on="c")()
    steps = [needing(["RemoteAccess", "RasMan"], "a"), needing("reboot", "b")]
    run = site.apply(site.plan(site.playbook(steps=steps)), permit=permit)
    assert asked == [{"a": "reboot", "b": "restart RasMan"}]
    assert restarts(run, "a") == {"reboot": "done"}
    assert restarts(run, "b") == {"RemoteAccess": "outstanding", "RasMan": "outstanding"}
    assert not restarts(run, "c")


def test_permission_is_not_asked_when_nothing_is_needed(make_site: MakeSite) -> None:
    site = make_site({"host": host()})

    def permit(_: Any) -> aovpn.Restart:
        raise AssertionError

    assert site.apply(site.plan(site.playbook(steps=[dword(KEY, "a", 1)])), permit=permit)


# Closed by others


def test_a_reboot_by_somebody_else_closes_it(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS", alone=False))})
    book = site.playbook(steps=[needing("reboot", "a"), needing(["IAS"], "b")])
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
    site = make_site({"host": host(services=services("IAS", alone=alone))})
    book = site.playbook(steps=[needing(["IAS"], "a")])
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
    "services", [services("IAS", status="stopped"), {}], ids=["stopped", "missing"]
)
@pytest.mark.parametrize("permit", [NO_PERMIT, SERVICES_ONLY], ids=["not permitted", "permitted"])
def test_a_stopped_service_is_neither_restarted_nor_pending(
    make_site: MakeSite, services: dict[str, Any], permit: aovpn.Restart
) -> None:
    site = make_site({"host": host(services=services)})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    run = site.apply(site.plan(book), permit=permit)
    assert set(restarts(run).values()) <= {"not_needed"}
    assert run.exit_code == 0
    assert not outages(site)
    assert site.plan(book).exit_code == 0


def test_a_service_that_was_stopped_at_the_change_needs_no_later_restart(
    make_site: MakeSite,
) -> None:
    """It may be started in a process that is older than the change, and still reads it."""
    site = make_site({"host": host(services=services("IAS", status="stopped", alone=False))})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    assert site.apply(site.plan(book)).exit_code == 0
    state = site.state()
    ias = state.services.find("IAS")
    state.services.start(ias, at=state.boot)
    assert site.plan(book).exit_code == 0


def test_a_service_that_somebody_stopped_meanwhile_is_left_alone(make_site: MakeSite) -> None:
    """Between the first visit and the restart, which may have to wait long for its turn."""
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    plan = site.plan(book)
    state = site.state()
    ias = state.services.find("IAS")
    before(site, 3, lambda: state.services.stop(ias))
    run = site.apply(plan)
    assert restarts(run) == {"IAS": "not_needed"}
    assert run.exit_code == 0
    assert ias.started is None
    assert site.journal.stopped_services("host") == []
    state.services.start(ias, at=state.boot)
    assert site.plan(book).exit_code == 0


def test_a_compliant_value_needs_no_restart(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"a": {"dword": 1}}})})
    book = site.playbook(steps=[needing("reboot", "a")])
    plan = site.plan(book)
    assert plan.exit_code == 0
    assert not restarts(site.apply(plan))
    assert not outages(site)


# What earlier runs left


def test_a_service_that_a_killed_run_had_stopped_is_started_and_reported(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    first = site.apply(site.plan(book), permit=NO_PERMIT)
    site.journal.record_stopping(first.id, "host", ["IAS"])
    state = site.state()
    ias = state.services.find("IAS")
    state.services.stop(ias)
    run = site.apply(site.plan(book))
    assert state.services.status(ias) == "running"
    assert restarts(run) == {"IAS": "failed"}
    assert "this run started it" in one(run).restarts[0].message
    assert run.exit_code == 1
    assert site.journal.stopped_services("host") == []
    assert site.apply(site.plan(book)).exit_code == 0


def test_a_plan_tells_of_a_service_that_a_run_left_stopped(make_site: MakeSite) -> None:
    """And apply starts it, whatever else there is to do; its checks are judged after the start."""
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[dword(KEY, "a", 1)], after=[running("IAS")])
    first = site.apply(site.plan(book))
    site.journal.record_stopping(first.id, "host", ["IAS"])
    state = site.state()
    ias = state.services.find("IAS")
    state.services.stop(ias)

    plan = site.plan(book)
    [left] = one(plan).outstanding
    assert (left.need, left.run, left.state) == ("IAS", first.id, "down")
    assert plan.exit_code == 3
    words = f"  pending start of IAS: run {first.id} stopped it, and it is not running"
    shown = text.report(plan).splitlines()
    assert words in shown
    assert (
        shown[-1] == "Plan: nothing to change, 1 compliant, 1 check failed, 1 service left stopped."
    )

    run = site.apply(plan, permit=NO_PERMIT)
    assert state.services.status(ias) == "running"
    assert [check.ok for check in one(run).after] == [True]
    assert site.plan(book).exit_code == 0


def test_a_service_that_was_removed_needs_no_start(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[dword(KEY, "a", 1)])
    first = site.apply(site.plan(book))
    site.journal.record_stopping(first.id, "host", ["Removed"])
    assert not one(site.plan(book)).outstanding
    assert site.apply(site.plan(book)).exit_code == 0
    assert site.journal.stopped_services("host") == []


def test_a_service_that_came_back_by_itself_is_left_alone(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    first = site.apply(site.plan(book))
    site.journal.record_stopping(first.id, "host", ["IAS"])
    run = site.apply(site.plan(book))
    assert not restarts(run)
    assert run.exit_code == 0
    assert site.journal.stopped_services("host") == []


def test_a_script_that_powershell_ends_while_starting_is_reported(make_site: MakeSite) -> None:
    def fails() -> None:
        raise ScriptFailure("Out of memory.", "OutOfMemoryException")

    site = make_site({"host": host(services=services("IAS"))})
    book = site.playbook(steps=[needing(["IAS"], "a")])
    first = site.apply(site.plan(book), permit=NO_PERMIT)
    site.journal.record_stopping(first.id, "host", ["IAS"])
    state = site.state()
    state.services.stop(state.services.find("IAS"))
    plan = site.plan(book)
    before(site, 2, fails)
    run = site.apply(plan)
    assert "it did not start: " in one(run).restarts[0].message
    assert site.journal.stopped_services("host") == ["IAS"]
