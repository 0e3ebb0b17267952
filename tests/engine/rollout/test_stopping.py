"""Changes whose Set stops services: with leave alone, without users, one host at a time."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any, cast

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.rollout.stopping import StoppingSets
from aovpn_remediate.lab.windows.roles import rras
from aovpn_remediate.results import Facts
from tests.engine.conftest import PATIENCE, MakeSite, Site

from .fleets import ruled

_PLAYBOOK = "rras-disable-unused-wan-usage"


def site_of(make_site: MakeSite, **sessions: int) -> Site:
    seeds = {name: rras(name, sessions=count) for name, count in sessions.items()}
    return make_site(seeds, groups={"rras": list(seeds)})


def errors(run: aovpn.Run) -> dict[str, str]:
    return {host.host: host.error or "" for host in run.hosts}


def limited(sessions: int) -> aovpn.Options:
    return aovpn.Options(patience=PATIENCE, drain=aovpn.Drain(most=sessions))


def test_nothing_is_set_without_leave_for_a_restart(make_site: MakeSite) -> None:
    site = site_of(make_site, r1=0)
    before = site.snapshots()
    run = site.apply(site.plan(_PLAYBOOK), permit=aovpn.Restart())
    assert errors(run) == {
        "r1": "the change stops RemoteAccess, RasMan: allow it (--allow-restart)"
    }
    assert {step.status for step in run.hosts[0].steps} == {"skipped"}
    assert site.snapshots() == before


def test_the_leave_is_asked_for_once_with_what_each_host_needs(make_site: MakeSite) -> None:
    site = site_of(make_site, r1=0, r2=0)
    asked: list[Any] = []

    def permit(needs: Any) -> aovpn.Restart:
        asked.append({host: str(need) for host, need in needs.items()})
        return aovpn.Restart(services=("any",))

    assert site.apply(site.plan(_PLAYBOOK), permit=permit).exit_code == 0
    assert asked == [{"r1": "restart RasMan", "r2": "restart RasMan"}]


def test_users_are_disconnected_only_as_far_as_the_run_allows(make_site: MakeSite) -> None:
    site = site_of(make_site, r1=7)
    plan, before = site.plan(_PLAYBOOK), site.snapshots()
    for options, most in ((aovpn.Options(patience=PATIENCE), 0), (limited(6), 6)):
        run = site.apply(plan, options=options)
        assert errors(run)["r1"] == (
            "the change stops RemoteAccess, RasMan, but 7 VPN users are connected, and at most "
            f"{most} may be disconnected (to disconnect more: --max-sessions)"
        )
        assert site.snapshots() == before
    assert site.apply(plan, options=limited(7)).exit_code == 0
    assert site.state("r1").users_disconnected == 7


def test_sessions_that_cannot_be_counted_are_too_many(make_site: MakeSite) -> None:
    site = site_of(make_site, r1=0)
    plan = site.plan(_PLAYBOOK)
    site.state("r1").quirks.unreadable = {"sessions": "RRAS did not answer."}
    said = errors(site.apply(plan))["r1"]
    assert "its VPN sessions could not be read (RRAS did not answer.)" in said


def test_a_host_that_has_to_serve_is_not_stopped(make_site: MakeSite) -> None:
    site = ruled(site_of(make_site, r1=0, r2=0), rras={"keep_serving": 1})
    plan = site.plan(_PLAYBOOK)
    service = site.state("r2").services.find("RemoteAccess")
    site.state("r2").services.stop(service)
    before = site.snapshots()
    run = site.apply(plan, limit="r1")
    assert errors(run)["r1"].startswith("not changed: ")
    assert site.snapshots()["r1"] == before["r1"]


def test_it_goes_there_and_back(make_site: MakeSite) -> None:
    site = site_of(make_site, r1=0)
    before = site.snapshots()
    run = site.apply(site.plan(_PLAYBOOK))
    assert [step.status for step in run.hosts[0].steps] == ["changed", "changed"]
    assert site.journal.stopped_services("r1") == []
    assert site.plan(_PLAYBOOK).exit_code == 0
    assert site.rollback(run.id, permit=aovpn.Restart()).exit_code != 0
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == before


def test_a_service_that_does_not_come_back_leaves_the_uses_as_they_were(
    make_site: MakeSite,
) -> None:
    site = site_of(make_site, r1=0)
    plan, before = site.plan(_PLAYBOOK), site.snapshots()["r1"]
    site.state("r1").quirks.refuses_restart = ("RasMan",)
    run = site.apply(plan)
    assert [step.status for step in run.hosts[0].steps] == ["failed", "skipped"]
    assert "The uses of the miniports are as before." in run.hosts[0].steps[0].message
    assert site.snapshots()["r1"]["answers"] == before["answers"]
    assert "RasMan" in site.journal.stopped_services("r1")


def _progress(**changes: Any) -> Any:
    return SimpleNamespace(
        changes=SimpleNamespace(stopped_by_sets=("RasMan",), **changes),
        journal=SimpleNamespace(record_running=lambda _: None),
        host_apply=SimpleNamespace(facts=Facts()),
    )


def test_one_host_of_a_run_has_its_turn_at_a_time() -> None:
    sets = StoppingSets(cast("Any", None), cast("Any", None), aovpn.Restart)
    entered, left = threading.Event(), threading.Event()

    def other() -> None:
        with sets.in_turn(_progress(), None):
            entered.set()
        left.set()

    with sets.in_turn(_progress(), None):
        thread = threading.Thread(target=other)
        thread.start()
        assert not entered.wait(0.2)
    thread.join(10)
    assert entered.is_set()
    assert left.is_set()


def test_a_host_without_such_changes_waits_for_nobody() -> None:
    sets = StoppingSets(cast("Any", None), cast("Any", None), aovpn.Restart)
    free = _progress()
    free.changes.stopped_by_sets = ()
    with sets.in_turn(_progress(), None), sets.in_turn(free, None) as guard:
        assert guard is None


@pytest.mark.parametrize("interfaces", [["Branch"], ["It's \u2019 $(x) *", "x" * 5000]])
def test_interfaces_that_may_use_it_need_a_person(
    make_site: MakeSite, interfaces: list[str]
) -> None:
    site = site_of(make_site, r1=0)
    for record in site.state("r1").answers["wan_miniport"]:
        record.answer["interfaces"] = interfaces
    plan = site.plan(_PLAYBOOK)
    assert [str(step.action) for step in plan.hosts[0].steps] == ["manual", "manual"]
    assert interfaces[0][:60] in plan.hosts[0].steps[0].reason
    site.apply(plan)
    assert site.windows.sets == []
