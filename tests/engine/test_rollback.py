"""Rollback brings back what runs found, and nothing that somebody has changed since."""

from __future__ import annotations

from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.registry import Value

from .conftest import MakeSite, Site, dword, one, statuses
from .scenes import (
    KEY,
    NO_PERMIT,
    before,
    host,
    outages,
    restarts,
    service,
    sets,
    value,
)

NEW = f"{KEY}\\New\\Deeper"
ACCOUNTS = {"svc": "S-1-5-21-1-1107", "other": "S-1-5-21-1-1108"}
RIGHT = "SeServiceLogonRight"


def _value(name: str, **fields: Any) -> dict[str, Any]:
    return {"registry_value": {"key": KEY, "name": name, **fields}}


_KINDS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "a value that was absent": ({}, [_value("a", type="dword", data=1)]),
    "a value of each type": (
        {
            "registry": {
                KEY: {
                    "d": {"dword": 4294967295},
                    "q": {"qword": 2**64 - 1},
                    "s": {"string": "it's"},
                    "e": {"expand_string": "%TEMP%\\x"},
                    "m": {"multi_string": ["one"]},
                    "n": {"multi_string": []},
                    "b": {"binary": "00 ff"},
                    "z": {"binary": ""},
                }
            }
        },
        [_value(name, type="dword", data=1) for name in "dqsemnbz"],
    ),
    "a value that is taken away": (
        {"registry": {KEY: {"m": {"multi_string": ["a", "b"]}, "b": {"binary": "01"}}}},
        [_value("m", absent=True), _value("b", absent=True)],
    ),
    "the default value": (
        {"registry": {KEY: {"": {"string": "old"}}}},
        [_value("", type="string", data="new")],
    ),
    "a default value that was absent": ({}, [_value("", type="string", data="")]),
    "keys that had to be made": (
        {},
        [
            dword(NEW, "a", 1, create_key=True),
            dword(f"{KEY}\\new", "b", 1, create_key=True),
            dword(f"{NEW}\\Still", "c", 1, create_key=True),
        ],
    ),
    "rules": (
        {"registry": {KEY: {"m": {"multi_string": ["a", "B"]}, "n": {"dword": 6}}}},
        [
            _value("m", type="multi_string", contains=["c"], lacks=["b"]),
            _value("n", type="dword", bits_set=1, bits_clear=2),
        ],
    ),
    "a service": (
        {"services": {"Fax": service(), "IAS": service(status="stopped", startup="disabled")}},
        [
            {"service": {"name": "Fax", "startup": "disabled", "status": "stopped"}},
            {"service": {"name": "IAS", "startup": "automatic_delayed", "status": "running"}},
        ],
    ),
    "a right that was not held": (
        {"accounts": ACCOUNTS, "rights": {RIGHT: ["S-1-5-80-0"]}},
        [{"user_right": {"right": RIGHT, "accounts": ["svc", "other"]}}],
    ),
    "a right that was held": (
        {"accounts": ACCOUNTS, "rights": {RIGHT: ["S-1-5-80-0", "S-1-5-21-1-1107"]}},
        [{"user_right": {"right": RIGHT, "accounts": ["other", "svc"], "held": False}}],
    ),
    "a right that others held": (
        {"accounts": ACCOUNTS, "rights": {RIGHT: ["S-1-5-80-0", "S-1-5-21-9-999"]}},
        [{"user_right": {"right": RIGHT, "exactly": ["svc", "S-1-5-80-0"]}}],
    ),
    "ports": (
        {
            "vpn": {"sstp": 64, "policy": {"CustomPolicy": "mine"}},
            "services": {"RasMan": service()},
        },
        [{"vpn_server_ports": {"ikev2": 500, "sstp": 100}}],
    ),
}


