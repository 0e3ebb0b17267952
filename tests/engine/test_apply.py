"""Apply does what the plan showed, and nothing where the host has moved since."""

from __future__ import annotations

from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.lab.windows.registry import Value

from .conftest import MakeSite, Site, dword, one, statuses
from .scenes import (
    IMPATIENT,
    KEY,
    NO_PERMIT,
    altered,
    before,
    does,
    host,
    outages,
    restarts,
    service,
    sets,
    value,
)

READ, SET = 1, 2
"""The pipelines of an apply, counted on each host."""


def _dwords(*names: str, data: int = 1) -> list[dict[str, Any]]:
    return [dword(KEY, name, data) for name in names]


def _applied(site: Site, plan: aovpn.Plan, **more: Any) -> tuple[aovpn.Run, dict[str, str]]:
    """The run of one host, and what became of its steps by their ids without the playbook."""
    run = site.apply(plan, **more)
    return run, {step.id.partition("/")[2]: step.status for step in one(run).steps}


# What the plan showed


def test_exactly_what_the_plan_showed(make_site: MakeSite) -> None:
    site = make_site(
        {
            "host": host(
                registry={KEY: {"b": {"dword": 7}, "c": {"dword": 1}, "other": {"string": "x"}}},
                services={"Fax": service(), "IAS": service()},
                accounts={"svc": "S-1-5-21-1-1107"},
                rights={"SeServiceLogonRight": ("S-1-5-80-0",)},
                vpn={},
            )
        }
    )
    steps = [
        *_dwords("a", "b", "c"),
        {"service": {"name": "Fax", "startup": "disabled", "status": "stopped"}},
        {"user_right": {"right": "SeServiceLogonRight", "accounts": ["svc"]}},
        {"vpn_server_ports": {"sstp": 5}},
    ]
    book = site.playbook(steps=steps)
    plan = site.plan(book)
    expected = site.windows.snapshot(site.address())
    run, found = _applied(site, plan, permit=NO_PERMIT)
    assert list(found.values()) == ["changed", "changed", "unchanged", *["changed"] * 3]
    for planned, done in zip(one(plan).steps, one(run).steps, strict=True):
        assert (done.planned, done.before) == (planned.before, planned.before)
        assert done.goal == planned.after
        if done.status == "changed":
            assert (done.after, done.after_text) == (planned.after, planned.after_text)
            assert done.time is not None
    values = expected["registry"][r"hkey_local_machine\software\test"]
    values |= {"a": ("DWord", 1), "b": ("DWord", 1)}
    expected["services"]["Fax"] = "stopped"
    start = expected["registry"][r"hkey_local_machine\system\currentcontrolset\services\fax"]
    start["start"] = ("DWord", 4)
    expected["rights"]["SeServiceLogonRight"] = ["S-1-5-21-1-1107", "S-1-5-80-0"]
    expected["vpn"]["ports"]["sstp"] = 5
    assert site.windows.snapshot(site.address()) == expected
    again = site.plan(book)
    assert [step.action for step in one(again).steps] == ["none"] * 6


