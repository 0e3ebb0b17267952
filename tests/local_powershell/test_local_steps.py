"""Invoke-AovpnStep on a real PowerShell, with kinds that need no Windows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.local_powershell.real import (
    GO_ON,
    after,
    before,
    by_id,
    needs_pwsh,
    ours,
    run,
    setting,
    stand_in,
    step,
)

pytestmark = needs_pwsh

_FAKE = "AovpnFake"
_MISSING = {"missing": r"HKEY_X\A"}
_QUOTES = "it's \u2018\u2019\u201a\u201b \"$(throw 'run')\" `n \u00ad\r\n"


def _fake(name: str, desired: Any, expected: Any) -> str:
    return setting(name, _FAKE, {"Name": name}, desired, expected)


_CALLS = (
    step("absent", _FAKE, {"Name": "absent"}),
    _fake("new", {"value": _QUOTES}, None),
    step("new-again", _FAKE, {"Name": "new"}),
    setting("gone", _FAKE, {"Name": "new"}, None, {"value": _QUOTES}),
    # Keys that were missing a moment ago, and what has become of them.
    _fake("made", {"value": 1}, _MISSING),
    r"$script:Store['partly'] = @{ missing = 'HKEY_X\A\B' }",
    _fake("partly", {"value": 1}, _MISSING),
    "$script:Store['higher'] = @{ missing = 'HKEY_X' }",
    _fake("higher", {"value": 1}, _MISSING),
    GO_ON,
    r"$script:Store['beside'] = @{ missing = 'HKEY_X\AB' }",
    _fake("beside", {"value": 1}, _MISSING),
    GO_ON,
    "$script:Store['theirs'] = @{ value = 2 }",
    _fake("theirs", {"value": 1}, _MISSING),
    GO_ON,
    r"$script:Store['still'] = @{ missing = 'HKEY_X\A' }",
    _fake("still", _MISSING, _MISSING),
    # A set that is refused, and what comes after it.
    "$script:Store['stale'] = @{ value = 'theirs' }",
    _fake("stale", {"value": "new"}, {"value": "ours"}),
    _fake("skipped", {"value": 1}, None),
    step("stale-again", _FAKE, {"Name": "stale"}),
    GO_ON,
    setting("liar", "AovpnLiar", {}, {"value": 2}, {"value": 1}),
    GO_ON,
    setting("half", "AovpnHalf", {}, {"value": "all of it"}, None),
    GO_ON,
    step("two", "AovpnTwo", {}),
    step("odd", "AovpnOdd", {}),
    step("lists", "AovpnLists", {}),
    step("number", "AovpnNumber", {"Text": "x"}),
    step("no-kind", "AovpnNothing", {}),
    step("no-parameter", "AovpnTwo", {"Text": "x"}),
)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("steps")
    return by_id(run(folder, ours(), stand_in("fake_kinds.ps1"), *_CALLS))


def test_absent_is_null(records: dict[str, Any]) -> None:
    assert records["absent"] == {"id": "absent", "ok": True, "before": "null"}


def test_a_set_says_before_after_and_when(records: dict[str, Any]) -> None:
    record = records["new"]
    assert record["ok"], record
    assert (before(record), after(record)) == (None, {"value": _QUOTES})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", record["time"])


def test_data_come_back_as_they_went(records: dict[str, Any]) -> None:
    assert before(records["new-again"]) == {"value": _QUOTES}


def test_the_text_that_was_printed_is_expected_again(records: dict[str, Any]) -> None:
    assert records["gone"]["ok"], records["gone"]
    assert after(records["gone"]) is None


@pytest.mark.parametrize("name", ["made", "partly"])
def test_an_earlier_step_may_make_missing_keys(records: dict[str, Any], name: str) -> None:
    assert records[name]["ok"], records[name]
    assert after(records[name]) == {"value": 1}


@pytest.mark.parametrize("name", ["higher", "beside", "theirs", "stale"])
def test_what_somebody_else_changed_is_stale(records: dict[str, Any], name: str) -> None:
    assert not records[name]["ok"]
    assert records[name]["error"]["id"] == "StalePlan"
    assert "after" not in records[name]


def test_stale_is_not_set(records: dict[str, Any]) -> None:
    assert before(records["stale-again"]) == {"value": "theirs"}


def test_absent_that_stays_absent_has_held(records: dict[str, Any]) -> None:
    assert records["still"]["ok"], records["still"]


def test_sets_after_a_refused_one_are_skipped(records: dict[str, Any]) -> None:
    assert records["skipped"]["error"]["id"] == "Skipped"
    assert "before" not in records["skipped"]


def test_a_set_that_changes_nothing_has_not_held(records: dict[str, Any]) -> None:
    assert records["liar"]["error"]["id"] == "NotHeld"
    assert after(records["liar"]) == {"value": 1}


def test_half_done_says_what_is_there(records: dict[str, Any]) -> None:
    record = records["half"]
    assert not record["ok"]
    assert after(record) == {"value": "half of it"}
    assert record["time"]
    assert record["error"]["message"] == "It broke, and never got to all of it."
    assert record["error"]["id"] == "RuntimeException"
    assert record["error"]["at"]


def test_two_objects_are_no_state(records: dict[str, Any]) -> None:
    assert not records["two"]["ok"]
    assert "before" not in records["two"]


def test_no_character_is_lost(records: dict[str, Any]) -> None:
    assert before(records["odd"])["value"] == "\ufffe\uffff\ud800\u2028\u00ad\u00e9\x7f\0"


def test_lists_stay_lists(records: dict[str, Any]) -> None:
    expected = {"none": [], "one": ["a"], "bytes": [7], "nothing": None}
    assert before(records["lists"]) == expected


def test_an_error_of_a_method_is_said_as_it_is(records: dict[str, Any]) -> None:
    error = records["number"]["error"]
    assert error["id"] == "FormatException"
    assert not error["message"].startswith("Exception calling")


@pytest.mark.parametrize("name", ["no-kind", "no-parameter"])
def test_what_does_not_fit_is_a_record(records: dict[str, Any], name: str) -> None:
    assert not records[name]["ok"]
    assert records[name]["error"]["message"]