@pytest.mark.parametrize(("parts", "steps"), _KINDS.values(), ids=_KINDS)
def test_everything_is_as_it_was(
    make_site: MakeSite, parts: dict[str, Any], steps: list[dict[str, Any]]
) -> None:
    site = make_site({"host": host(**parts)})
    original = site.snapshots()
    book = site.playbook(steps=steps)
    run = site.apply(site.plan(book), permit=NO_PERMIT)
    assert {step.status for step in one(run).steps} == {"changed"}
    changed = site.snapshots()
    assert changed != original

    back = site.rollback(run.id, permit=NO_PERMIT)
    assert {step.status for step in one(back).steps} == {"changed"}
    assert (back.action, back.of) == ("rollback", (run.id,))
    assert site.snapshots() == original

    again = site.rollback(run.id, permit=NO_PERMIT)
    assert {step.status for step in one(again).steps} == {"unchanged"}
    assert site.snapshots() == original

    forth = site.rollback(back.id, permit=NO_PERMIT)
    assert {step.status for step in one(forth).steps} == {"changed"}
    assert site.snapshots() == changed


_HALVES: dict[str, tuple[dict[str, Any], str, dict[str, Any]]] = {
    "a key was made": ({}, f"{NEW}\\a", dword(NEW, "a", 1, create_key=True)),
    "a value was set": ({}, f"{KEY}\\a", dword(KEY, "a", 1)),
    "a service has another startup": (
        {"services": {"Fax": service()}},
        "Fax",
        {"service": {"name": "Fax", "startup": "disabled", "status": "stopped"}},
    ),
    "one of two accounts": (
        {"accounts": ACCOUNTS},
        RIGHT,
        {"user_right": {"right": RIGHT, "accounts": ["svc", "other"]}},
    ),
    "one of two counts": ({"vpn": {}}, "vpn", {"vpn_server_ports": {"ikev2": 5, "sstp": 6}}),
}


@pytest.mark.parametrize(("parts", "thing", "step"), _HALVES.values(), ids=_HALVES)
def test_a_set_that_failed_half_way_goes_back_too(
    make_site: MakeSite, parts: dict[str, Any], thing: str, step: dict[str, Any]
) -> None:
    site = make_site({"host": host(**parts, quirks={"half_done": [thing]})})
    original = site.snapshots()
    run = site.apply(site.plan(site.playbook(steps=[dword(KEY, "first", 1), step])))
    assert statuses(run) == {"host": ["changed", "failed"]}
    site.state().quirks.half_done = ()
    back = site.rollback(run.id)
    assert statuses(back) == {"host": ["changed", "changed"]}
    assert site.snapshots() == original
    assert back.exit_code == 0


def test_a_set_that_changed_nothing_needs_no_rollback(make_site: MakeSite) -> None:
    site = make_site({"host": host(quirks={"does_not_hold": [f"{KEY}\\a"]})})
    run = site.apply(site.plan(site.playbook(steps=[dword(KEY, "a", 1)])))
    with pytest.raises(UsageError, match="nothing to roll back"):
        site.rollback(run.id)


# What somebody has changed since


def _three(site: Site, **more: Any) -> aovpn.Run:
    steps = [{**dword(KEY, name, 1), **more} for name in ("a", "b", "c")]
    return site.apply(site.plan(site.playbook(steps=steps)))


def test_what_somebody_changed_since_is_refused_by_itself(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    run = _three(site, then={"restart": ["IAS"]})
    sets(site, "b", 7)()
    back = site.rollback(run.id)
    assert {step.id: step.status for step in one(back).steps} == {
        "test/s2": "changed",
        "test/s1": "stale",
        "test/s0": "changed",
    }
    assert [value(site, name) for name in "abc"] == [None, Value("DWord", 7), None]
    assert back.exit_code == 1
    assert restarts(back) == {"IAS": "done"}, "its restarts are those of the steps that went back"
    assert len(outages(site)) == 2


def test_what_is_changed_under_its_hands_is_refused_by_itself_too(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = _three(site)
    before(site, 2, sets(site, "b", 7))
    back = site.rollback(run.id)
    assert [step.status for step in one(back).steps] == ["changed", "stale", "changed"]
    assert [value(site, name) for name in "abc"] == [None, Value("DWord", 7), None]


def test_what_somebody_brought_back_already_is_unchanged(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = _three(site)
    site.state().registry.remove(KEY, "b")
    back = site.rollback(run.id)
    assert [step.status for step in one(back).steps] == ["changed", "unchanged", "changed"]
    assert back.exit_code == 0


def test_what_cannot_be_read_is_refused_by_itself(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"Fax": service()})})
    steps = [dword(KEY, "a", 1), {"service": {"name": "Fax", "startup": "manual"}}]
    run = site.apply(site.plan(site.playbook(steps=steps)))
    site.state().quirks.unreadable = {"service": "Access is denied."}
    back = site.rollback(run.id)
    assert [step.status for step in one(back).steps] == ["unreadable", "changed"]
    assert value(site, "a") is None
    assert back.exit_code == 1


