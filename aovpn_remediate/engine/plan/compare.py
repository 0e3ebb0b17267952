"""The comparison of what playbooks want with what hosts answered. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import combinations
from typing import Any

from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.errors import Unreadable, UsageError
from aovpn_remediate.playbook.model import Check, Playbook, Step
from aovpn_remediate.resources import KINDS, declared
from aovpn_remediate.resources.base import Answer, Resource, State, Wants
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Action, CheckResult, PlannedStep


def needed_restart(
    declared: Restart, resource: Resource, answer: Answer, before: State, after: State
) -> Restart:
    """Return the restart that a change from one state to another needs to take effect."""
    return declared | resource.consequence(answer, before, after)


def manual_action(
    resource: Resource, declared: Restart, answer: Answer, state: State
) -> str | None:
    """Return the manual action that compliance needs; None where Set or the restart brings it."""
    if not resource.read_only:
        return resource.manual(answer, state)
    if resource.is_cured_by(declared, answer):
        return None
    return resource.manual(answer, state) or ""


def impact_note(concerns: str) -> str:
    """Return the note on a change that concerns more than its host."""
    return f"high impact: {concerns}; only set with --confirm-high-impact"


def action_of(resource: Resource, before: State, after: State) -> Action:
    """Return the action that a change from one state to the other is."""
    if resource.same(before, after):
        return Action.NONE
    if resource.same(before, None):
        return Action.CREATE
    return Action.DELETE if resource.same(after, None) else Action.UPDATE


@lru_cache(maxsize=4096)
def _as_planned(step: Step) -> dict[str, Any]:
    """Return what a planned step has in common on all hosts; a thousand hosts share it."""
    return {
        "id": step.id,
        "title": step.resource.title(),
        "resource": declared(step.resource),
        "declared": step.then,
        "backup": step.backup,
        "high_impact": step.high_impact,
    }


@lru_cache(maxsize=4096)
def plan_step(step: Step, record: Record) -> PlannedStep:
    """Compare a step with what was read of it. Hosts that answer alike share the result."""
    resource, common = step.resource, _as_planned(step)
    try:
        answer = record.before_answer
        before = resource.normalise(answer)
        after = resource.wanted(before)
        manual = step.manual or manual_action(resource, step.then, answer, before)
    except Unreadable as error:
        return PlannedStep(**common, readable=False, reason=str(error))
    action = action_of(resource, before, after)
    then, notes = Restart(), resource.notes(answer)
    if action is Action.NONE:
        manual = None
    elif manual is not None:
        action = Action.MANUAL
    else:
        then = needed_restart(step.then, resource, answer, before, after)
        notes = (impact_note(step.high_impact), *notes) if step.high_impact else notes
    return PlannedStep(
        **common,
        action=action,
        before=before,
        after=after,
        before_text=resource.show(before),
        after_text=resource.show(after),
        reason=manual or "",
        notes=notes,
        then=then,
    )


@lru_cache(maxsize=4096)
def check(item: Check, record: Record) -> CheckResult:
    """Compare a check with what was read of it; `ok` is None where it could not be read."""
    resource = item.resource
    common: dict[str, Any] = {
        "id": item.id,
        "title": resource.title(),
        "resource": declared(resource),
    }
    try:
        state = resource.normalise(record.before_answer)
        wanted = resource.wanted(state)
    except Unreadable as error:
        return CheckResult(**common, ok=None, reason=str(error))
    return CheckResult(
        **common,
        ok=resource.same(state, wanted),
        found=resource.show(state),
        wanted=resource.show(wanted),
    )


def refuse_contradictions(playbooks: Iterable[Playbook]) -> None:
    """Refuse steps that set the same thing to different values. Raises `UsageError`."""
    claimed: dict[str, tuple[str, Resource]] = {}
    for step in (step for playbook in playbooks for step in playbook.steps):
        for thing, wanted in step.resource.claims().items():
            other, theirs = claimed.setdefault(thing, (step.id, step.resource))
            if theirs.claims()[thing] == wanted:
                continue
            both = theirs.joined(step.resource)
            if both is None:
                raise UsageError(
                    f"{step.id} and {other} set {step.resource.title()} to different values: run "
                    "only one of them, or make them agree"
                )
            claimed[thing] = (other, both)


def refuse_resolved(steps: Sequence[PlannedStep]) -> tuple[PlannedStep, ...]:
    """Return planned steps, those unreadable that contradict each other once the host has told.

    Two spellings of one account, say, of which one has to hold a right and the other has not.
    """
    wants = {}
    for step in steps:
        if step.readable and (found := resource_of(step.resource).wants(step.after)):
            wants[step.id] = found
    reasons: dict[str, str] = {}
    for one, other in combinations(wants, 2):
        if what := _contradiction(wants[one], wants[other]):
            for name, against in ((one, other), (other, one)):
                reasons.setdefault(name, f"contradicts {against} on {what}: decide for one of them")
    refused = {"readable": False, "action": Action.NONE, "then": Restart()}
    return tuple(
        step.model_copy(update={**refused, "reason": reasons[step.id]})
        if step.id in reasons
        else step
        for step in steps
    )


def _contradiction(one: Wants, other: Wants) -> str:
    """Return what two steps want otherwise; empty where they agree, or are of different things."""
    if one.thing != other.thing:
        return ""
    for what in sorted({*one.of, *other.of}):
        mine, theirs = one.of.get(what, one.rest), other.of.get(what, other.rest)
        if mine is not None and theirs is not None and mine != theirs:
            return what
    return ""


@lru_cache(maxsize=256)
def unite(playbooks: tuple[Playbook, ...]) -> tuple[Step, ...]:
    """Return the steps of several playbooks, those of one thing as one step.

    It has the restarts of both, and a rule that asks for what both ask for.
    """
    steps: dict[str, Step] = {}
    claimed: dict[str, str] = {}
    for step in (step for playbook in playbooks for step in playbook.steps):
        claims = step.resource.claims()
        if all(thing in claimed for thing in claims):
            first = steps[claimed[next(iter(claims))]]
            steps[first.id] = _united(first, step)
            continue
        steps[step.id] = step
        for thing in claims:
            claimed.setdefault(thing, step.id)
    return tuple(steps.values())


def _united(first: Step, other: Step) -> Step:
    """Return two steps of one thing as one: it is set if one of them may set it."""
    both = first.resource.joined(other.resource) or first.resource
    then = first.then | other.then
    manual = first.manual if other.manual else ""
    return replace(
        first,
        resource=both,
        then=then,
        manual=manual,
        backup=first.backup or other.backup,
        high_impact=first.high_impact or other.high_impact,
    )


def resource_of(data: Mapping[str, Any]) -> Resource:
    """Return the resource that a plan or the journal holds. Raises `ValueError` for other data."""
    [(kind, fields)] = data.items()
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind}")
    return KINDS[kind].model_validate(fields)
