"""Nobody confirms: every host sets itself back, whatever has become of the one who changed it."""

from __future__ import annotations

import pytest

from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import dword, one, statuses
from tests.engine.scenes import KEY, does, host, needing, outages, services, sets, value

from .conftest import WITHIN, MakeSite, armed, keep, left, said, two_hosts


def test_a_run_says_until_when_it_has_to_be_confirmed(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    now = site.state().now
    run = armed(site)
    confirm = one(run).confirm
    assert run.exit_code == 0
    assert (confirm.run, confirm.status) == (run.id, "waiting")
    until = site.state().tasks.waiting[run.id].at
    assert confirm.until == f"{until:%Y-%m-%dT%H:%M:%SZ}"
    assert WITHIN - 1 <= (until - now).total_seconds() <= WITHIN + 10


def test_every_host_is_as_before_without_the_controller(make_site: MakeSite) -> None:
    site = make_site(two_hosts(registry={KEY: {"b": {"string": "old"}}}))
    before = site.snapshots()
    run = armed(site)
    assert site.snapshots() != before
    requests = len(site.lab.requests)
    site.windows.let_time_pass(WITHIN - 60)
    assert value(site, "a") == Value("DWord", 1)
    site.windows.let_time_pass(60)
    assert site.snapshots() == before
    assert len(site.lab.requests) == requests
    found = keep(site)
    assert (found.exit_code, said(found)) == (1, {"one": "undone", "two": "undone"})
    assert left(site) == {"one": [], "two": []}
    assert said(keep(site, run.id)) == {"one": "undone", "two": "undone"}


def test_the_keys_that_were_made_go_as_well(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    before = site.snapshots()
    armed(site, dword(f"{KEY}\\new\\deep", "a", 1), dword(f"{KEY}\\new", "b", 2))
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before


def test_the_last_step_goes_first(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    armed(site)
    set_before = len(site.windows.sets)
    site.windows.let_time_pass(WITHIN)
    assert [done.step for done in site.windows.sets[set_before:]] == [
        "test/s2",
        "test/s1",
        "test/s0",
    ]


def test_only_what_differs_from_before_is_set(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"a": {"dword": 7}}})})
    before = site.snapshots()
    armed(site)
    sets(site, "a", 7)()  # somebody has set it back by hand
    sets(site, "b", 9)()  # and somebody else has made it something else
    done = len(site.windows.sets)
    site.windows.let_time_pass(WITHIN)
    assert [each.step for each in site.windows.sets[done:]] == ["test/s2", "test/s1"]
    assert site.snapshots() == before


def test_services_are_restarted_once_and_only_those_of_what_was_set_back(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host(services=services("RasMan", "RemoteAccess", "IAS"))})
    armed(
        site,
        needing(["RemoteAccess"], "a"),
        needing(["RasMan", "remoteaccess"], "b"),
        needing(["IAS"], "c"),
    )
    site.state().registry.remove(KEY, "c")
    down = len(outages(site))
    site.windows.let_time_pass(WITHIN)
    assert outages(site)[down:] == [("host", "RemoteAccess"), ("host", "RasMan")]


def test_a_reboot_is_done_instead_of_all(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    before = site.snapshots()
    run = armed(site, needing(["IAS"], "a"), needing("reboot", "b"))
    assert outages(site) == [("host", "reboot")]
    site.windows.let_time_pass(WITHIN)
    assert outages(site) == [("host", "reboot"), ("host", "reboot")]
    site.windows.let_time_pass(60)
    assert site.snapshots() == before
    assert said(keep(site, run.id)) == {"host": "undone"}


def test_nothing_is_restarted_where_nothing_was_set_back(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    armed(site, needing(["IAS"], "a"))
    site.state().registry.remove(KEY, "a")
    down = len(outages(site))
    site.windows.let_time_pass(WITHIN)
    assert outages(site)[down:] == []


def test_a_service_that_does_not_come_back_is_started(make_site: MakeSite) -> None:
    site = make_site({"host": host(services=services("IAS"))})
    run = armed(site, needing(["IAS"], "a"))
    does(site, refuses_restart=("IAS",))()
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots()["host"]["services"] == {"IAS": "running"}
    [found] = keep(site, run.id).hosts
    assert found.confirm.status == "undone"
    assert "IAS: Service 'IAS (IAS)' cannot be started" in found.confirm.problems[0]


def test_a_host_that_was_down_is_late(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"reboot_seconds": 2 * WITHIN})})
    before = site.snapshots()
    armed(site)
    site.state().reboot()
    site.windows.let_time_pass(1.5 * WITHIN)
    assert site.snapshots() != before
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before


def test_it_outlives_a_reboot(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    before = site.snapshots()
    armed(site)
    site.state().reboot()
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before


def test_a_host_that_cut_itself_off_comes_back(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"cuts_off": [f"{KEY}\\b"]})}, clean=False)
    before = site.snapshots()
    run = armed(site)
    assert statuses(run)["host"][1:] == ["unknown", "unknown"]
    assert value(site, "b") == Value("DWord", 1)
    assert (run.exit_code, one(run).confirm.status) == (1, "waiting")
    found = keep(site, run.id).hosts[0].confirm
    assert found.status == "unreached"
    assert found.message.startswith(f"unreachable, and rolls back automatically at {found.until}: ")
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before
    assert said(keep(site, run.id)) == {"host": "undone"}


@pytest.mark.parametrize("broken", ["does_not_hold", "half_done"])
def test_a_step_that_cannot_be_set_back_keeps_no_other(make_site: MakeSite, broken: str) -> None:
    site = make_site({"host": host()})
    run = armed(site)
    setattr(site.state().quirks, broken, (f"{KEY}\\b",))
    site.windows.let_time_pass(WITHIN)
    assert [value(site, name) for name in ("a", "c")] == [None, None]
    found = keep(site, run.id).hosts[0].confirm
    assert (found.status, len(found.problems)) == ("undone", 1)
    assert found.problems[0].startswith("test/s1: ")
    assert found.message.endswith(", but not completely")


def test_a_run_that_ended_half_way_goes_back_as_well(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"does_not_hold": [f"{KEY}\\b"]})})
    before = site.snapshots()
    run = armed(site)
    assert statuses(run) == {"host": ["changed", "not_held", "skipped"]}
    site.windows.let_time_pass(WITHIN)
    assert site.snapshots() == before
    assert said(keep(site, run.id)) == {"host": "undone"}
