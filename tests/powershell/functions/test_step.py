"""`Invoke-AovpnStep`: each record whole, for sets that hold, do not, fail, and are not begun."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost, read_step, set_step

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z")

_THING = """
$script:Things = @{}
$script:Gets = 0
function Get-Thing {
    param($Name)
    $script:Gets++
    if ($script:Things.ContainsKey($Name)) { $script:Things[$Name] }
}
function Set-Thing {
    param($Name, $Desired)
    if ($null -eq $Desired) { $script:Things.Remove($Name) }
    else { $script:Things[$Name] = $Desired }
    'noise'
}
"""
_LIAR = "function Set-Thing { param($Name, $Desired) }"
_BREAKS = (
    "function Set-Thing { param($Name, $Desired) "
    "$script:Things[$Name] = 'half'; throw 'It broke.' }"
)
_LOST = "$script:Done = $false\nfunction Get-Lost { if ($script:Done) { throw 'lost' } }\n"
_GETS = "[string] $script:Gets"


def _read(name: str) -> str:
    return read_step("Thing", {"Name": name}, name)


def _set(name: str, desired: Any, expected: Any) -> str:
    text = json.dumps(expected, separators=(",", ":"))
    return set_step("Thing", {"Name": name}, desired, text, name)


def _set_lost() -> str:
    return set_step("Lost", {}, 1, "null", "a")


def _have(name: str, value: Any) -> str:
    return f"$script:Things[{literal(name)}] = {literal(value)}"


def _records(engine: EngineHost, *lines: str) -> list[Any]:
    """The records of calls; the place of an error is looked at, and taken out."""
    found = engine.records("\n".join((_THING, *lines)))
    for record in found:
        if isinstance(record, dict) and "error" in record:
            assert record["error"].pop("at").startswith("At line:")
    return found


def _just_now(record: dict[str, Any]) -> bool:
    """Take the time out of a record; true if it is of this minute, in UTC."""
    text = record.pop("time")
    assert _TIME.fullmatch(text)
    ago = datetime.now(UTC) - datetime.fromisoformat(text[:26]).replace(tzinfo=UTC)
    return abs(ago) < timedelta(minutes=5)


def _failed(name: str, identifier: str, message: str, **states: str) -> dict[str, Any]:
    error = {"id": identifier, "message": message}
    return {"id": name, "ok": False, **states, "error": error}


def _skipped(name: str) -> dict[str, Any]:
    return _failed(name, "Skipped", "An earlier step on this host failed.")


def test_a_read_has_the_state_alone(each_engine: EngineHost) -> None:
    lines = each_engine.run("\n".join((_THING, _have("b", "x"), _read("a"), _read("b"))))
    assert lines == [
        '{"id":"a","ok":true,"before":"null"}',
        '{"id":"b","ok":true,"before":"\\"x\\""}',
    ]


def test_a_set_has_both_states_and_the_time_between(each_engine: EngineHost) -> None:
    [record, gets] = _records(each_engine, _set("a", {"v": 1}, None), _GETS)
    assert list(record) == ["id", "ok", "before", "time", "after"]
    assert _just_now(record)
    assert record == {"id": "a", "ok": True, "before": "null", "after": '{"v":1}'}
    assert gets == 2


def test_a_set_is_told_what_is_desired(each_engine: EngineHost) -> None:
    script = (_have("a", "x"), _set("a", None, "x"), _read("a"))
    [removed, gone] = _records(each_engine, *script)
    assert (removed["before"], removed["after"]) == ('"x"', "null")
    assert gone["before"] == "null"


def test_a_stale_plan_is_not_set_nor_is_what_comes_after_it(each_engine: EngineHost) -> None:
    script = (
        _have("a", "theirs"),
        _set("a", "new", "ours"),
        _set("b", 1, None),
        _read("a"),
        _read("b"),
    )
    found = _records(each_engine, *script)
    stale = _failed("a", "StalePlan", 'Expected "ours", found "theirs".', before='"theirs"')
    left = {"id": "a", "ok": True, "before": '"theirs"'}
    absent = {"id": "b", "ok": True, "before": "null"}
    assert found == [stale, _skipped("b"), left, absent]


def _set_part(names: list[str], expected: str) -> str:
    call = set_step("Thing", {"Name": "a"}, {"own": 2, "other": 8}, expected, "a")
    return f"{call} -Parts {literal(names)}"


def test_a_step_looks_at_its_own_parts_alone(each_engine: EngineHost) -> None:
    """Another step of the batch has set the rest since it was read."""
    have = "$script:Things['a'] = [ordered]@{ own = 1; other = 7 }"
    call = _set_part(["own"], '{"own":1}')
    [record] = _records(each_engine, have, call)
    assert _just_now(record)
    assert record["ok"], record
    assert record["before"] == '{"own":1,"other":7}'
    assert json.loads(record["after"]) == {"own": 2, "other": 8}


def test_its_own_part_has_moved(each_engine: EngineHost) -> None:
    have = "$script:Things['a'] = [ordered]@{ own = 3; other = 7 }"
    call = _set_part(["own"], '{"own":1}')
    message = 'Expected {"own":1}, found {"own":3}.'
    before = '{"own":3,"other":7}'
    assert _records(each_engine, have, call, _read("a")) == [
        _failed("a", "StalePlan", message, before=before),
        {"id": "a", "ok": True, "before": before},
    ]


def test_nothing_is_expected_where_nothing_was_said(each_engine: EngineHost) -> None:
    call = f"{_read('a')} -Desired 1 -Apply"
    assert _records(each_engine, call) == [
        _failed("a", "StalePlan", "Expected , found null.", before="null")
    ]


def test_a_read_that_fails_stops_no_set(each_engine: EngineHost) -> None:
    script = (
        "function Get-Broken { throw 'no' }",
        read_step("Broken", {}, "a"),
        _set("b", 1, None),
    )
    [broken, done] = _records(each_engine, *script)
    assert broken == _failed("a", "RuntimeException", "no")
    assert done["ok"]


_COMMAND = "a name of a cmdlet, function, script file, or executable program."


@pytest.mark.parametrize(
    ("kind", "target", "identifier", "message"),
    [
        (
            "Nothing",
            {},
            "CommandNotFoundException",
            f"The term 'Get-Nothing' is not recognized as {_COMMAND}",
        ),
        (
            "AovpnOsBuild",
            {"Text": "x"},
            "NamedParameterNotFound",
            "A parameter cannot be found that matches parameter name 'Text'.",
        ),
    ],
)
def test_a_call_that_does_not_fit_is_an_error(
    each_engine: EngineHost, kind: str, target: dict[str, str], identifier: str, message: str
) -> None:
    [record] = _records(each_engine, read_step(kind, target, "a"))
    first, *_ = record["error"].pop("message").splitlines()
    assert first == message
    assert record == {"id": "a", "ok": False, "error": {"id": identifier}}


def test_a_set_that_fails_says_what_is_there_now(each_engine: EngineHost) -> None:
    script = (_have("a", "old"), _BREAKS, _set("a", "new", "old"), _GETS, _set("b", 1, None))
    [record, gets, skipped] = _records(each_engine, *script)
    assert list(record) == ["id", "ok", "before", "error", "time", "after"]
    assert _just_now(record)
    assert record == _failed("a", "RuntimeException", "It broke.", before='"old"', after='"half"')
    assert gets == 2
    assert skipped == _skipped("b")


def test_a_set_after_which_nothing_can_be_read_is_told_all_the_same(
    each_engine: EngineHost,
) -> None:
    kind = _LOST + "function Set-Lost { param($Desired) $script:Done = $true; throw 'It broke.' }"
    [record, skipped] = _records(each_engine, kind, _set_lost(), _set("b", 1, None))
    assert _just_now(record)
    assert record == _failed("a", "RuntimeException", "It broke.", before="null")
    assert skipped == _skipped("b")


def test_a_state_that_cannot_be_read_after_a_set_is_its_error(each_engine: EngineHost) -> None:
    kind = _LOST + "function Set-Lost { param($Desired) $script:Done = $true }"
    [record] = _records(each_engine, kind, _set_lost())
    assert _just_now(record)
    assert record == _failed("a", "RuntimeException", "lost", before="null")


def test_a_set_without_effect_has_not_held(each_engine: EngineHost) -> None:
    script = (_have("a", "old"), _LIAR, _set("a", "new", "old"), _GETS, _set("b", 1, None))
    [record, gets, skipped] = _records(each_engine, *script)
    assert list(record) == ["id", "ok", "before", "time", "after", "error"]
    assert _just_now(record)
    message = 'Set, but it reads back as before: "old".'
    assert record == _failed("a", "NotHeld", message, before='"old"', after='"old"')
    assert gets == 2
    assert skipped == _skipped("b")


_KEY = {"missing": "HKEY_X\\A"}


@pytest.mark.parametrize(
    ("state", "desired", "holds"),
    [
        (None, None, True),
        (None, _KEY, True),
        (_KEY, None, True),
        (_KEY, _KEY, True),
        ("old", None, False),
        ("old", _KEY, False),
        (None, "new", False),
        (_KEY, "new", False),
        ("old", "old", False),
    ],
)
def test_absent_that_stays_absent_has_held(
    each_engine: EngineHost, state: Any, desired: Any, holds: bool
) -> None:
    have = [] if state is None else [_have("a", state)]
    [record] = _records(each_engine, _LIAR, *have, _set("a", desired, state))
    assert _just_now(record)
    text = json.dumps(state, separators=(",", ":"))
    if holds:
        assert record == {"id": "a", "ok": True, "before": text, "after": text}
    else:
        message = f"Set, but it reads back as before: {text}."
        assert record == _failed("a", "NotHeld", message, before=text, after=text)


@pytest.mark.parametrize(("held", "stops"), [(True, True), (False, False)])
def test_a_record_that_is_no_json_is_one_without_its_states(
    each_engine: EngineHost, held: bool, stops: bool
) -> None:
    name = 'a "quoted" C:\\b'
    shadow = (
        "function ConvertTo-AovpnText { param($Value) "
        "if ($Value -is [Collections.IDictionary] -and $Value['id'] -like 'a*') { throw 'no' }; "
        "ConvertTo-Json -InputObject $Value -Compress }"
    )
    call = _set(name, 1, None) if held else _read(name)
    lines = each_engine.run("\n".join((_THING, shadow, call, _set("b", 1, None))))
    assert lines[0] == (
        '{"id":"a \\"quoted\\" C:\\\\b","ok":false,"error":{"id":"NoRecord",'
        '"message":"The record cannot be written as JSON."}}'
    )
    assert json.loads(lines[1]).get("error", {}).get("id") == ("Skipped" if stops else None)
