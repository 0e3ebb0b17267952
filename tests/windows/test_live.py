r"""Kinds on real hosts: plan without side effects, apply, an empty plan, and rollback to the start.

Registry values change only below HKLM\SOFTWARE\AovpnRemediateTest, a service only on hosts with the
variable `test_service`, a user right only on hosts with the variable `test_account`, and a
phonebook only on those with `test_connection`: a VPN connection of all users that nobody uses.
"""

from __future__ import annotations

from typing import Any

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.resources import KINDS

from .conftest import ROOT, Fleet, assert_all, states

_HOSTILE_NAMES = [
    "plain",
    "",
    "PSPath",
    "PSProvider",
    "with 'quotes' \u2018\u2019\u201a\u201b and \"double\" \u201c\u201d",
    "$(Get-Date) $env:TEMP `n",
    "a*",
    "a?",
    "[a]",
    "soft\u00adhyphen and \u200bzero width",
    "line\nbreak",
    "\u00e4\u00f6\u00fc \u65e5\u672c\u8a9e \U0001f600",
    "; Remove-Item x #",
]
_HOSTILE_TEXTS = [
    "",
    'it\'s \u2018so\u2019 \u201aand\u201b "thus"',
    "$(throw 1) ${x} $env:PATH `t %TEMP%",
    "two\r\nlines\nand\ttabs",
    "soft\u00adhyphen",
    "control \u0001\u001f\u007f\u0085\u2028",
    "\ufeffbom, \U0001f600 and \u65e5\u672c\u8a9e",
    "<xml>&amp;</xml> _x000D_ ]]>",
    "x" * 5000,
]


def _value(place: int, kind: str, data: Any, name: str = "value") -> dict[str, Any]:
    fields = {"key": f"{ROOT}\\data\\{place}", "name": name, "type": kind, "data": data}
    return {"registry_value": {**fields, "create_key": True}}


def _named(step: dict[str, Any], number: int) -> dict[str, Any]:
    return {"id": f"s{number}", **step}


def _steps(second: bool) -> list[dict[str, Any]]:
    """Return steps for the same values, with other data the second time."""
    texts = _rotated(_HOSTILE_TEXTS, second)
    numbers = [0, 1, 2147483647, 2147483648, 4294967295]
    large = [0, 2**31, 2**63 - 1, 2**63, 2**64 - 1]
    if second:
        numbers, large = [*numbers[1:], 7], [*large[1:], 7]
    steps = [_value(0, "string", f"{n} {second}", name) for n, name in enumerate(_HOSTILE_NAMES)]
    steps += [_value(1, "string", text, f"t{n}") for n, text in enumerate(texts)]
    steps += [_value(2, "expand_string", text, f"e{n}") for n, text in enumerate(texts)]
    steps += [_value(3, "dword", number, f"d{n}") for n, number in enumerate(numbers)]
    steps += [_value(4, "qword", number, f"q{n}") for n, number in enumerate(large)]
    lists = [["one"], [], ["a", "b"], ["it's \u2019", "$x"]]
    steps += [_value(5, "multi_string", d, f"m{n}") for n, d in enumerate(_rotated(lists, second))]
    binary = ["00", "", "ff00ff", "0102030405060708090a"]
    steps += [_value(6, "binary", d, f"b{n}") for n, d in enumerate(_rotated(binary, second))]
    # Another type for the same value: REG_SZ "1" differs from DWORD 1.
    steps.append(_value(7, "dword" if second else "string", 1 if second else "1", "type"))
    for n, key in enumerate(("a[b]c", "star*", "it's \u2019", "deep\\er\\still", "$(x)")):
        fields = {"key": f"{ROOT}\\keys\\{key}", "name": "x", "type": "dword"}
        data = 5 if second else 4
        steps.append({"registry_value": {**fields, "data": data + n, "create_key": True}})
    return [_named(step, n) for n, step in enumerate(steps)]


def _rotated(items: list[Any], second: bool) -> list[Any]:
    return items[1:] + items[:1] if second else items


def test_registry_values_are_applied_and_rolled_back(fleet: Fleet) -> None:
    first = fleet.playbook("first", _steps(second=False))
    second = fleet.playbook("second", _steps(second=True))

    plan = fleet.plan(first)
    initial = states(plan)
    for host in plan.hosts:
        for step in host.steps:
            assert step.readable, f"{host.host} {step.title}: {step.reason}"
            assert step.action == "create", f"{ROOT} is in use on {host.host}: {step.title}"
    assert states(fleet.plan(first)) == initial, "a plan must not change anything"

    created = fleet.apply(plan)
    assert_all(created, "changed")
    assert fleet.plan(first).exit_code == 0
    assert_all(fleet.apply(fleet.plan(first)), "unchanged")

    plan = fleet.plan(second)
    intermediate = states(plan)
    assert all(step.changes for host in plan.hosts for step in host.steps)
    assert states(fleet.plan(second)) == intermediate
    updated = fleet.apply(plan)
    assert_all(updated, "changed")
    assert fleet.plan(second).exit_code == 0

    assert_all(fleet.rollback(updated.id), "changed")
    assert states(fleet.plan(second)) == intermediate
    assert_all(fleet.rollback(created.id), "changed")
    assert states(fleet.plan(first)) == initial, "rollback must remove created keys"


