"""Rollback brings back what a run found, and nothing that somebody has changed since."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.windows.registry import Value
from tests.engine.conftest import MakeSite, dword, one, statuses
from tests.engine.scenes import (
    KEY,
    NO_PERMIT,
    apply_three,
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
    "one of two counts": (
        {"vpn": {}},
        "vpn_server_ports",
        {"vpn_server_ports": {"ikev2": 5, "sstp": 6}},
    ),
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


def test_what_somebody_changed_since_is_refused_by_itself(make_site: MakeSite) -> None:
    site = make_site({"host": host(services={"IAS": service()})})
    run = apply_three(site, then={"restart": ["IAS"]})
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
    run = apply_three(site)
    before(site, 2, sets(site, "b", 7))
    back = site.rollback(run.id)
    assert [step.status for step in one(back).steps] == ["changed", "stale", "changed"]
    assert [value(site, name) for name in "abc"] == [None, Value("DWord", 7), None]


def test_what_somebody_brought_back_already_is_unchanged(make_site: MakeSite) -> None:
    site = make_site({"host": host()})
    run = apply_three(site)
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
    run = apply_three(site, then={"restart": ["IAS"]})
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
