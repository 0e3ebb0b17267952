"""A second look at each step right before it is set: what has changed since the plan. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aovpn_remediate.engine.apply.changes import Change
from aovpn_remediate.engine.plan.compare import manual_action
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.results import StepRun, StepStatus
from aovpn_remediate.results.common import playbook_of

Verdict = Literal["unchanged", "set", "stale", "unreadable"]


@dataclass(frozen=True)
class CurrentState:
    """The state of a step right now, and what it means for the change."""

    verdict: Verdict
    state: State = None
    answer: Answer = None
    reason: str = ""


def recheck_state(change: Change, record: Record) -> CurrentState:
    """Return the state of a step: at its goal already, as planned, or neither."""
    resource = change.resource
    try:
        answer = record.before_answer
        state = resource.normalise(answer)
        manual = manual_action(resource, change.planned.declared, answer, state)
    except Unreadable as error:
        return CurrentState("unreadable", reason=str(error))
    if change.is_at_goal(state):
        return CurrentState("unchanged", state, answer)
    if not change.is_as_planned(state):
        return CurrentState("stale", state, answer)
    if manual is not None:
        return CurrentState("stale", state, answer, reason=manual)
    return CurrentState("set", state, answer)


def is_still_to_set(change: Change, record: Record, before: State) -> bool:
    """Return true if a step was refused only for what another step of its run has set of it."""
    now = recheck_state(change, record)
    if now.verdict != "stale" or now.reason:
        return now.verdict == "set"
    is_by_hand = change.resource.manual(now.answer, now.state) is not None
    return not is_by_hand and change.resource.is_between(now.state, before, change.goal)


def recheck(change: Change, record: Record, excluded: Mapping[str, str]) -> tuple[StepRun, Answer]:
    """Return a step as it is before anything is set, `not_done` where it has to be set.

    `excluded` are playbooks that must not be applied, with the reason.
    """
    if (playbook := playbook_of(change.id)) in excluded:
        why = f"the playbook is excluded by a failed before-check: {excluded[playbook]}"
        return change.as_run("skipped", message=why), None
    now = recheck_state(change, record)
    if now.verdict == "unreadable":
        return change.as_run("unreadable", message=now.reason), None
    status, message = _status(change, now)
    shown = change.resource.show(now.state)
    step = change.as_run(status, message=message, before=now.state, before_text=shown, read=True)
    return step, now.answer


def _status(change: Change, now: CurrentState) -> tuple[StepStatus, str]:
    if now.verdict == "unchanged":
        return "unchanged", ""
    if now.verdict == "set" and change.sets:
        return "not_done", ""
    if change.planned.waived:
        return "waived", change.planned.waived
    if change.manual and change.resource.same(now.state, change.planned.before):
        return "manual", change.manual
    if change.restores:
        return "stale", change.manual or now.reason or "it has changed since the run"
    return "stale", now.reason or "it has changed since the plan, and is not compliant"