def test_apply_twice_is_apply_once(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    book = site.playbook(steps=_dwords("a", "b"))
    plan = site.plan(book)
    assert site.apply(plan).exit_code == 0
    assert site.plan(book).exit_code == 0
    after = site.snapshots()
    run, found = _applied(site, plan)
    assert found == {"s0": "unchanged", "s1": "unchanged"}
    assert (run.exit_code, one(run).touched) == (0, False)
    assert site.snapshots() == after
    assert len(site.windows.sets) == 2


def test_values_below_one_missing_key(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    keys = [f"{KEY}\\New", f"{KEY}\\New", f"{KEY}\\New\\Deeper", f"{KEY}\\new\\deeper\\still"]
    steps = [dword(key, f"v{n}", n, create_key=True) for n, key in enumerate(keys)]
    book = site.playbook(steps=steps)
    run, found = _applied(site, site.plan(book))
    assert set(found.values()) == {"changed"}
    assert run.exit_code == 0
    assert site.plan(book).exit_code == 0


def test_what_a_person_has_to_do_stays_so(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    steps = [*_dwords("a"), dword(f"{KEY}\\Not", "there", 1), {"os_build": {"at_least": 99999}}]
    run, found = _applied(site, site.plan(site.playbook(steps=steps)))
    assert list(found.values()) == ["changed", "manual", "manual"]
    assert run.exit_code == 3
    assert "is missing and is not made" in one(run).steps[1].message
    assert one(run).steps[2].message == "install the Windows updates"
    assert len(site.windows.sets) == 1


def test_a_rule_is_content_with_more_than_its_goal(make_site: MakeSite) -> None:
    """At least 5 was planned as 5; somebody has made it 9 meanwhile, which is as wanted."""
    site = make_site({"host": host()})
    fields = {"key": KEY, "name": "x", "type": "dword", "at_least": 5}
    plan = site.plan(site.playbook(steps=[{"registry_value": fields}]))
    sets(site, "x", 9)()
    assert _applied(site, plan)[1] == {"s0": "unchanged"}
    assert value(site, "x") == Value("DWord", 9)


# What has moved since


def test_set_by_somebody_between_plan_and_apply(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    steps = [{**dword(KEY, "a", 1), "then": "reboot"}, dword(KEY, "b", 1)]
    plan = site.plan(site.playbook(steps=steps))
    sets(site, "a", 1)()
    run, found = _applied(site, plan)
    assert found == {"s0": "unchanged", "s1": "changed"}
    assert not restarts(run), "what we did not change needs no restart"
    assert run.exit_code == 0


@pytest.mark.parametrize("place", range(4))
def test_set_by_somebody_between_reading_and_setting(make_site: MakeSite, place: int) -> None:
    """The guard refuses what is as wanted by now, and what it held up is set all the same."""
    site = make_site({"host": host()})
    names = ("a", "b", "c", "d")
    book = site.playbook(steps=_dwords(*names))
    plan = site.plan(book)
    before(site, SET, sets(site, names[place], 1))
    run, found = _applied(site, plan)
    expected = {f"s{n}": "unchanged" if n == place else "changed" for n in range(4)}
    assert found == expected
    assert run.exit_code == 0
    assert [record.step for record in site.windows.sets] == [
        f"test/s{n}" for n in range(4) if n != place
    ]
    assert site.plan(book).exit_code == 0


def test_several_are_set_by_somebody_one_after_the_other(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=_dwords("a", "b", "c", "d")))
    before(site, SET, sets(site, "a", 1))
    before(site, SET + 1, sets(site, "c", 1))
    _, found = _applied(site, plan)
    assert found == {"s0": "unchanged", "s1": "changed", "s2": "unchanged", "s3": "changed"}


def test_stale_sets_nothing_on_that_host_and_others_go_on(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    plan = site.plan(site.playbook(steps=_dwords("x", "y", "z")))
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


def test_as_wanted_in_the_plan_and_not_any_more_is_stale(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"right": {"dword": 1}}})})
    plan = site.plan(site.playbook(steps=_dwords("right", "other")))
    sets(site, "right", 0)()
    run, found = _applied(site, plan)
    assert found == {"s0": "stale", "s1": "skipped"}
    assert run.exit_code == 1
    assert not site.windows.sets


def test_a_step_for_a_person_that_has_moved_is_stale(make_site: MakeSite) -> None:
    """It would be set today, but nobody has seen that in a plan."""
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=[dword(f"{KEY}\\Not", "there", 1), *_dwords("a")]))
    site.state().registry.set(f"{KEY}\\Not", "there", Value("DWord", 7))
    assert _applied(site, plan)[1] == {"s0": "stale", "s1": "skipped"}
    assert not site.windows.sets


def test_stale_between_reading_and_setting_ends_the_changes(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=_dwords("a", "b", "c")))
    before(site, SET, sets(site, "b", 7))
    run, found = _applied(site, plan)
    assert found == {"s0": "changed", "s1": "stale", "s2": "skipped"}
    assert run.exit_code == 1
    assert (value(site, "b"), value(site, "c")) == (Value("DWord", 7), None)


