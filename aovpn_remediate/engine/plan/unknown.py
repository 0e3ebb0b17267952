"""Steps of earlier runs that returned no record: the next reading of the host resolves them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from aovpn_remediate.engine.plan.compare import needed_restart, resource_of
from aovpn_remediate.engine.reading.read import Reading
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.errors import Unreadable
from aovpn_remediate.journal.leftovers import Need
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import each_need
from aovpn_remediate.results import Facts, StepRun

Outcome = Literal["changed", "failed", "not_held"]
_SHOWED: Mapping[Outcome, str] = {
    "changed": "it was set",
    "failed": "it was not set",
    "not_held": "it is neither as before nor as planned",
}


def outcome(resource: Resource, state: State, *, before: State, goal: State) -> Outcome:
    """Return the outcome of a Set without a record, from the state that was read afterwards."""
    if resource.same(state, before) and not resource.restored(state, goal):
        return "failed"
    return "changed" if resource.same(state, goal) else "not_held"


@dataclass(frozen=True, eq=False)
class UnknownStep:
    """A step that an earlier run sent without a record: only a reading shows if it was set."""

    run: str
    step: StepRun
    resource: Resource

    @property
    def id(self) -> str:
        """An id that no step of a playbook has."""
        return f"{self.run}:{self.step.id}"


def unknown_steps(steps: Iterable[tuple[str, StepRun]]) -> tuple[UnknownStep, ...]:
    """Return unknown steps from their runs and the steps in the journal."""
    return tuple(UnknownStep(run, step, resource_of(step.resource)) for run, step in steps)


@dataclass(frozen=True)
class ResolvedStep:
    """An unknown step with its outcome, and in `then` the restarts that it needs if it was set."""

    run: str
    step: StepRun


def resolve(items: Iterable[UnknownStep], found: Reading) -> list[ResolvedStep]:
    """Return the steps that a reading resolves; one that could not be read stays unknown."""
    results = [_resolve(item, found[item.id], found.facts) for item in items]
    return [result for result in results if result is not None]


def resolve_late(
    items: Iterable[UnknownStep], just_set: Mapping[str, str], found: Reading
) -> list[ResolvedStep]:
    """Return the steps that were set between two readings: the script of the earlier run did it.

    `just_set` are the things that were set, with the id of their record in the later reading.
    """
    late = [item for item in items if item.resource.thing() in just_set]
    results = [_resolve(i, found[just_set[i.resource.thing()]], found.facts) for i in late]
    return [result for result in results if result is not None]


def _resolve(item: UnknownStep, record: Record, facts: Facts) -> ResolvedStep | None:
    resource, step = item.resource, item.step
    try:
        answer = record.before_answer
        state = resource.normalise(answer)
    except Unreadable:
        return None
    status = outcome(resource, state, before=step.before, goal=step.goal)
    update: dict[str, Any] = {
        "status": status,
        "message": f"the host sent no record; a later reading showed that {_SHOWED[status]}",
        "after": state,
        "after_text": resource.show(state),
    }
    if status != "failed":
        then = needed_restart(step.declared, resource, answer, step.before, state)
        update |= {"time": facts.time, "then": then}
    return ResolvedStep(item.run, step.model_copy(update=update))


def needs_of(resolved: Iterable[ResolvedStep], host: str) -> list[Need]:
    """Return the restarts that resolved steps still need: no earlier restart can count for them."""
    return [
        Need(host=host, need=need, since=item.step.time, run=item.run, step=item.step.id)
        for item in resolved
        for need in each_need(item.step.then)
    ]
