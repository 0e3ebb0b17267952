"""Hosts that do half of what they are told, or die of it."""

from __future__ import annotations

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.windows.model import HostSeed
from tests.engine.conftest import MakeSite, Site, dword, one, statuses
from tests.engine.scenes import before
from tests.engine.truth import assert_in_journal, assert_set_once, assert_true

KEY = r"HKLM\SOFTWARE\Test"
STEPS = [
    {**dword(KEY, "a", 1), "then": {"restart": ["IAS"]}},
    dword(rf"{KEY}\made", "b", 1, create_key=True),
    {"service": {"name": "RasMan", "startup": "automatic"}},
    dword(KEY, "d", 1),
]


def _site(make_site: MakeSite, **more: object) -> Site:
    seed = {
        "name": "HOST",
        "registry": {KEY: {"a": {"dword": 0}, "d": {"dword": 0}}},
        "services": {"IAS": {}, "RasMan": {"startup": "manual"}},
    }
    return make_site({"host": HostSeed.model_validate(seed)}, **more)


def _finish(site: Site, plan: aovpn.Plan, first: aovpn.Run) -> None:
    """The first run said what is true; a second one ends its work, and both are taken back."""
    assert_in_journal(site, first)
    assert_true(first, site.windows.sets)
    mark = len(site.windows.sets)
    second = site.apply(plan)
    assert_true(second, site.windows.sets[mark:])
    assert second.exit_code == 0
    playbook = plan.playbooks[0].path
    assert site.plan(playbook).exit_code == 0
    site.rollback(first.id, second.id)


def test_a_value_that_does_not_hold_stops_the_host(make_site: MakeSite) -> None:
    site = _site(make_site)
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=STEPS))
    site.state().quirks.does_not_hold = ("RasMan",)
    run = site.apply(plan)
    assert statuses(run) == {"host": ["changed", "changed", "not_held", "skipped"]}
    assert [(r.what, r.status) for r in one(run).restarts] == [("IAS", "outstanding")]
    assert site.windows.history == []
    site.state().quirks.does_not_hold = ()
    _finish(site, plan, run)
    assert site.snapshots() == original


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_set_that_fails_half_way_is_taken_back_whole(make_site: MakeSite, step: int) -> None:
    site = _site(make_site)
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=STEPS))
    things = (rf"{KEY}\a", rf"{KEY}\made\b", "RasMan", rf"{KEY}\d")
    site.state().quirks.half_done = (things[step],)
    run = site.apply(plan)
    assert statuses(run) == {"host": ["changed"] * step + ["failed"] + ["skipped"] * (3 - step)}
    assert "Access is denied." in one(run).steps[step].message
    assert_true(run, site.windows.sets)
    site.state().quirks.half_done = ()
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_set_that_fails_half_way_is_finished_by_the_next_run(
    make_site: MakeSite, step: int
) -> None:
    site = _site(make_site)
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=STEPS))
    things = (rf"{KEY}\a", rf"{KEY}\made\b", "RasMan", rf"{KEY}\d")
    site.state().quirks.half_done = (things[step],)
    run = site.apply(plan)
    site.state().quirks.half_done = ()
    _finish(site, plan, run)
    assert site.snapshots() == original


@pytest.mark.parametrize("step", [0, 1, 2, 3])
def test_a_connection_that_dies_in_a_set_is_taken_up_to_read(
    make_site: MakeSite, step: int
) -> None:
    site = _site(make_site)
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=STEPS))
    site.state().quirks.dies_after = step + 1
    run = site.apply(plan)
    site.state().quirks.dies_after = None
    assert statuses(run) == {"host": ["changed"] * (step + 1) + ["failed"] * (3 - step)}
    assert one(run).error
    assert [(r.what, r.status) for r in one(run).restarts] == [("IAS", "outstanding")]
    assert_true(run, site.windows.sets)
    _finish(site, plan, run)
    assert site.snapshots() == original


def test_what_cannot_be_read_any_more_is_not_set(make_site: MakeSite) -> None:
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=STEPS))
    site.state().quirks.unreadable = {"service": "Access is denied."}
    run = site.apply(plan)
    assert statuses(run) == {"host": ["skipped", "skipped", "unreadable", "skipped"]}
    assert site.windows.sets == []
    site.state().quirks.unreadable = {}
    _finish(site, plan, run)


def test_what_cannot_be_read_at_the_last_moment_is_not_set(make_site: MakeSite) -> None:
    site = _site(make_site)
    plan = site.plan(site.playbook(steps=STEPS))

    def forbid() -> None:
        site.state().quirks.unreadable = {"service": "Access is denied."}

    before(site, 2, forbid)
    run = site.apply(plan)
    assert statuses(run) == {"host": ["changed", "changed", "failed", "skipped"]}
    site.state().quirks.unreadable = {}
    _finish(site, plan, run)


def test_counts_that_disturb_the_policy_do_not_pass_for_changed(make_site: MakeSite) -> None:
    policy = {"EncryptionType": "1", "SALifeTimeSeconds": "300"}
    seed = {"name": "HOST", "services": {"RemoteAccess": {}}, "vpn": {"policy": policy}}
    site = make_site({"host": HostSeed.model_validate(seed)})
    plan = site.plan(site.playbook(steps=[{"vpn_server_ports": {"ikev2": 100}}]))
    site.state().quirks.disturbs = {"vpn_server_ports": {"policy": {"EncryptionType": "4"}}}
    run = site.apply(plan)
    assert statuses(run) == {"host": ["not_held"]}
    assert_true(run, site.windows.sets)
    back = site.rollback(run.id)
    assert statuses(back) == {"host": ["not_held"]}, "the policy cannot be put back"
    assert site.state().answers["vpn_server_ports"][0].answer["ikev2"] == 128


def test_a_set_that_takes_too_long_is_stopped_and_read(make_site: MakeSite) -> None:
    site = _site(make_site, connection={"deadline": 1})
    original = site.snapshots()
    plan = site.plan(site.playbook(steps=STEPS))
    site.state().quirks.slow = 0.4
    run = site.apply(plan)
    site.state().quirks.slow = 0.0
    assert one(run).seconds < 3
    assert "1 s" in one(run).error
    assert "unknown" not in statuses(run)["host"]
    assert statuses(run)["host"].count("changed") in (2, 3)
    assert_set_once(site.windows.sets)
    _finish(site, plan, run)
    assert_set_once(site.windows.sets[: -len(STEPS)])
    assert site.snapshots() == original