@pytest.mark.parametrize("again", [False, True], ids=["at apply", "in the plan already"])
def test_unreadable_sets_nothing_on_that_host(make_site: MakeSite, *, again: bool) -> None:
    site = make_site({"host": host(services={"Fax": service()})})
    steps = [*_dwords("a"), {"service": {"name": "Fax", "startup": "manual"}}]
    denied = does(site, unreadable={"service": "Access is denied."})
    readable = does(site, unreadable={})
    if again:
        denied()
    plan = site.plan(site.playbook(steps=steps))
    (readable if again else denied)()
    run, found = _applied(site, plan)
    assert found == {"s0": "skipped", "s1": "stale" if again else "unreadable"}
    assert run.exit_code == 1
    assert not site.windows.sets


def test_group_policy_that_decides_by_now_is_not_fought(make_site: MakeSite) -> None:
    site = make_site({"host": host(accounts={"svc": "S-1-5-21-1-1107"})})
    right = {"user_right": {"right": "SeServiceLogonRight", "accounts": ["svc"]}}
    plan = site.plan(site.playbook(steps=[right]))
    policy = {"SeServiceLogonRight": {"name": "Servers", "accounts": []}}
    seed = host(group_policy={"rights": policy})
    site.state().policy = seed.group_policy
    run, found = _applied(site, plan)
    assert found == {"s0": "stale"}
    assert "group policy 'Servers' decides this right" in one(run).steps[0].message
    assert not site.windows.sets


def test_a_before_check_that_fails_by_now_keeps_its_playbook_off(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(), "Fax": service()})})
    checked = site.playbook(
        "checked",
        before=[{"service": {"name": "IAS", "status": "running"}}],
        steps=_dwords("a"),
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


def test_a_host_that_the_plan_could_not_read_is_no_success(make_site: MakeSite) -> None:
    site = make_site({"a": host(quirks={"reboot_seconds": 0}), "b": host()})
    site.state("a").quirks.never_returns = True
    site.state("a").reboot()
    plan = site.plan(site.playbook(steps=_dwords("x")))
    assert [h.error is None for h in plan.hosts] == [False, True]
    site.state("a").down_until = site.state("a").lab_time
    run = site.apply(plan)
    assert run.exit_code == 1
    assert "plan" in (run.hosts[0].error or "")
    assert statuses(run) == {"a": [], "b": ["changed"]}
    assert site.plan(site.playbook(steps=_dwords("x")), limit="a").exit_code == 3


# What does not go well


_ENDINGS: dict[str, tuple[dict[str, Any], dict[str, Any], str, str]] = {
    "says nothing, changes nothing": (
        {"does_not_hold": (f"{KEY}\\b",)},
        dword(KEY, "b", 1),
        "not_held",
        "as before",
    ),
    "fails": ({"half_done": (f"{KEY}\\b",)}, dword(KEY, "b", 1), "failed", "Access is denied."),
    "is half done": (
        {"half_done": ("Fax",)},
        {"service": {"name": "Fax", "startup": "disabled", "status": "stopped"}},
        "failed",
        "Access is denied.",
    ),
}


@pytest.mark.parametrize(("quirks", "step", "status", "words"), _ENDINGS.values(), ids=_ENDINGS)
def test_what_goes_wrong_ends_the_changes_on_that_host(
    make_site: MakeSite, quirks: dict[str, Any], step: dict[str, Any], status: str, words: str
) -> None:
    vpn = {"policy": {"EncryptionType": "4", "CustomPolicy": "mine"}}
    seed = host(services={"Fax": service(), "IAS": service()}, vpn=vpn)
    site = make_site(
        {"a": seed.model_copy(update={"quirks": type(seed.quirks)(**quirks)}), "b": seed}
    )
    restart = {"then": {"restart": ["IAS"]}}
    steps = [{**dword(KEY, "a", 1), **restart}, {**step, **restart}, {**dword(KEY, "c", 1)}]
    run = site.apply(site.plan(site.playbook(steps=steps)))
    assert statuses(run) == {"a": ["changed", status, "skipped"], "b": ["changed"] * 3}
    assert words in run.hosts[0].steps[1].message
    assert value(site, "c", on="a") is None
    assert outages(site)[:1] == [("b", "IAS")]
    assert {name for name, _ in outages(site)} == {"b"}, "nothing is restarted where it went wrong"
    assert restarts(run, "a")["IAS"] == "outstanding"
    assert run.exit_code == 1


def test_what_reads_back_as_neither_is_not_held_and_nothing_is_restarted(
    make_site: MakeSite,
) -> None:
    """Only Python sees it, when later steps have run already."""
    vpn = {"policy": {"EncryptionType": "4", "CustomPolicy": "mine"}}
    services = {"RemoteAccess": service()}
    site = make_site(
        {"host": host(services=services, vpn=vpn, quirks={"disturb_vpn_policy": True})}
    )
    steps = [{"vpn_server_ports": {"sstp": 5}}, *_dwords("a")]
    run, found = _applied(site, site.plan(site.playbook(steps=steps)))
    assert found == {"s0": "not_held", "s1": "changed"}
    assert "reads back otherwise" in one(run).steps[0].message
    assert restarts(run) == {"RemoteAccess": "outstanding"}
    assert not outages(site)
    assert run.exit_code == 1


def test_half_of_a_change_is_told(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"Fax": service()}, quirks={"half_done": ["Fax"]})})
    step = {"service": {"name": "Fax", "startup": "disabled", "status": "stopped"}}
    run, _ = _applied(site, site.plan(site.playbook(steps=[step])))
    [found] = one(run).steps
    assert (found.before_text, found.after_text) == ("running, automatic", "running, disabled")


