"""What differs and what would be done about it: pure functions of resources and answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.errors import Unreadable, UsageError
from aovpn_remediate.playbook.model import Check, Playbook, Step
from aovpn_remediate.resources import KINDS, declared
from aovpn_remediate.resources.base import Answer, Resource, State
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Action, CheckResult, PlannedStep


def needed_restart(
    declared: Restart, resource: Resource, answer: Answer, before: State, after: State
) -> Restart:
    """Return the restart that a change from one state to another needs to take effect."""
    return declared | resource.consequence(answer, before, after)


def action_of(resource: Resource, before: State, after: State) -> Action:
    """What a change from one state to the other is called."""
    if resource.same(before, after):
        return Action.NONE
    if resource.same(before, None):
        return Action.CREATE
    return Action.DELETE if resource.same(after, None) else Action.UPDATE


@lru_cache(maxsize=4096)
def _as_planned(step: Step) -> dict[str, Any]:
    """What is the same on every host; a thousand hosts share it."""
    return {
        "id": step.id,
        "title": step.resource.title(),
        "resource": declared(step.resource),
        "declared": step.then,
    }


@lru_cache(maxsize=4096)
def plan_step(step: Step, record: Record) -> PlannedStep:
    """What a step would change, as read. Hosts that answer alike share the result."""
    resource, common = step.resource, _as_planned(step)
    try:
        answer = record.before_answer
        before = resource.normalise(answer)
        after = resource.wanted(before)
        manual = resource.manual(answer, before)
    except Unreadable as error:
        return PlannedStep(**common, readable=False, reason=str(error))
    action = action_of(resource, before, after)
    then = Restart()
    if action is Action.NONE:
        manual = None
    elif resource.read_only or manual is not None:
        action = Action.MANUAL
    else:
        then = needed_restart(step.then, resource, answer, before, after)
    return PlannedStep(
        **common,
        action=action,
        before=before,
        after=after,
        before_text=resource.show(before),
        after_text=resource.show(after),
        reason=manual or "",
        notes=resource.notes(answer),
        then=then,
    )


@lru_cache(maxsize=4096)
def check(item: Check, record: Record) -> CheckResult:
    """Whether a check holds; `ok` is None where it cannot be read."""
    resource = item.resource
    common: dict[str, Any] = {
        "id": item.id,
        "title": resource.title(),
        "resource": declared(resource),
    }
    try:
        found = resource.normalise(record.before_answer)
        wanted = resource.wanted(found)
    except Unreadable as error:
        return CheckResult(**common, ok=None, reason=str(error))
    return CheckResult(
        **common,
        ok=resource.same(found, wanted),
        found=resource.show(found),
        wanted=resource.show(wanted),
    )


Verdict = Literal["unchanged", "set", "stale", "unreadable"]


@dataclass(frozen=True)
class Found:
    """What a step's record says at the moment of apply or rollback."""

    verdict: Verdict
    state: State = None
    text: str = "null"
    """As the engine on the host printed it."""
    answer: Answer = None
    reason: str = ""


def recheck_state(
    resource: Resource,
    record: Record,
    *,
    as_seen: Callable[[State], bool],
    at_goal: Callable[[State], bool],
) -> Found:
    """Whether a step is at its goal already, is as it was seen, or is neither."""
    try:
        answer = record.before_answer
        state = resource.normalise(answer)
        manual = resource.manual(answer, state)
    except Unreadable as error:
        return Found("unreadable", reason=str(error))
    text = record.before or "null"
    if at_goal(state):
        return Found("unchanged", state, text, answer)
    if not as_seen(state):
        return Found("stale", state, text, answer)
    if manual is not None:
        return Found("stale", state, text, answer, reason=manual)
    return Found("set", state, text, answer)


def contradictions(playbooks: Iterable[Playbook]) -> None:
    """Raises `UsageError` where two steps want the same thing differently."""
    claimed: dict[str, tuple[str, Any]] = {}
    for step in (step for playbook in playbooks for step in playbook.steps):
        for thing, wanted in step.resource.claims().items():
            other, theirs = claimed.setdefault(thing, (step.id, wanted))
            if theirs != wanted:
                raise UsageError(
                    f"{step.id} and {other} want {step.resource.title()} differently: run one of "
                    "them, or make them agree"
                )


@lru_cache(maxsize=256)
def unite(playbooks: tuple[Playbook, ...]) -> tuple[Step, ...]:
    """The steps of several playbooks; what is wanted twice alike is one step with both restarts."""
    steps: dict[str, Step] = {}
    claimed: dict[str, str] = {}
    for step in (step for playbook in playbooks for step in playbook.steps):
        claims = step.resource.claims()
        if all(thing in claimed for thing in claims):
            first = steps[claimed[next(iter(claims))]]
            if first.then | step.then != first.then:
                steps[first.id] = replace(first, then=first.then | step.then)
            continue
        steps[step.id] = step
        for thing in claims:
            claimed.setdefault(thing, step.id)
    return tuple(steps.values())


def resource_of(data: Mapping[str, Any]) -> Resource:
    """A resource from a plan or the journal; raises `ValueError` where it is none."""
    [(kind, fields)] = data.items()
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind}")
    return KINDS[kind].model_validate(fields)
