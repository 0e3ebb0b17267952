"""Differences, actions, and several playbooks together: pure functions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from aovpn_remediate.engine.plan.compare import (
    check,
    plan_step,
    refuse_contradictions,
    resource_of,
    unite,
)
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.errors import UsageError
from aovpn_remediate.playbook.model import Check, Playbook, Step
from aovpn_remediate.reports.vocabulary import PLANNED
from aovpn_remediate.resources import KINDS
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.declared import DeclaredResource
from aovpn_remediate.resources.restart import NOTHING, Restart

KEY = r"HKLM\SOFTWARE\Test"
DWORD_1 = {"type": "DWord", "data": 1}
REBOOT = Restart(reboot=True)


def dword(data: int | None = 1, **more: Any) -> Resource:
    fields = {"key": KEY, "name": "x", "type": "dword", **more}
    return KINDS["registry_value"].model_validate(fields | ({"data": data} if data else {}))


def step(resource: Resource, name: str = "pb/x", then: Restart = NOTHING) -> Step:
    return Step(name, resource, then)


def told(answer: Any) -> Record:
    return Record(id="pb/x", ok=True, before=json.dumps(answer))


_ACTIONS: dict[str, tuple[Resource, Any, str, str]] = {
    "as wanted": (dword(), DWORD_1, "none", " "),
    "absent": (dword(), None, "create", "+"),
    "no key": (dword(create_key=True), {"missing": KEY}, "create", "+"),
    "otherwise": (dword(), {"type": "DWord", "data": 2}, "update", "~"),
    "of another type": (dword(), {"type": "String", "data": "1"}, "update", "~"),
    "too many": (dword(None, type=None, absent=True), DWORD_1, "delete", "-"),
    "absent as wanted": (dword(None, type=None, absent=True), {"missing": KEY}, "none", " "),
    "no key to be made": (dword(), {"missing": KEY}, "manual", "!"),
    "of a type that cannot be put back": (dword(), {"type": "None", "data": []}, "manual", "!"),
    "read only": (
        KINDS["os_build"].model_validate({"at_least": 20348}),
        {"build": 17763, "ubr": 1},
        "manual",
        "!",
    ),
}


@pytest.mark.parametrize(
    ("resource", "answer", "action", "symbol"), _ACTIONS.values(), ids=_ACTIONS
)
def test_what_a_change_is_called(resource: Resource, answer: Any, action: str, symbol: str) -> None:
    planned = plan_step(step(resource, then=REBOOT), told(answer))
    assert (planned.action, PLANNED[planned.action].mark) == (action, symbol)
    assert planned.readable
    assert planned.changes is (action in ("create", "update", "delete"))
    assert planned.then == Restart(reboot=planned.changes), "what changes nothing needs no restart"
    assert planned.declared == Restart(reboot=True)
    assert bool(planned.reason) is (action == "manual")


_DECLARED: dict[str, list[dict[str, Any]]] = {
    "registry_value": [
        {"key": KEY, "name": "x", "type": "dword", "data": 1},
        {"key": KEY, "name": "x", "type": "qword", "bits_set": 5, "bits_clear": 2},
        {"key": KEY, "name": "x", "type": "dword", "at_least": 5, "at_most": 9},
        {"key": KEY, "name": "x", "type": "multi_string", "contains": ["a"], "lacks": ["b"]},
        {"key": KEY, "name": "x", "type": "binary", "data": "01 ff", "create_key": True},
        {"key": KEY, "name": "x", "absent": True},
    ],
    "service": [
        {"name": "X", "exists": True},
        {"name": "X", "status": "running"},
        {"name": "X", "startup": "manual", "status": "stopped"},
    ],
    "user_right": [
        {"right": "SeServiceLogonRight", "accounts": ["A", "B"]},
        {"right": "SeServiceLogonRight", "accounts": ["A"], "held": False},
        {"right": "SeServiceLogonRight", "exactly": ["A"]},
    ],
    "os_build": [{"at_least": "20348.1"}, {"floors": {"20348": 5, "26100": 1}}],
    "installed_program": [{"name": "X", "version_at_least": "1.2"}, {"name": "X", "exists": False}],
}
_RESOURCES = [
    kind.model_validate(fields)
    for name, kind in KINDS.items()
    for fields in (kind.example, *_DECLARED.get(name, []))
]

_WORDS = [
    "DWord",
    "MultiString",
    "Binary",
    "None",
    "running",
    "stopped",
    "automatic",
    "disabled",
    "S-1-5-18",
    "A",
    "B",
    "1.2.3",
    "é\0",
]
_FIELDS = sorted(
    {
        name
        for kind in KINDS.values()
        if issubclass(kind, DeclaredResource)
        for whole in [TypeAdapter(kind.answer).json_schema()]
        for part in (whole, *whole.get("$defs", {}).values())
        for name in part.get("properties", {})
    }
)
_ANSWERS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(_WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=4)
        | st.fixed_dictionaries({"type": st.sampled_from(_WORDS), "data": inner})
    ),
    max_leaves=10,
)


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(_RESOURCES), _ANSWERS)
def test_whatever_a_host_answers_is_a_change_or_unreadable(resource: Resource, answer: Any) -> None:
    _is_a_change_or_unreadable(resource, answer)


_TYPES = ["DWord", "QWord", "String", "ExpandString", "MultiString", "Binary", "None", "Unknown"]
_DATA: list[Any] = [
    None,
    -1,
    0,
    2**32,
    2**64,
    "",
    "x",
    "\ud800",
    [],
    [1],
    [256],
    ["a"],
    ["a", 1],
    [[]],
]


@pytest.mark.parametrize("kind", _TYPES)
def test_data_that_do_not_go_with_their_type_are_unreadable(kind: str) -> None:
    for declared in _DECLARED["registry_value"]:
        resource = KINDS["registry_value"].model_validate(declared)
        for data in _DATA:
            _is_a_change_or_unreadable(resource, {"type": kind, "data": data})


def _is_a_change_or_unreadable(resource: Resource, answer: Any) -> None:
    planned = plan_step(step(resource), told(answer))
    found = check(Check("pb/before[0]", resource), told(answer))
    assert (found.ok is None) is not planned.readable
    if not planned.readable:
        assert planned.reason
        assert not planned.changes
        return
    assert (found.ok is True) is (planned.action == "none")
    again = resource.wanted(planned.after)
    assert resource.same(again, planned.after), "to set it twice is to set it once"
    if planned.changes:
        assert planned.before_text != planned.after_text
        resource.desired(planned.after)
        resource.desired(planned.before)


def test_letters_are_the_same_where_windows_takes_them_for_the_same() -> None:
    fields = {"key": KEY, "name": "x", "type": "multi_string", "contains": ["Straße", "É"]}
    resource = KINDS["registry_value"].model_validate(fields)
    held = {"type": "MultiString", "data": ["STRASSE", "é"]}
    planned = plan_step(step(resource), told(held))
    assert planned.after == {"type": "multi_string", "data": ["STRASSE", "é", "Straße"]}


def test_an_answer_that_never_came_is_unreadable() -> None:
    planned = plan_step(step(dword()), Record(id="pb/x", ok=True))
    assert not planned.readable
    assert "sent no state" in planned.reason


# Several playbooks


def service(name: str = "X", **fields: Any) -> Resource:
    return KINDS["service"].model_validate({"name": name, **fields})


def right(**fields: Any) -> Resource:
    return KINDS["user_right"].model_validate({"right": "SeServiceLogonRight", **fields})


def ports(**counts: int) -> Resource:
    return KINDS["vpn_server_ports"].model_validate(counts)


def books(*resources: Resource) -> list[Playbook]:
    return [
        Playbook(f"p{n}", "", "all", steps=(step(resource, f"p{n}/s"),))
        for n, resource in enumerate(resources)
    ]


_AGREEING: dict[str, tuple[Resource, Resource, int]] = {
    "the same": (dword(), dword(), 1),
    "another spelling": (
        dword(),
        dword(key=r"hkey_local_machine\software\TEST", name="X"),
        1,
    ),
    "letters with accents": (dword(name="Ä"), dword(name="ä"), 1),
    "letters that only Python takes for the same": (dword(name="ß"), dword(7, name="ss"), 2),
    "another name": (dword(), dword(2, name="y"), 2),
    "parts of a service": (service(status="running"), service(startup="manual"), 2),
    "a part of what is wanted already": (
        service(status="running", startup="manual"),
        service("x", status="running"),
        1,
    ),
    "more than is wanted already": (
        service(status="running"),
        service(status="running", startup="manual"),
        2,
    ),
    "other accounts": (right(accounts=["A"]), right(accounts=["B"], held=False), 2),
    "one of those who alone hold it": (right(exactly=["A", "B"]), right(accounts=["b"]), 1),
    "other protocols": (ports(ikev2=5), ports(sstp=6), 2),
    "a control set that may be the current one": (
        dword(key=r"HKLM\SYSTEM\CurrentControlSet\Services\X"),
        dword(key=r"HKLM\SYSTEM\ControlSet002\Services\X"),
        2,
    ),
    "no control set": (
        dword(key=r"HKLM\SYSTEM\ControlSet01\X"),
        dword(2, key=r"HKLM\SYSTEM\ControlSet001\X"),
        2,
    ),
}


@pytest.mark.parametrize(("one", "other", "steps"), _AGREEING.values(), ids=_AGREEING)
def test_equal_steps_are_one_step(one: Resource, other: Resource, steps: int) -> None:
    playbooks = books(one, other)
    refuse_contradictions(playbooks)
    assert len(unite(tuple(playbooks))) == steps


_CONTRADICTING: dict[str, tuple[Resource, Resource]] = {
    "data": (dword(1), dword(2)),
    "another spelling": (dword(1), dword(2, key=r"HKEY_LOCAL_MACHINE\software\TEST", name="X")),
    "letters with accents": (dword(1, name="É"), dword(2, name="é")),
    "there and absent": (dword(), dword(None, type=None, absent=True)),
    "a part of a service": (
        service(status="running", startup="manual"),
        service("x", status="stopped"),
    ),
    "a service that is not to be there": (service(status="running"), service(exists=False)),
    "held and not": (right(accounts=["A", "B"]), right(accounts=["b"], held=False)),
    "held alone by others": (right(exactly=["A"]), right(exactly=["B"])),
    "held alone and not": (right(accounts=["a"], held=False), right(exactly=["A"])),
    "counts": (ports(ikev2=5, sstp=6), ports(sstp=7)),
    "a control set that may be the current one": (
        dword(1, key=r"HKLM\SYSTEM\CurrentControlSet\Services\X"),
        dword(2, key=r"HKLM\system\ControlSet001\Services\x"),
    ),
    "two control sets": (
        dword(1, key=r"HKLM\SYSTEM\ControlSet001\X"),
        dword(2, key=r"HKLM\SYSTEM\ControlSet002\X"),
    ),
    "classes": (dword(1, key=r"HKCR\X"), dword(2, key=r"HKLM\SOFTWARE\Classes\X")),
    "the current profile": (
        dword(1, key=r"HKCC\X"),
        dword(2, key=r"HKLM\SYSTEM\ControlSet001\Hardware Profiles\Current\X"),
    ),
}


@pytest.mark.parametrize(("one", "other"), _CONTRADICTING.values(), ids=_CONTRADICTING)
def test_contradicting_steps_are_an_error(one: Resource, other: Resource) -> None:
    with pytest.raises(UsageError, match=r"p1/s and p0/s set .* to different values"):
        refuse_contradictions(books(one, other))


def test_one_step_has_the_restarts_of_both() -> None:
    first = Playbook("a", "", "all", (step(dword(), "a/x", Restart(services=("A",))),))
    second = Playbook("b", "", "all", (step(dword(), "b/y", Restart(services=("B", "a"))),))
    [united] = unite((first, second))
    assert united.id == "a/x"
    assert united.then == Restart(services=("A", "B"))


@pytest.mark.parametrize(
    "data", [{}, {"nothing": {}}, {"service": {}}, {"service": {"name": "X", "status": "up"}}]
)
def test_data_that_is_not_a_resource_is_refused(data: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        resource_of(data)


_COALESCED: dict[str, tuple[Restart, Restart]] = {
    "nothing": (NOTHING, NOTHING),
    "each once": (Restart(services=("A", "B")), Restart(services=("A", "B"))),
    "RasMan takes RemoteAccess with it": (
        Restart(services=("remoteaccess", "IAS", "RASMAN")),
        Restart(services=("IAS", "RASMAN")),
    ),
    "a reboot takes all": (Restart(reboot=True, services=("A",)), REBOOT),
}


@pytest.mark.parametrize(("whole", "done"), _COALESCED.values(), ids=_COALESCED)
def test_what_has_to_be_done_for_restarts(whole: Restart, done: Restart) -> None:
    assert whole.coalesced == done
    assert done.coalesced == done