def test_a_change_that_is_taken_back_at_once_is_not_held(make_site: MakeSite) -> None:
    """The record says that it held; the reading at the end of the pipeline says what is true."""
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=_dwords("a", "b")))
    after = '"id":"test/s0#again","ok":true,"before":"{\\"type\\":\\"DWord\\",\\"data\\":1}"'
    altered(
        site,
        lambda text: text.replace(after, '"id":"test/s0#again","ok":true,"before":"null"'),
    )
    run, found = _applied(site, plan)
    assert found == {"s0": "not_held", "s1": "changed"}
    assert "changed back" in one(run).steps[0].message
    assert run.exit_code == 1


def test_after_checks_have_to_hold_without_a_restart_too(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(status="stopped")})})
    book = site.playbook(
        steps=_dwords("a"), after=[{"service": {"name": "IAS", "status": "running"}}]
    )
    run = site.apply(site.plan(book), options=IMPATIENT)
    [check] = one(run).after
    assert (check.ok, check.found) == (False, "stopped")
    assert run.exit_code == 1
    site.state().start(site.state().services.find("IAS"))
    sets(site, "a", 0)()
    assert site.apply(site.plan(book), options=IMPATIENT).exit_code == 0


def test_after_checks_are_asked_again_until_they_hold(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(status="stopped")})})
    book = site.playbook(
        steps=_dwords("a"), after=[{"service": {"name": "IAS", "status": "running"}}]
    )
    plan = site.plan(book)
    state = site.state()
    before(site, SET + 3, lambda: state.start(state.services.find("IAS")))
    run = site.apply(plan)
    assert run.exit_code == 0
    assert one(run).after[0].ok


def test_a_host_that_is_gone_is_a_failure_and_others_go_on(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    plan = site.plan(site.playbook(steps=_dwords("x")))
    site.state("a").quirks.never_returns = True
    site.state("a").reboot()
    run = site.apply(plan)
    assert run.hosts[0].error
    assert not run.hosts[0].touched
    assert statuses(run) == {"a": ["not_done"], "b": ["changed"]}
    assert run.exit_code == 1
