"""The lines of a host: records, or a lost connection, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aovpn_remediate.engine.reading.read import gather
from aovpn_remediate.engine.reading.records import ErrorRecord, Line, Record, RestartRecord, parse
from aovpn_remediate.errors import Disconnected, Unreadable
from aovpn_remediate.results import Facts

_LINES: dict[str, tuple[str, Line]] = {
    "a step as read": (
        r'{"id":"pb/x","ok":true,"before":"{\"type\":\"DWord\",\"data\":1}"}',
        Record(id="pb/x", ok=True, before='{"type":"DWord","data":1}'),
    ),
    "a step that was set": (
        '{"id":"pb/x","ok":true,"before":"null","after":"1","time":"2026-11-21T02:03:04Z"}',
        Record(id="pb/x", ok=True, before="null", after="1", time="2026-11-21T02:03:04Z"),
    ),
    "a step that failed": (
        '{"id":"pb/x","ok":false,"error":{"id":"Skipped","message":"No.","at":""}}',
        Record(id="pb/x", ok=False, error=ErrorRecord(id="Skipped", message="No.")),
    ),
    "a restart": (
        '{"restart":"RasMan","ok":true,"was":"running","now":"running"}',
        RestartRecord(what="RasMan", ok=True, was="running", now="running"),
    ),
    "a restart of nothing": (
        '{"restart":"X","ok":true,"was":null,"now":null}',
        RestartRecord(what="X", ok=True),
    ),
    "a start": (
        '{"start":"X","ok":true,"was":"stopped","now":"running"}',
        RestartRecord(what="X", ok=True, was="stopped", now="running"),
    ),
    "a reboot": ('{"restart":"reboot","ok":true}', RestartRecord(what="reboot", ok=True)),
}


@pytest.mark.parametrize(("line", "meaning"), _LINES.values(), ids=_LINES)
def test_what_a_line_means(line: str, meaning: Line) -> None:
    assert list(parse([line], host="h")) == [meaning]


@pytest.mark.parametrize(
    "line",
    [
        *("", "null", "1", '"facts"', '["facts"]', "[]", "{}", "{", "NaN", "9" * 5000),
        *("[" * 100_000, "Access is denied.", '{"id":1,"ok":true}', '{"id":"x"}'),
        *('{"id":"x","ok":"true"}', '{"id":"x","ok":1}', '{"id":"x","ok":true,"before":null,'),
        *('{"id":"x","ok":true,"before":1}', '{"id":"x","ok":true,"before":{"type":"DWord"}}'),
        *('{"restart":1,"ok":true}', '{"restart":"x"}', '{"start":null,"ok":true}'),
        *('{"id":"x","ok":false,"error":"text"}', '{"id":"x","ok":false,"error":{"id":1}}'),
    ],
    ids=lambda line: line[:30] or "nothing",
)
def test_a_line_that_is_not_a_record_is_a_lost_connection(line: str) -> None:
    with pytest.raises(Disconnected, match="invalid record") as raised:
        list(parse([line], host="nps-01"))
    assert raised.value.host == "nps-01"
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 250


_FIELDS = ["facts", "restart", "start", "id", "ok", "error", "value", "reason", "roles", "services"]
_FIELDS += ["name", "boot", "before", "after", "time", "message"]
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_FIELDS), inner, max_size=5)
    ),
    max_leaves=12,
)


@settings(deadline=None)
@given(st.lists(st.text(max_size=40) | _JSON.map(json.dumps), max_size=3))
def test_whatever_a_host_writes_is_records_or_a_lost_connection(lines: list[str]) -> None:
    try:
        found = list(parse(lines, host="h"))
        reading = gather(found, host="h", expected=["x"])
    except Disconnected:
        return
    assert isinstance(reading.facts, Facts)
    assert reading["x"].id == "x"


@settings(deadline=None)
@given(st.text(max_size=40) | _JSON.map(json.dumps))
def test_whatever_text_is_a_state_it_is_an_answer_or_unreadable(text: str) -> None:
    record = Record(id="x", ok=True, before=text, after=text)
    try:
        answer = record.before_answer
    except Unreadable:
        with pytest.raises(Unreadable):
            record.after_answer  # noqa: B018 - a property that raises
        return
    assert repr(answer) == repr(json.loads(text)) == repr(record.after_answer)


def test_a_missing_state_is_unreadable_with_the_error_of_powershell() -> None:
    error = ErrorRecord(id="X", message="Access is denied.", at="At line:7\n+   Get-Thing\n")
    with pytest.raises(Unreadable, match=r"^Access is denied\.$"):
        Record(id="x", ok=False, error=error).before_answer  # noqa: B018
    with pytest.raises(Unreadable, match="sent no state"):
        Record(id="x", ok=True).before_answer  # noqa: B018


def test_an_error_is_told_in_one_line() -> None:
    """Messages of ADSI and CIM end with a line break, or have one within."""
    error = ErrorRecord(message="No such\r\n group.\r\n", at="At line:7\n+   Get-Thing\n")
    assert str(error) == "No such group."


def test_the_log_has_the_place_of_an_error_and_not_its_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    error = {"id": "X", "message": "no", "at": "At line:7 char:5\n+ Set-Thing 'secret'\n"}
    list(parse([json.dumps({"id": "a", "ok": False, "error": error})], host="h"))
    [record] = caplog.records
    assert (record.message, record.host, record.step) == ("PowerShell error", "h", "a")  # type: ignore[attr-defined]
    assert (record.error, record.place) == ("X", "7:5")  # type: ignore[attr-defined]
    assert "secret" not in str(vars(record))


@pytest.mark.parametrize("text", ["[" * 100_000, "9" * 5000, "", "nul"])
def test_a_state_that_is_not_json_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable, match="invalid JSON"):
        Record(id="x", ok=True, before=text).before_answer  # noqa: B018


def _x(**more: Any) -> Record:
    return Record(id="x", ok=True, **more)


_INCOMPLETE: dict[str, tuple[list[Line], str]] = {
    "no facts": ([_x()], "sent no facts"),
    "no record": ([Facts()], "no record of x"),
    "another record": ([Facts(), Record(id="y", ok=True)], "no record of x"),
    "a record twice": ([Facts(), _x(), _x()], "two records of x"),
    "facts twice": ([Facts(name="A"), _x(), Facts(name="B")], "facts twice"),
    "nothing": ([], "incomplete"),
}


@pytest.mark.parametrize(("lines", "words"), _INCOMPLETE.values(), ids=_INCOMPLETE)
def test_an_incomplete_answer_is_refused(lines: list[Line], words: str) -> None:
    with pytest.raises(Disconnected, match=words):
        gather(lines, host="h", expected=["x"])


def test_a_reading_is_the_facts_and_each_record() -> None:
    lines: list[Line] = [_x(before="1"), Facts(name="A"), RestartRecord(what="X", ok=True)]
    reading = gather(lines, host="h", expected=["x"])
    assert (reading.facts.name, reading["x"].before) == ("A", "1")
