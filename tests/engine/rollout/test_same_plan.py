"""Runs of one plan belong together: what undoes all of them, and what does not belong to them."""

from __future__ import annotations

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.registry import Value
from aovpn_remediate.reports.next_steps import next_steps
from aovpn_remediate.results import Plan, Run
from tests.engine.conftest import MakeSite, Site, dword, statuses
from tests.engine.scenes import KEY, NO_PERMIT, dwords, host, needing, outages, restarts, value


def footer(run: Run) -> list[str]:
    """Return the commands after which all of a run is as it was."""
    return [step.command for step in next_steps(run) if step.sentence.startswith("To roll it back")]


def reboots(site: Site, *names: str) -> Plan:
    """Return a plan of a playbook whose changes need a reboot."""
    return site.plan(site.playbook(steps=[needing("reboot", name) for name in names or ("a",)]))


def rolled_back(site: Site) -> Run:
    """Return the rollback of the last run."""
    return site.rollback("last")


def test_the_same_plan_applied_again_for_its_restart(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    before = site.snapshots()
    plan_file.save(reboots(site), site.folder / "p.json")
    plan = plan_file.load(site.folder / "p.json")
    first = site.apply(plan, permit=NO_PERMIT)
    assert footer(first) == [f"aovpn-remediate rollback {first.id}"]
    second = site.apply(plan)
    assert (statuses(second), restarts(second)) == ({"host": ["unchanged"]}, {"reboot": "done"})
    assert second.follows == (first.id,)
    assert footer(second) == [f"aovpn-remediate rollback {second.id} {first.id}"]
    back = rolled_back(site)
    assert (statuses(back), back.of) == ({"host": ["changed"]}, (second.id, first.id))
    assert site.snapshots() == before


def test_a_plan_made_anew_that_only_shows_the_pending_restart(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = site.apply(reboots(site), permit=NO_PERMIT)
    second = site.apply(reboots(site))
    assert second.follows == (first.id,)
    assert statuses(rolled_back(site)) == {"host": ["changed"]}
    assert value(site, "a") is None


def test_the_pending_restart_of_another_playbook_is_not_of_this_plan(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    other = site.playbook("other", steps=[needing("reboot", "b")])
    site.apply(site.plan(other), permit=NO_PERMIT)
    second = site.apply(reboots(site), permit=NO_PERMIT)
    third = site.apply(reboots(site))
    assert third.follows == (second.id,)
    both = site.apply(site.plan(other, site.playbook(steps=[needing("reboot", "a")])))
    assert both.follows == ()
    rolled = site.rollback(third.id, second.id)
    assert statuses(rolled) == {"host": ["changed"]}
    assert value(site, "b") is not None


def test_a_run_that_changed_nothing_names_those_that_did(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = reboots(site)
    first = site.apply(plan, permit=NO_PERMIT)
    second = site.apply(plan)
    with pytest.raises(UsageError, match=f"use `rollback {second.id} {first.id}`"):
        site.rollback(second.id)


def test_hosts_one_after_another(make_site: MakeSite) -> None:
    site = make_site({"n1": host(), "n2": host()})
    before = site.snapshots()
    plan = reboots(site)
    first = site.apply(plan, limit="n1")
    second = site.apply(plan, limit="n2")
    assert second.follows == (first.id,)
    assert statuses(rolled_back(site)) == {"n1": ["changed"], "n2": ["changed"]}
    assert site.snapshots() == before


def test_a_resumed_run_is_one_with_those_before_it(make_site: MakeSite) -> None:
    site = make_site({"n1": host(), "n2": host()})
    before = site.snapshots()
    site.state("n1").quirks.does_not_hold = (f"{KEY}\\a",)
    options = aovpn.Options(serial=(aovpn.Share(count=1),))
    first = site.apply(reboots(site), options=options)
    assert first.stopped
    site.state("n1").quirks.does_not_hold = ()
    second = aovpn.resume(first.id, site.inventory, journal=site.journal, options=options)
    third = aovpn.resume(
        second.id, site.inventory, journal=site.journal, permit=aovpn.Restart(reboot=True)
    )
    assert third.exit_code == 0
    assert third.follows == (second.id,)  # the first has set nothing
    assert third.of == (second.id, first.id)
    rolled_back(site)
    assert site.snapshots() == before


def test_what_was_rolled_back_in_between_is_not_undone_again(make_site: MakeSite) -> None:
    site = make_site({"n1": host(), "n2": host()})
    before = site.snapshots()
    plan = reboots(site, "a", "b")
    first = site.apply(plan)
    site.rollback(first.id, limit="n1")
    again = site.apply(plan)
    assert again.follows == (first.id,)  # n2 is still as it left it
    back = rolled_back(site)
    assert statuses(back) == {"n1": ["changed"] * 2, "n2": ["changed"] * 2}
    assert site.snapshots() == before


def test_a_plan_that_was_rolled_back_whole_begins_anew(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    before = site.snapshots()
    plan = reboots(site)
    first = site.apply(plan)
    back = site.rollback(first.id)
    second = site.apply(plan)
    assert second.follows == ()
    assert footer(second) == [f"aovpn-remediate rollback {second.id}"]
    # Both together: the older one was taken back before the newer one was made.
    done = site.rollback(second.id, first.id)
    assert statuses(done) == {"host": ["changed"]}
    assert site.snapshots() == before
    site.rollback(done.id)
    site.rollback(back.id)
    assert value(site, "a") == Value("DWord", 1)


def test_a_rollback_that_was_rolled_back_counts_for_nothing(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    before = site.snapshots()
    plan = reboots(site)
    first = site.apply(plan)
    back = site.rollback(first.id)
    site.rollback(back.id)
    assert site.apply(plan).follows == (first.id,)
    rolled_back(site)
    assert site.snapshots() == before


def test_a_value_that_somebody_set_after_a_rollback_is_what_comes_back(
    make_site: MakeSite,
) -> None:
    site = make_site({"host": host()})
    first = site.apply(site.plan(site.playbook(steps=[dword(KEY, "a", 1)])))
    site.rollback(first.id)
    site.state().registry.set(KEY, "a", Value("DWord", 1))
    second = site.apply(site.plan(site.playbook(steps=[dword(KEY, "a", 2)])))
    site.rollback(second.id, first.id)
    assert value(site, "a") == Value("DWord", 1)


def test_two_plans_of_one_playbook_are_two(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    site.apply(site.plan(site.playbook(steps=dwords("a"))))
    second = site.apply(site.plan(site.playbook(steps=dwords("a", "b"))))
    assert second.follows == ()
    rolled_back(site)
    assert (value(site, "a"), value(site, "b")) == (Value("DWord", 1), None)
    assert outages(site) == []
