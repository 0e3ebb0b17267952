"""Apply sets nothing where the host has moved since the plan, or since it was read."""

from __future__ import annotations

import pytest

from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import MakeSite, dword, one, statuses
from tests.engine.scenes import (
    IMPATIENT,
    KEY,
    applied,
    before,
    does,
    dwords,
    host,
    restarts,
    service,
    sets,
    value,
)

READ, SET = 1, 2
"""The pipelines of an apply, counted on each host."""


def test_set_by_somebody_between_plan_and_apply(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    steps = [{**dword(KEY, "a", 1), "then": "reboot"}, dword(KEY, "b", 1)]
    plan = site.plan(site.playbook(steps=steps))
    sets(site, "a", 1)()
    run, found = applied(site, plan)
    assert found == {"s0": "unchanged", "s1": "changed"}
    assert not restarts(run), "what we did not change needs no restart"
    assert run.exit_code == 0


@pytest.mark.parametrize("place", range(4))
def test_set_by_somebody_between_reading_and_setting(make_site: MakeSite, place: int) -> None:
    """The guard refuses what is as wanted by now, and what it held up is set all the same."""
    site = make_site({"host": host()})
    names = ("a", "b", "c", "d")
    book = site.playbook(steps=dwords(*names))
    plan = site.plan(book)
    before(site, SET, sets(site, names[place], 1))
    run, found = applied(site, plan)
    expected = {f"s{n}": "unchanged" if n == place else "changed" for n in range(4)}
    assert found == expected
    assert run.exit_code == 0
    assert [record.step for record in site.windows.sets] == [
        f"test/s{n}" for n in range(4) if n != place
    ]
    assert site.plan(book).exit_code == 0


def test_several_are_set_by_somebody_one_after_the_other(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=dwords("a", "b", "c", "d")))
    before(site, SET, sets(site, "a", 1))
    before(site, SET + 1, sets(site, "c", 1))
    _, found = applied(site, plan)
    assert found == {"s0": "unchanged", "s1": "changed", "s2": "unchanged", "s3": "changed"}


def test_stale_sets_nothing_on_that_host_and_others_go_on(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    plan = site.plan(site.playbook(steps=dwords("x", "y", "z")))
    sets(site, "y", 7, on="a")()
    left = site.snapshots()["a"]
    run = site.apply(plan)
    assert statuses(run) == {"a": ["skipped", "stale", "skipped"], "b": ["changed"] * 3}
    assert site.snapshots()["a"] == left
    stale = run.hosts[0].steps[1]
    assert (stale.planned_text, stale.before_text, stale.goal_text) == (
        "absent",
        "dword 7",
        "dword 1",
    )
    assert (run.exit_code, run.hosts[0].touched) == (1, False)


def test_compliant_in_the_plan_and_not_any_more_is_stale(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"right": {"dword": 1}}})})
    plan = site.plan(site.playbook(steps=dwords("right", "other")))
    sets(site, "right", 0)()
    run, found = applied(site, plan)
    assert found == {"s0": "stale", "s1": "skipped"}
    assert run.exit_code == 1
    assert not site.windows.sets


def test_a_step_for_a_person_that_has_moved_is_stale(make_site: MakeSite) -> None:
    """A plan of today would set it, but nobody has seen such a plan."""
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=[dword(f"{KEY}\\Not", "there", 1), *dwords("a")]))
    site.state().registry.set(f"{KEY}\\Not", "there", Value("DWord", 7))
    assert applied(site, plan)[1] == {"s0": "stale", "s1": "skipped"}
    assert not site.windows.sets


def test_stale_between_reading_and_setting_ends_the_changes(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=dwords("a", "b", "c")))
    before(site, SET, sets(site, "b", 7))
    run, found = applied(site, plan)
    assert found == {"s0": "changed", "s1": "stale", "s2": "skipped"}
    assert run.exit_code == 1
    assert (value(site, "b"), value(site, "c")) == (Value("DWord", 7), None)


