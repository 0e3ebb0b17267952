"""Unconfirmed runs: every host rolls back, even if the controller is gone."""

from __future__ import annotations

import pytest

from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import dword, one, statuses
from tests.engine.scenes import KEY, does, host, needing, outages, services, sets, value

from .conftest import (
    WITHIN,
    MakeSite,
    apply_unconfirmed,
    confirm_run,
    rollbacks_on,
    statuses_of,
    two_hosts,
)


def test_a_run_reports_the_deadline_for_its_confirmation(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    now = site.state().now
    run = apply_unconfirmed(site)
    confirm = one(run).confirm
    assert run.exit_code == 0
    assert (confirm.run, confirm.status) == (run.id, "waiting")
    until = site.state().tasks.waiting[run.id].at
    assert confirm.until == f"{until:%Y-%m-%dT%H:%M:%SZ}"
    assert WITHIN - 1 <= (until - now).total_seconds() <= WITHIN + 10


def test_every_host_rolls_back_without_the_controller(make_site: MakeSite) -> None:
    site = make_site(two_hosts(registry={KEY: {"b": {"string": "old"}}}))
    before = site.snapshots()
    run = apply_unconfirmed(site)
    assert site.snapshots() != before
    requests = len(site.lab.requests)
    site.windows.let_time_pass(WITHIN - 60)
    assert value(site, "a") == Value("DWord", 1)
    site.windows.let_time_pass(60)
    assert site.snapshots() == before
    assert len(site.lab.requests) == requests
    found = confirm_run(site)
    assert (found.exit_code, statuses_of(found)) == (1, {"one": "undone", "two": "undone"})
    assert rollbacks_on(site) == {"one": [], "two": []}
    assert statuses_of(confirm_run(site, run.id)) == {"one": "undone", "two": "undone"}


def test_a_rollback_that_failed_is_not_taken_for_a_confirmation(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"rollback_result": 2})})
    run = apply_unconfirmed(site)
    site.windows.let_time_pass(WITHIN)
    set_by_run = site.snapshots()
    found = confirm_run(site)
    [outcome] = found.hosts
    assert (found.exit_code, outcome.confirm.status) == (1, "failed")
    assert outcome.confirm.message == (
        "not confirmed in time, and its automatic rollback failed: nothing was rolled back "
        f"(its scheduled task ended with 2, 0x2): use `verify {run.id}`, then `rollback {run.id}`"
    )
    assert rollbacks_on(site) == {"host": []}
    assert site.snapshots() == set_by_run
    [again] = confirm_run(site, run.id).hosts
    assert again.confirm.status == "failed"
    assert "its automatic rollback failed" in again.confirm.message


def test_created_keys_are_removed_as_well(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    before = site.snapshots()
    apply_unconfirmed(site, dword(f"{KEY}\\new\\deep", "a", 1), dword(f"{KEY}\\new", "b", 2))
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before


def test_the_last_step_is_rolled_back_first(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    apply_unconfirmed(site)
    set_before = len(site.windows.sets)
    site.windows.let_time_pass(WITHIN)
    assert [done.step for done in site.windows.sets[set_before:]] == [
        "test/s2",
        "test/s1",
        "test/s0",
    ]


def test_only_steps_that_differ_from_before_are_set(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"a": {"dword": 7}}})})
    before = site.snapshots()
    apply_unconfirmed(site)
    sets(site, "a", 7)()  # somebody has set it back by hand
    sets(site, "b", 9)()  # and somebody else has made it something else
    done = len(site.windows.sets)
    site.windows.let_time_pass(WITHIN)
    assert [each.step for each in site.windows.sets[done:]] == ["test/s2", "test/s1"]
    assert site.snapshots() == before


def test_services_of_rolled_back_steps_are_restarted_once(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host(services=services("RasMan", "RemoteAccess", "IAS"))})
    apply_unconfirmed(
        site,
        needing(["RemoteAccess"], "a"),
        needing(["RasMan", "remoteaccess"], "b"),
        needing(["IAS"], "c"),
    )
    site.state().registry.remove(KEY, "c")
    down = len(outages(site))
    site.windows.let_time_pass(WITHIN)
    assert outages(site)[down:] == [("host", "RemoteAccess"), ("host", "RasMan")]


def test_a_reboot_replaces_all_service_restarts(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    before = site.snapshots()
    run = apply_unconfirmed(site, needing(["IAS"], "a"), needing("reboot", "b"))
    assert outages(site) == [("host", "reboot")]
    site.windows.let_time_pass(WITHIN)
    assert outages(site) == [("host", "reboot"), ("host", "reboot")]
    site.windows.let_time_pass(60)
    assert site.snapshots() == before
    assert statuses_of(confirm_run(site, run.id)) == {"host": "undone"}


def test_nothing_is_restarted_where_nothing_was_rolled_back(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    apply_unconfirmed(site, needing(["IAS"], "a"))
    site.state().registry.remove(KEY, "a")
    down = len(outages(site))
    site.windows.let_time_pass(WITHIN)
    assert outages(site)[down:] == []


def test_a_service_that_stays_stopped_is_started(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    run = apply_unconfirmed(site, needing(["IAS"], "a"))
    does(site, refuses_restart=("IAS",))()
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots()["host"]["services"] == {"IAS": "running"}
    [found] = confirm_run(site, run.id).hosts
    assert found.confirm.status == "undone"
    assert "IAS: IAS was started, but has stopped again" in found.confirm.problems[0]


def test_a_host_that_was_down_rolls_back_late(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"reboot_seconds": 2 * WITHIN})})
    before = site.snapshots()
    apply_unconfirmed(site)
    site.state().reboot()
    site.windows.let_time_pass(1.5 * WITHIN)
    assert site.snapshots() != before
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before


def test_the_schedule_survives_a_reboot(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    before = site.snapshots()
    apply_unconfirmed(site)
    site.state().reboot()
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before


def test_a_host_that_became_unreachable_rolls_back(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"cuts_off": [f"{KEY}\\b"]})}, clean=False)
    before = site.snapshots()
    run = apply_unconfirmed(site)
    assert statuses(run)["host"][1:] == ["unknown", "unknown"]
    assert value(site, "b") == Value("DWord", 1)
    assert (run.exit_code, one(run).confirm.status) == (1, "waiting")
    found = confirm_run(site, run.id).hosts[0].confirm
    assert found.status == "unreached"
    assert found.message.startswith(f"unreachable, and rolls back automatically at {found.until}: ")
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before
    assert statuses_of(confirm_run(site, run.id)) == {"host": "undone"}


@pytest.mark.parametrize("broken", ["does_not_hold", "half_done"])
def test_a_step_that_fails_to_roll_back_does_not_stop_the_others(
    make_site: MakeSite, broken: str
) -> None:
    site = make_site({"host": host()})
    run = apply_unconfirmed(site)
    setattr(site.state().quirks, broken, (f"{KEY}\\b",))
    site.windows.let_time_pass(WITHIN)
    assert [value(site, name) for name in ("a", "c")] == [None, None]
    found = confirm_run(site, run.id).hosts[0].confirm
    assert (found.status, len(found.problems)) == ("undone", 1)
    assert found.problems[0].startswith("test/s1: ")
    assert found.message.endswith(", but not completely")


def test_a_run_that_failed_half_way_rolls_back_as_well(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"does_not_hold": [f"{KEY}\\b"]})})
    before = site.snapshots()
    run = apply_unconfirmed(site)
    assert statuses(run) == {"host": ["changed", "not_held", "skipped"]}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before
    assert statuses_of(confirm_run(site, run.id)) == {"host": "undone"}
