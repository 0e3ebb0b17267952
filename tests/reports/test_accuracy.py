from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.reports.accuracy import StepAccuracy, accuracy
from tests.reports.documents import NPS, a_run_of_everything, done, run

ABSENT: dict[str, Any] = {"planned": None, "goal": {"data": 1}}
AS_WANTED: dict[str, Any] = {
    "planned": {"data": 1},
    "goal": {"data": 1},
    "planned_text": "dword 1",
    "before_text": "dword 1",
}


def _only(status: str, **more: Any) -> StepAccuracy:
    host_error = more.pop("host_error", None)
    made = done(f"{NPS}/eap", status, **more)
    [found] = accuracy(run({"host": "nps-01", "error": host_error, "steps": [made]})).steps
    return found


@pytest.mark.parametrize(
    ("status", "more"),
    [
        ("changed", {**ABSENT, "after_text": "dword 1"}),
        ("unchanged", AS_WANTED),
        ("manual", ABSENT),
        ("waived", {**ABSENT, "message": "CHG-1: until 2026-12-31"}),
        ("unreadable", {"planned_text": "", "goal_text": "", "message": "access is denied"}),
    ],
)
def test_a_step_went_as_predicted(status: str, more: dict[str, Any]) -> None:
    found = _only(status, **more)
    assert (found.verdict, found.why) == ("as_predicted", "")


@pytest.mark.parametrize(
    ("status", "more", "why"),
    [
        (
            "unchanged",
            {**ABSENT, "before_text": "dword 1"},
            "already dword 1, set since the plan was made",
        ),
        (
            "stale",
            {**ABSENT, "before_text": "dword 7", "message": "plan again"},
            "the plan saw absent, but dword 7 was found: plan again",
        ),
        ("stale", {"planned_text": "", "before_text": "dword 7"}, "but dword 7 was found"),
        ("not_held", {**ABSENT, "after_text": "dword 0"}, "it reads dword 0, not dword 1"),
        ("failed", {**ABSENT, "message": "access is denied"}, "access is denied"),
        ("failed", ABSENT, "failed"),
        ("unreadable", {**ABSENT, "message": "access is denied"}, "access is denied"),
    ],
)
def test_a_step_did_not_go_as_predicted(status: str, more: dict[str, Any], why: str) -> None:
    found = _only(status, **more)
    assert found.verdict == "not_as_predicted"
    assert found.why.endswith(why)


@pytest.mark.parametrize(
    ("status", "more", "why"),
    [
        ("not_done", {"host_error": "cannot connect"}, "cannot connect"),
        ("not_done", {}, "not started"),
        ("skipped", {"message": "an earlier step failed"}, "an earlier step failed"),
        ("unknown", {}, "no record came back: it may or may not have been set"),
    ],
)
def test_a_step_that_was_not_tried_tests_no_prediction(
    status: str, more: dict[str, Any], why: str
) -> None:
    found = _only(status, **ABSENT, **more)
    assert (found.verdict, found.why) == ("not_tried", why)


def test_prediction_and_outcome() -> None:
    changed = _only("changed", **ABSENT, after_text="dword 1")
    assert changed.predicted == "absent -> dword 1"
    assert changed.happened == "set: absent -> dword 1"
    assert _only("unchanged", **AS_WANTED).predicted == "stays dword 1"
    assert _only("manual", **ABSENT).predicted == "absent, manual action needed to make it dword 1"
    assert _only("stale", planned_text="").predicted == "could not be read"


def test_the_same_words_for_another_state_are_a_difference() -> None:
    """Such as a value of another type with the same text."""
    found = _only("unchanged", **{**AS_WANTED, "planned": {"data": "1"}})
    assert found.verdict == "not_as_predicted"


def test_the_count() -> None:
    found = accuracy(a_run_of_everything())
    assert (found.as_predicted, found.not_as_predicted, found.not_tried) == (4, 4, 4)
    assert str(found) == ("4 of 12 steps as predicted, 4 not as predicted, 4 not tried or unknown")
    assert len(found.deviations) == 8
    assert all(step.why for step in found.deviations)


def test_nothing_was_planned() -> None:
    assert str(accuracy(run({"host": "nps-01"}))) == "0 of 0 steps as predicted"