@pytest.mark.parametrize("again", [False, True], ids=["at apply", "in the plan already"])
def test_unreadable_sets_nothing_on_that_host(make_site: MakeSite, *, again: bool) -> None:
    site = make_site({"host": host(services={"Fax": service()})})
    steps = [*dwords("a"), {"service": {"name": "Fax", "startup": "manual"}}]
    denied = does(site, unreadable={"service": "Access is denied."})
    readable = does(site, unreadable={})
    if again:
        denied()
    plan = site.plan(site.playbook(steps=steps))
    (readable if again else denied)()
    run, found = applied(site, plan)
    assert found == {"s0": "skipped", "s1": "stale" if again else "unreadable"}
    assert run.exit_code == 1
    assert not site.windows.sets


@pytest.mark.parametrize(("data", "status"), [(None, "stale"), (0, "stale"), (1, "unchanged")])
def test_a_step_that_the_plan_could_not_read_is_not_set(
    make_site: MakeSite, data: int | None, status: str
) -> None:
    site = make_site({"host": host()})
    site.state().quirks.unreadable = {"registry_value": "Access is denied."}
    plan = site.plan(site.playbook(steps=dwords("a")))
    site.state().quirks.unreadable = {}
    if data is not None:
        sets(site, "a", data)()
    run, found = applied(site, plan)
    assert found == {"s0": status}
    assert run.exit_code == (0 if status == "unchanged" else 1)
    assert not site.windows.sets


def test_group_policy_that_decides_by_now_is_not_fought(make_site: MakeSite) -> None:
    site = make_site({"host": host(accounts={"svc": "S-1-5-21-1-1107"})})
    right = {"user_right": {"right": "SeServiceLogonRight", "accounts": ["svc"]}}
    plan = site.plan(site.playbook(steps=[right]))
    policy = {"SeServiceLogonRight": {"name": "Servers", "accounts": []}}
    seed = host(group_policy={"rights": policy})
    site.state().policy = seed.group_policy
    run, found = applied(site, plan)
    assert found == {"s0": "stale"}
    assert "group policy 'Servers' decides this right" in one(run).steps[0].message
    assert not site.windows.sets


def test_a_before_check_that_fails_by_now_excludes_its_playbook(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(), "Fax": service()})})
    checked = site.playbook(
        "checked",
        before=[{"service": {"name": "IAS", "status": "running"}}],
        steps=dwords("a"),
        after=[{"service": {"name": "IAS", "status": "running"}}],
    )
    other = site.playbook(
        "other",
        steps=[{**dword(KEY, "b", 1), "then": {"restart": ["Fax"]}}],
        after=[{"service": {"name": "Fax", "status": "running"}}],
    )
    plan = site.plan(checked, other)
    site.state().services.stop(site.state().services.find("IAS"))
    run = site.apply(plan, options=IMPATIENT)
    assert [(s.id, s.status) for s in one(run).steps] == [
        ("checked/s0", "skipped"),
        ("other/s0", "changed"),
    ]
    assert value(site, "a") is None
    assert restarts(run) == {"Fax": "done"}
    assert run.exit_code == 1
    assert [(c.id, c.ok) for c in one(run).after] == [("other/after[0]", True)]


def test_a_host_that_the_plan_could_not_read_is_a_failure(make_site: MakeSite) -> None:
    site = make_site({"a": host(quirks={"reboot_seconds": 0}), "b": host()})
    site.state("a").quirks.never_returns = True
    site.state("a").reboot()
    plan = site.plan(site.playbook(steps=dwords("x")))
    assert [h.error is None for h in plan.hosts] == [False, True]
    site.state("a").down_until = site.state("a").lab_time
    run = site.apply(plan)
    assert run.exit_code == 1
    assert "plan" in (run.hosts[0].error or "")
    assert statuses(run) == {"a": [], "b": ["changed"]}
    assert site.plan(site.playbook(steps=dwords("x")), limit="a").exit_code == 3
