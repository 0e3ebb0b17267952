"""Each step right before it is set: at its goal, as planned, or neither. Pure functions."""

from __future__ import annotations

import json
from typing import Any

import pytest

from aovpn_remediate.engine.apply.changes import Change
from aovpn_remediate.engine.apply.recheck import recheck, recheck_state
from aovpn_remediate.engine.plan.compare import plan_step
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.playbook.model import Step
from aovpn_remediate.resources import KINDS

KEY = r"HKLM\SOFTWARE\Test"
DWORD_1 = {"type": "DWord", "data": 1}
RESOURCE = KINDS["registry_value"].model_validate(
    {"key": KEY, "name": "x", "type": "dword", "data": 1, "create_key": True}
)


def answered(answer: Any) -> Record:
    return Record(id="pb/x", ok=True, before=json.dumps(answer))


def change(answer: Any = None, **more: Any) -> Change:
    """A change that was planned from an answer."""
    planned = plan_step(Step("pb/x", RESOURCE), answered(answer))
    return Change(planned.model_copy(update=more), RESOURCE)


_ANSWERS: dict[str, tuple[Any, str]] = {
    "as planned": (None, "set"),
    "as planned, without the key too": ({"missing": KEY}, "set"),
    "compliant by now": (DWORD_1, "unchanged"),
    "neither": ({"type": "DWord", "data": 7}, "stale"),
    "of a type that cannot be restored": ({"type": "None", "data": []}, "stale"),
    "unreadable": ({"type": 5}, "unreadable"),
}


@pytest.mark.parametrize(("answer", "verdict"), _ANSWERS.values(), ids=_ANSWERS)
def test_the_state_at_apply(answer: Any, verdict: str) -> None:
    now = recheck_state(change(), answered(answer))
    assert now.verdict == verdict
    assert now.answer == (None if verdict == "unreadable" else answer)


def test_the_recorded_step_is_the_planned_one() -> None:
    planned = change().planned
    step, answer = recheck(change(), answered(None), {})
    assert (step.status, answer) == ("not_done", None)
    assert (step.title, step.resource) == (planned.title, planned.resource)
    assert (step.planned_text, step.goal_text) == (planned.before_text, planned.after_text)
    assert (step.planned, step.goal) == (planned.before, planned.after)
    assert (step.before, step.before_text, step.read) == (None, "absent", True)


@pytest.mark.parametrize("answer", [None, {"type": "DWord", "data": 7}], ids=["same", "changed"])
def test_a_waived_step_is_left_as_it_is(answer: Any) -> None:
    step, _ = recheck(change(waived="CHG1: later"), answered(answer), {})
    assert (step.status, step.message) == ("waived", "CHG1: later")


def test_a_step_of_an_excluded_playbook_is_not_even_compared() -> None:
    step, _ = recheck(change(), answered({"type": 5}), {"pb": "service IAS: is stopped"})
    assert step.status == "skipped"
    assert step.message.endswith("excluded by a failed before-check: service IAS: is stopped")