_RULES: list[tuple[str, Any, dict[str, Any], Any]] = [
    ("multi_string", ["a", "B"], {"contains": ["b", "c"]}, ["a", "B", "c"]),
    ("multi_string", ["a", "B"], {"lacks": ["b"]}, ["a"]),
    ("multi_string", ["only"], {"lacks": ["only"]}, []),
    ("dword", 10, {"bits_set": 5, "bits_clear": 2}, 13),
    ("dword", 9, {"at_least": 10}, 10),
    ("qword", 2**64 - 1, {"at_most": 2**63}, 2**63),
]


def test_registry_rules_and_absence_are_applied_and_rolled_back(fleet: Fleet) -> None:
    places = [f"r{n}" for n in range(len(_RULES))]
    base = {"key": f"{ROOT}\\rules", "create_key": True}
    seed = [
        {"id": name, "registry_value": {**base, "name": name, "type": kind, "data": data}}
        for name, (kind, data, _, _) in zip(places, _RULES, strict=True)
    ]
    rule = [
        {"id": name, "registry_value": {**base, "name": name, "type": kind, **fields}}
        for name, (kind, _, fields, _) in zip(places, _RULES, strict=True)
    ]
    gone = [
        {"id": name, "registry_value": {"key": base["key"], "name": name, "absent": True}}
        for name in places
    ]
    seeded = fleet.apply(fleet.plan(fleet.playbook("seed", seed)))
    assert_all(seeded, "changed")
    ruled = fleet.apply(fleet.plan(fleet.playbook("rule", rule)))
    assert_all(ruled, "changed")
    for ruled_host in ruled.hosts:
        left = [step.after["data"] if step.after else None for step in ruled_host.steps]
        assert left == [expected for *_, expected in _RULES]
    removed = fleet.apply(fleet.plan(fleet.playbook("gone", gone)))
    assert_all(removed, "changed")
    assert_all(fleet.rollback(removed.id), "changed")
    assert fleet.plan(fleet.playbook("rule", rule)).exit_code == 0
    fleet.rollback(ruled.id, seeded.id)
    plan = fleet.plan(fleet.playbook("seed", seed))
    for host in plan.hosts:
        for step in host.steps:
            assert "no key" in step.before_text, f"{host.host} {step.id}: {step.before_text}"


def test_a_value_below_a_missing_key_needs_manual_action(fleet: Fleet) -> None:
    fields = {"key": f"{ROOT}\\not there", "name": "x", "type": "dword", "data": 1}
    plan = fleet.plan(fleet.playbook("refused", [{"id": "x", "registry_value": fields}]))
    for host in plan.hosts:
        assert host.steps[0].action == "manual"
    assert_all(fleet.apply(plan), "manual")


@pytest.mark.parametrize(
    "wanted",
    [
        {"startup": "manual"},
        {"startup": "disabled", "status": "stopped"},
        {"startup": "automatic_delayed"},
        {"startup": "automatic", "status": "running"},
        {"status": "stopped"},
    ],
    ids=lambda wanted: " ".join(wanted.values()),
)
def test_a_service_is_applied_and_rolled_back(fleet: Fleet, wanted: dict[str, str]) -> None:
    hosts = fleet.with_variable("test_service")
    whole = {"startup": "manual", "status": "stopped"}
    read = fleet.playbook("read", [_service(whole)], hosts)
    playbook = fleet.playbook("service", [_service(wanted)], hosts)
    initial = states(fleet.plan(read))
    plan = fleet.plan(playbook)
    assert states(fleet.plan(read)) == initial
    run = fleet.apply(plan)
    for host in run.hosts:
        assert host.steps[0].status in ("changed", "unchanged"), host.steps[0].message
    assert fleet.plan(playbook).exit_code == 0
    if any(host.steps[0].status == "changed" for host in run.hosts):
        assert_all(fleet.rollback(run.id), "changed")
    assert states(fleet.plan(read)) == initial


def _service(wanted: dict[str, str]) -> dict[str, Any]:
    return {"id": "service", "service": {"name": "{{ test_service }}", **wanted}}


