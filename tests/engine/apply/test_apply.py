"""Apply does what the plan showed, and says what did not go well."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import MakeSite, dword, one, statuses
from tests.engine.scenes import (
    IMPATIENT,
    KEY,
    NO_PERMIT,
    altered,
    applied,
    before,
    does,
    dwords,
    host,
    outages,
    restarts,
    running,
    service,
    sets,
    value,
)

READ, SET = 1, 2
"""The pipelines of an apply, counted on each host."""


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
        *dwords("a", "b", "c"),
        {"service": {"name": "Fax", "startup": "disabled", "status": "stopped"}},
        {"user_right": {"right": "SeServiceLogonRight", "accounts": ["svc"]}},
        {"vpn_server_ports": {"sstp": 5}},
    ]
    book = site.playbook(steps=steps)
    plan = site.plan(book)
    expected = site.windows.snapshot(site.address())
    run, found = applied(site, plan, permit=NO_PERMIT)
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
    expected["answers"]["vpn_server_ports"][0]["sstp"] = 5
    assert site.windows.snapshot(site.address()) == expected
    again = site.plan(book)
    assert [step.action for step in one(again).steps] == ["none"] * 6


def test_a_plan_through_another_engine(make_site: MakeSite) -> None:
    """5.1 writes a quote in another way: what is compared is the state, not its text."""
    site = make_site({"host": host(registry={KEY: {"a": {"string": "it's <old>"}}})})
    fields = {"key": KEY, "name": "a", "type": "string", "data": "it's <new>"}
    plan = site.plan(site.playbook(steps=[{"registry_value": fields}]))
    state = site.state()
    state.seed = state.seed.model_copy(update={"engine": "7"})
    run, found = applied(site, plan)
    assert found == {"s0": "changed"}
    state.seed = state.seed.model_copy(update={"engine": "5.1"})
    assert site.rollback(run.id).exit_code == 0
    assert value(site, "a") == Value("String", "it's <old>")


def test_the_same_by_another_transport(make_site: MakeSite) -> None:
    """WinRS keeps nothing between two scripts: the second one brings its functions again."""
    site = make_site({"host": host(services={"IAS": service()})}, connection={"transport": "winrm"})
    original = site.snapshots()
    steps = [{**dword(KEY, name, 1), "then": {"restart": ["IAS"]}} for name in ("a", "b", "c")]
    book = site.playbook(steps=steps, after=[{"service": {"name": "IAS", "status": "running"}}])
    plan = site.plan(book)
    before(site, SET, sets(site, "b", 1))
    run, found = applied(site, plan)
    assert found == {"s0": "changed", "s1": "unchanged", "s2": "changed"}
    assert restarts(run) == {"IAS": "done"}
    assert site.plan(book).exit_code == 0
    site.state().registry.remove(KEY, "b")
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


def test_apply_twice_is_apply_once(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    book = site.playbook(steps=dwords("a", "b"))
    plan = site.plan(book)
    assert site.apply(plan).exit_code == 0
    assert site.plan(book).exit_code == 0
    after = site.snapshots()
    run, found = applied(site, plan)
    assert found == {"s0": "unchanged", "s1": "unchanged"}
    assert (run.exit_code, one(run).touched) == (0, False)
    assert site.snapshots() == after
    assert len(site.windows.sets) == 2


def test_values_below_one_missing_key(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    keys = [f"{KEY}\\New", f"{KEY}\\New", f"{KEY}\\New\\Deeper", f"{KEY}\\new\\deeper\\still"]
    steps = [dword(key, f"v{n}", n, create_key=True) for n, key in enumerate(keys)]
    book = site.playbook(steps=steps)
    run, found = applied(site, site.plan(book))
    assert set(found.values()) == {"changed"}
    assert run.exit_code == 0
    assert site.plan(book).exit_code == 0


def test_what_a_person_has_to_do_stays_so(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    steps = [*dwords("a"), dword(f"{KEY}\\Not", "there", 1), {"os_build": {"at_least": 99999}}]
    run, found = applied(site, site.plan(site.playbook(steps=steps)))
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
    assert applied(site, plan)[1] == {"s0": "unchanged"}
    assert value(site, "x") == Value("DWord", 9)


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
    disturbs = {"vpn_server_ports": {"policy": {"EncryptionType": "4"}}}
    quirks = {"disturbs": disturbs}
    site = make_site({"host": host(services=services, vpn=vpn, quirks=quirks)})
    steps = [{"vpn_server_ports": {"sstp": 5}}, *dwords("a")]
    run, found = applied(site, site.plan(site.playbook(steps=steps)))
    assert found == {"s0": "not_held", "s1": "changed"}
    assert "reads back as something else" in one(run).steps[0].message
    assert restarts(run) == {"RemoteAccess": "outstanding"}
    assert not outages(site)
    assert run.exit_code == 1


def test_a_half_finished_change_is_reported(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"Fax": service()}, quirks={"half_done": ["Fax"]})})
    step = {"service": {"name": "Fax", "startup": "disabled", "status": "stopped"}}
    run, _ = applied(site, site.plan(site.playbook(steps=[step])))
    [found] = one(run).steps
    assert (found.before_text, found.after_text) == ("running, automatic", "running, disabled")


def test_a_change_that_is_taken_back_at_once_is_not_held(make_site: MakeSite) -> None:
    """The record says that it held; the reading at the end of the pipeline says what is true."""
    site = make_site({"host": host()})
    plan = site.plan(site.playbook(steps=dwords("a", "b")))
    after = '"id":"test/s0#again","ok":true,"before":"{\\"type\\":\\"DWord\\",\\"data\\":1}"'
    altered(
        site,
        lambda text: text.replace(after, '"id":"test/s0#again","ok":true,"before":"null"'),
    )
    run, found = applied(site, plan)
    assert found == {"s0": "not_held", "s1": "changed"}
    assert "then changed by something else" in one(run).steps[0].message
    assert run.exit_code == 1


def test_after_checks_have_to_hold_without_a_restart_too(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(status="stopped")})})
    book = site.playbook(
        steps=dwords("a"), after=[{"service": {"name": "IAS", "status": "running"}}]
    )
    run = site.apply(site.plan(book), options=IMPATIENT)
    [check] = one(run).after
    assert (check.ok, check.found) == (False, "stopped")
    assert run.exit_code == 1
    site.state().start(site.state().services.find("IAS"))
    sets(site, "a", 0)()
    assert site.apply(site.plan(book), options=IMPATIENT).exit_code == 0


def test_an_after_check_that_cannot_be_read_is_a_failure(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    plan = site.plan(site.playbook(steps=dwords("a"), after=[running("IAS")]))
    before(site, SET, does(site, unreadable={"service": "Access is denied."}))
    run = site.apply(plan, options=IMPATIENT)
    [check] = one(run).after
    assert check.ok is None
    assert "Access is denied." in check.reason
    assert run.exit_code == 1


def test_after_checks_are_asked_again_until_they_hold(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service(status="stopped")})})
    book = site.playbook(
        steps=dwords("a"), after=[{"service": {"name": "IAS", "status": "running"}}]
    )
    plan = site.plan(book)
    state = site.state()
    before(site, SET + 3, lambda: state.start(state.services.find("IAS")))
    run = site.apply(plan)
    assert run.exit_code == 0
    assert one(run).after[0].ok


def test_a_host_that_is_gone_is_a_failure_and_others_go_on(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    plan = site.plan(site.playbook(steps=dwords("x")))
    site.state("a").quirks.never_returns = True
    site.state("a").reboot()
    run = site.apply(plan)
    assert run.hosts[0].error
    assert not run.hosts[0].touched
    assert statuses(run) == {"a": ["not_done"], "b": ["changed"]}
    assert run.exit_code == 1
