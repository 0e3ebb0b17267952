"""Lines of an automatic rollback as the host wrote them."""

from __future__ import annotations

import json

import pytest

from aovpn_remediate.engine.confirm.records import read_outcome


@pytest.mark.parametrize("said", ["plain", "\ud800 \uffff", "\udfff"])
def test_whatever_a_host_says_is_read(said: str) -> None:
    error = {"id": "X", "message": said, "at": ""}
    lines = [
        json.dumps({"began": "2026-11-21T02:00:00Z"}),
        json.dumps({"id": "t/a", "ok": False, "error": error}),
        json.dumps({"restart": "IAS", "ok": False, "error": error}),
    ]
    outcome = read_outcome(lines, {})
    assert outcome.began == "2026-11-21T02:00:00Z"
    assert [problem.partition(":")[0] for problem in outcome.problems] == ["t/a", "IAS"]
    assert all(said in problem for problem in outcome.problems)


@pytest.mark.parametrize("line", ["", "{", "[]", "5", "null", '{"id": 1}', "[" * 100_000])
def test_what_is_no_record_is_said(line: str) -> None:
    [problem] = read_outcome([line], {}).problems
    assert problem.startswith("the host wrote an invalid record")