def test_a_user_right_is_applied_and_rolled_back(fleet: Fleet) -> None:
    hosts = fleet.with_variable("test_account")
    fields = {"right": "SeDenyBatchLogonRight", "accounts": ["{{ test_account }}"]}
    playbook = fleet.playbook("right", [{"id": "right", "user_right": fields}], hosts)
    initial = states(fleet.plan(playbook))
    run = fleet.apply(fleet.plan(playbook))
    assert_all(run, "changed")
    assert fleet.plan(playbook).exit_code == 0
    assert_all(fleet.rollback(run.id), "changed")
    assert states(fleet.plan(playbook)) == initial


def test_a_connection_is_changed_in_its_phonebook_and_rolled_back(fleet: Fleet) -> None:
    hosts = fleet.with_variable("test_connection")
    fields = {"name": "{{ test_connection }}", "network_outage_time": 61}
    playbook = fleet.playbook("entry", [{"id": "entry", "rasphone_entry": fields}], hosts)
    initial = states(fleet.plan(playbook))
    assert all(steps["entry/entry"]["section"] for steps in initial.values())
    run = fleet.apply(fleet.plan(playbook))
    assert_all(run, "changed")
    assert fleet.plan(playbook).exit_code == 0
    assert_all(fleet.rollback(run.id), "changed")
    assert states(fleet.plan(playbook)) == initial


def test_an_own_script_is_applied_and_rolled_back(fleet: Fleet) -> None:
    """By texts of its own, which see the key as a value; below a key that they make and take."""
    at = "$at = Join-Path 'Registry::HKEY_LOCAL_MACHINE' $Values.below\n"
    get = at + "if (Test-Path -LiteralPath $at) {\n"
    get += "    @{ data = (Get-ItemProperty -LiteralPath $at).data } | ConvertTo-Json -Compress\n}"
    make = "$null = New-Item -Path $at -Force\n"
    make += "    $null = New-ItemProperty -LiteralPath $at -Name data -Value $Desired.data"
    set_ = (
        at + "if ($null -eq $Desired) { Remove-Item -LiteralPath $at }\nelse {\n    " + make + "\n}"
    )
    texts = {"name": "a value", "get": get, "set": set_}
    texts |= {"values": {"below": f"{ROOT.partition(chr(92))[2]}\\script"}}  # type: ignore[dict-item]
    data = "it's \u2018so\u2019 $(throw 1) `n"
    playbook = fleet.playbook("own", [{"id": "own", "script": {**texts, "state": {"data": data}}}])
    plan = fleet.plan(playbook)
    initial = states(plan)
    assert all(step.action == "create" for host in plan.hosts for step in host.steps)
    assert states(fleet.plan(playbook)) == initial
    run = fleet.apply(plan)
    assert_all(run, "changed")
    assert fleet.plan(playbook).exit_code == 0
    assert_all(fleet.rollback(run.id), "changed")
    assert states(fleet.plan(playbook)) == initial


def test_read_only_kinds_and_facts_are_read(fleet: Fleet) -> None:
    steps = [
        {"id": "build", "os_build": {"at_least": 10000}},
        {"id": "program", "installed_program": {"name": "No such program", "exists": False}},
        {"id": "service", "service": {"name": "NoSuchServiceHere", "exists": False}},
        {"id": "key", "registry_key": {"key": r"HKLM\SOFTWARE\Microsoft"}},
        {"id": "no-key", "registry_key": {"key": r"HKLM\SOFTWARE\No such/key", "exists": False}},
    ]
    plan = fleet.plan(fleet.playbook("read", steps))
    for host in plan.hosts:
        assert [step.action for step in host.steps] == ["none"] * len(steps), host
        assert host.facts.os_build
        assert host.facts.powershell
        assert host.facts.time


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_read_or_has_a_reason_of_one_line(fleet: Fleet, kind: str) -> None:
    step = {"id": "example", kind: dict(KINDS[kind].example)}
    for host in fleet.plan(fleet.playbook("example", [step])).hosts:
        [found] = host.steps
        assert found.readable or (found.reason and "\n" not in found.reason)


def test_unreadable_ports_have_a_reason_of_one_line(fleet: Fleet) -> None:
    step = {"id": "ports", "vpn_server_ports": {"ikev2": 128}}
    plan = fleet.plan(fleet.playbook("ports", [step]))
    for host in plan.hosts:
        if host.facts.roles.get("rras"):
            continue
        [found] = host.steps
        assert not found.readable
        assert found.reason
        assert "\n" not in found.reason


def test_the_journal_contains_the_run(fleet: Fleet) -> None:
    fields = {"key": f"{ROOT}\\journal", "name": "x", "type": "dword", "data": 1}
    step = {"id": "x", "registry_value": {**fields, "create_key": True}}
    run = fleet.apply(fleet.plan(fleet.playbook("journal", [step])))
    assert aovpn.show(run.id, fleet.journal) == run
    verified = aovpn.verify_run(run.id, fleet.inventory, journal=fleet.journal)
    assert verified.exit_code == 0
    assert_all(fleet.rollback(run.id), "changed")
