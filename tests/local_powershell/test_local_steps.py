"""Invoke-AovpnStep on a real PowerShell, with kinds that need no Windows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.local_powershell.real import (
    CLEAR_STOP,
    after,
    before,
    by_id,
    needs_pwsh,
    product_text,
    read_step,
    run,
    set_step,
    stand_in_text,
)

pytestmark = needs_pwsh

_FAKE = "AovpnFake"
_MISSING = {"missing": r"HKEY_X\A"}
_QUOTES = "it's \u2018\u2019\u201a\u201b \"$(throw 'run')\" `n \u00ad\r\n"


def _fake(name: str, desired: Any, expected: Any) -> str:
    return set_step(name, _FAKE, {"Name": name}, desired, expected)


_CALLS = (
    read_step("absent", _FAKE, {"Name": "absent"}),
    _fake("new", {"value": _QUOTES}, None),
    read_step("new-again", _FAKE, {"Name": "new"}),
    set_step("gone", _FAKE, {"Name": "new"}, None, {"value": _QUOTES}),
    # Keys that were missing before, and have changed since.
    _fake("made", {"value": 1}, _MISSING),
    r"$script:Store['partly'] = @{ missing = 'HKEY_X\A\B' }",
    _fake("partly", {"value": 1}, _MISSING),
    "$script:Store['higher'] = @{ missing = 'HKEY_X' }",
    _fake("higher", {"value": 1}, _MISSING),
    CLEAR_STOP,
    r"$script:Store['beside'] = @{ missing = 'HKEY_X\AB' }",
    _fake("beside", {"value": 1}, _MISSING),
    CLEAR_STOP,
    "$script:Store['theirs'] = @{ value = 2 }",
    _fake("theirs", {"value": 1}, _MISSING),
    CLEAR_STOP,
    r"$script:Store['still'] = @{ missing = 'HKEY_X\A' }",
    _fake("still", _MISSING, _MISSING),
    # A set that is refused, and the sets after it.
    "$script:Store['stale'] = @{ value = 'theirs' }",
    _fake("stale", {"value": "new"}, {"value": "ours"}),
    _fake("skipped", {"value": 1}, None),
    read_step("stale-again", _FAKE, {"Name": "stale"}),
    CLEAR_STOP,
    set_step("liar", "AovpnLiar", {}, {"value": 2}, {"value": 1}),
    CLEAR_STOP,
    set_step("half", "AovpnHalf", {}, {"value": "all of it"}, None),
    CLEAR_STOP,
    read_step("two", "AovpnTwo", {}),
    read_step("odd", "AovpnOdd", {}),
    read_step("lists", "AovpnLists", {}),
    read_step("number", "AovpnNumber", {"Text": "x"}),
    read_step("no-kind", "AovpnNothing", {}),
    read_step("no-parameter", "AovpnTwo", {"Text": "x"}),
)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("steps")
    return by_id(run(folder, product_text(), stand_in_text("fake_kinds.ps1"), *_CALLS))


def test_absent_is_null(records: dict[str, Any]) -> None:
    assert records["absent"] == {"id": "absent", "ok": True, "before": "null"}


def test_a_set_reports_before_after_and_time(records: dict[str, Any]) -> None:
    record = records["new"]
    assert record["ok"], record
    assert (before(record), after(record)) == (None, {"value": _QUOTES})
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z", record["time"])


def test_a_state_is_read_as_it_was_set(records: dict[str, Any]) -> None:
    assert before(records["new-again"]) == {"value": _QUOTES}


def test_a_state_as_printed_is_expected_again(records: dict[str, Any]) -> None:
    assert records["gone"]["ok"], records["gone"]
    assert after(records["gone"]) is None


@pytest.mark.parametrize("name", ["made", "partly"])
def test_an_earlier_step_may_create_missing_keys(records: dict[str, Any], name: str) -> None:
    assert records[name]["ok"], records[name]
    assert after(records[name]) == {"value": 1}


@pytest.mark.parametrize("name", ["higher", "beside", "theirs", "stale"])
def test_a_state_changed_by_others_is_stale(records: dict[str, Any], name: str) -> None:
    assert not records[name]["ok"]
    assert records[name]["error"]["id"] == "StalePlan"
    assert "after" not in records[name]


def test_a_stale_step_is_not_set(records: dict[str, Any]) -> None:
    assert before(records["stale-again"]) == {"value": "theirs"}


def test_a_state_that_stays_absent_passes(records: dict[str, Any]) -> None:
    assert records["still"]["ok"], records["still"]


def test_sets_after_a_refused_one_are_skipped(records: dict[str, Any]) -> None:
    assert records["skipped"]["error"]["id"] == "Skipped"
    assert "before" not in records["skipped"]


def test_a_set_without_effect_is_not_held(records: dict[str, Any]) -> None:
    assert records["liar"]["error"]["id"] == "NotHeld"
    assert after(records["liar"]) == {"value": 1}


def test_a_set_that_fails_halfway_reports_the_state(records: dict[str, Any]) -> None:
    record = records["half"]
    assert not record["ok"]
    assert after(record) == {"value": "half of it"}
    assert record["time"]
    assert record["error"]["message"] == "It broke, and never got to all of it."
    assert record["error"]["id"] == "RuntimeException"
    assert record["error"]["at"]


def test_two_objects_are_an_error(records: dict[str, Any]) -> None:
    assert not records["two"]["ok"]
    assert "before" not in records["two"]


def test_no_character_is_lost(records: dict[str, Any]) -> None:
    assert before(records["odd"])["value"] == "\ufffe\uffff\ud800\u2028\u00ad\u00e9\x7f\0"


def test_lists_stay_lists(records: dict[str, Any]) -> None:
    expected = {"none": [], "one": ["a"], "bytes": [7], "nothing": None}
    assert before(records["lists"]) == expected


def test_an_error_of_a_method_is_reported_unchanged(records: dict[str, Any]) -> None:
    error = records["number"]["error"]
    assert error["id"] == "FormatException"
    assert not error["message"].startswith("Exception calling")


@pytest.mark.parametrize("name", ["no-kind", "no-parameter"])
def test_a_call_that_does_not_fit_is_reported(records: dict[str, Any], name: str) -> None:
    assert not records[name]["ok"]
    assert records[name]["error"]["message"]