def test_a_step_that_fails_ends_the_rollback_of_that_host(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    run = _three(site, then={"restart": ["IAS"]})
    site.state().quirks.does_not_hold = (f"{KEY}\\b",)
    back = site.rollback(run.id)
    assert [step.status for step in one(back).steps] == ["changed", "not_held", "skipped"]
    assert restarts(back) == {"IAS": "outstanding"}
    site.state().quirks.does_not_hold = ()
    again = site.rollback(run.id)
    assert [step.status for step in one(again).steps] == ["unchanged", "changed", "changed"]
    assert again.exit_code == 0


def test_a_key_in_which_somebody_else_lives_stays(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    steps = [dword(NEW, "a", 1, create_key=True)]
    run = site.apply(site.plan(site.playbook(steps=steps)))
    site.state().registry.set(f"{KEY}\\New", "theirs", Value("DWord", 7))
    back = site.rollback(run.id)
    assert statuses(back) == {"host": ["changed"]}
    registry = site.state().registry
    assert registry.find(NEW) is None
    assert registry.get(f"{KEY}\\New", "theirs") == Value("DWord", 7)
    left = site.snapshots()
    again = site.rollback(run.id)
    assert statuses(again) == {"host": ["unchanged"]}
    assert again.exit_code == 0
    assert site.snapshots() == left


def test_a_made_key_in_which_somebody_else_lives_stays_too(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = site.apply(site.plan(site.playbook(steps=[dword(NEW, "a", 1, create_key=True)])))
    site.state().registry.set(NEW, "theirs", Value("DWord", 7))
    assert statuses(site.rollback(run.id)) == {"host": ["changed"]}
    left = site.snapshots()
    assert value(site, "theirs", key=NEW) == Value("DWord", 7)
    again = site.rollback(run.id)
    assert statuses(again) == {"host": ["unchanged"]}, "there is nothing left to take away"
    assert again.exit_code == 0
    assert site.snapshots() == left


def test_a_made_key_goes_even_when_its_value_has_gone_already(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    original = site.snapshots()
    run = site.apply(site.plan(site.playbook(steps=[dword(NEW, "a", 1, create_key=True)])))
    site.state().registry.remove(NEW, "a")
    back = site.rollback(run.id)
    assert back.exit_code == 0
    assert site.snapshots() == original


# Several runs


def _set(site: Site, data: int, name: str = "x", book: str = "test") -> aovpn.Run:
    return site.apply(site.plan(site.playbook(book, steps=[dword(KEY, name, data)])))


def test_several_runs_over_one_thing_go_back_to_what_the_first_found(make_site: MakeSite) -> None:
    site = make_site({"host": host(registry={KEY: {"x": {"string": "first"}}})})
    original = site.snapshots()
    runs = [_set(site, data) for data in (1, 2, 3)]
    back = site.rollback(*[run.id for run in runs])
    assert statuses(back) == {"host": ["changed"]}
    assert site.snapshots() == original
    assert len(back.of) == 3


def test_the_last_of_several_goes_back_one_step(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    _set(site, 1)
    _set(site, 2)
    site.rollback("last")
    assert value(site, "x") == Value("DWord", 1)


def test_the_first_of_several_is_not_as_it_was_left(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = _set(site, 1)
    _set(site, 2)
    back = site.rollback(first.id)
    assert statuses(back) == {"host": ["stale"]}
    assert value(site, "x") == Value("DWord", 2)


def test_what_somebody_changed_between_two_runs_is_not_lost(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    first = _set(site, 1)
    sets(site, "x", 7)()
    second = _set(site, 2)
    back = site.rollback(first.id, second.id)
    assert statuses(back) == {"host": ["changed", "stale"]}
    assert value(site, "x") == Value("DWord", 7)
    assert "between" in one(back).steps[1].message
    assert back.exit_code == 1


def test_one_step_that_meant_other_things_in_other_runs(make_site: MakeSite) -> None:
    """The playbook, or a variable of it, was changed between the runs."""
    site = make_site({"host": host()})
    original = site.snapshots()
    runs = [_set(site, 1, name) for name in ("x", "y")]
    back = site.rollback(*[run.id for run in runs])
    assert statuses(back) == {"host": ["changed", "changed"]}
    assert site.snapshots() == original


def test_a_run_that_is_named_twice_goes_back_once(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    original = site.snapshots()
    run = _set(site, 1)
    back = site.rollback("last", run.id)
    assert statuses(back) == {"host": ["changed"]}
    assert back.of == (run.id,)
    assert site.snapshots() == original


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_run_and_its_rollback_together_are_nothing(
    make_site: MakeSite, *, newest_first: bool
) -> None:
    site = make_site({"host": host()})
    run = _set(site, 1)
    back = site.rollback(run.id)
    original = site.snapshots()
    both = [back.id, run.id]
    nothing = site.rollback(*(both if newest_first else reversed(both)))
    assert statuses(nothing) == {"host": ["unchanged"]}
    assert site.snapshots() == original


def test_parts_of_a_service_set_by_two_runs(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"Fax": service()})})
    original = site.snapshots()
    wanted: list[dict[str, Any]] = [
        {"startup": "manual"},
        {"startup": "disabled", "status": "stopped"},
    ]
    runs = [
        site.apply(site.plan(site.playbook(steps=[{"service": {"name": "Fax", **fields}}])))
        for fields in wanted
    ]
    newest_first = [run.id for run in reversed(runs)]
    for run in newest_first:
        assert site.rollback(run).exit_code == 0
    assert site.snapshots() == original


# Where, and what then


def test_a_limit_leaves_other_hosts_alone(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    original = site.snapshots()
    run = _three(site)
    back = site.rollback(run.id, limit="b")
    assert [h.host for h in back.hosts] == ["b"]
    assert site.snapshots()["b"] == original["b"]
    assert value(site, "a", on="a") == Value("DWord", 1)
    assert site.rollback(run.id).exit_code == 0
    assert site.snapshots() == original


def test_a_rollback_has_the_restarts_of_its_steps(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    run = _three(site, then={"restart": ["IAS"]})
    back = site.rollback(run.id, permit=NO_PERMIT)
    assert restarts(back) == {"IAS": "outstanding"}
    assert back.exit_code == 3
    book = site.folder / "test.yaml"
    assert [(o.need, o.run) for o in one(site.plan(book)).outstanding] == [("IAS", back.id)] * 3
    finished = site.rollback(run.id)
    assert [step.status for step in one(finished).steps] == ["unchanged"] * 3
    assert restarts(finished) == {"IAS": "done"}
    assert finished.exit_code == 0
    assert not one(site.plan(book)).outstanding


def test_a_rollback_of_ports_has_the_consequences_of_its_own_change(make_site: MakeSite) -> None:
    site = make_site({"host": host(vpn={"ikev2": 500}, services={"RemoteAccess": service()})})
    book = site.playbook(steps=[{"vpn_server_ports": {"ikev2": 100}}])
    run = site.apply(site.plan(book))
    assert restarts(run) == {"RemoteAccess": "done"}
    assert restarts(site.rollback(run.id)) == {"reboot": "done"}, "above the limit it is a reboot"


def test_runs_that_changed_nothing_have_nothing_to_roll_back(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    _three(site)
    run = _three(site)
    site.lab.reset_stats()
    with pytest.raises(UsageError, match="there is nothing to roll back"):
        site.rollback(run.id)
    assert site.lab.stats().connections == 0


def test_a_host_that_is_gone_from_the_inventory(make_site: MakeSite) -> None:
    site = make_site({"a": host(), "b": host()})
    run = _three(site)
    text = site.inventory.read_text()
    site.inventory.write_text(text.replace("\n      b:", "\n      c:"))
    with pytest.raises(UsageError, match="has no host b"):
        site.rollback(run.id)


def test_an_unknown_run(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    with pytest.raises(UsageError, match="there is no run 'x'"):
        site.rollback("x")
