"""Steps of earlier runs of which no record came: the next look at the host settles them."""

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
from aovpn_remediate.resources.restart import NOTHING, Restart, each_need
from aovpn_remediate.results import Facts, StepRun

Outcome = Literal["changed", "failed", "not_held"]
_WORDS: Mapping[Outcome, str] = {
    "changed": "it was set",
    "failed": "it was not set",
    "not_held": "it is neither as it was nor as wanted",
}


def outcome(resource: Resource, state: State, *, before: State, goal: State) -> Outcome:
    """What became of a Set without a record, by the state that is read afterwards."""
    if resource.same(state, before) and not resource.restored(state, goal):
        return "failed"
    return "changed" if resource.same(state, goal) else "not_held"


@dataclass(frozen=True, eq=False)
class UnknownStep:
    """A step that was sent in an earlier run: whether it was set has to be read."""

    run: str
    step: StepRun
    resource: Resource

    @property
    def id(self) -> str:
        """Unlike that of any step of a playbook."""
        return f"{self.run}:{self.step.id}"


def unknown_steps(steps: Iterable[tuple[str, StepRun]]) -> tuple[UnknownStep, ...]:
    """From the journal: run and step."""
    return tuple(UnknownStep(run, step, resource_of(step.resource)) for run, step in steps)


@dataclass(frozen=True)
class ResolvedStep:
    """What became of it after all, and the restarts that it needs if it was set."""

    run: str
    step: StepRun
    restart: Restart = NOTHING


def resolve(items: Iterable[UnknownStep], found: Reading) -> list[ResolvedStep]:
    """What a reading tells of each; one that cannot be read stays unknown."""
    results = [_settle(item, found[item.id], found.facts) for item in items]
    return [result for result in results if result is not None]


def resolve_late(
    items: Iterable[UnknownStep], just_set: Mapping[str, str], found: Reading
) -> list[ResolvedStep]:
    """The same for what somebody set between two looks: the script of such a step did it.

    `just_set` says for a thing which record of the later look tells of it.
    """
    late = [item for item in items if item.resource.thing() in just_set]
    results = [_settle(i, found[just_set[i.resource.thing()]], found.facts) for i in late]
    return [result for result in results if result is not None]


def _settle(item: UnknownStep, record: Record, facts: Facts) -> ResolvedStep | None:
    resource, step = item.resource, item.step
    try:
        answer = record.before_answer
        state = resource.normalise(answer)
    except Unreadable:
        return None
    became = outcome(resource, state, before=step.before, goal=step.goal)
    update: dict[str, Any] = {
        "status": became,
        "message": f"no record of it came; a later look showed that {_WORDS[became]}",
        "after": state,
        "after_text": resource.show(state),
    }
    if became == "failed":
        return ResolvedStep(item.run, step.model_copy(update=update))
    needed = needed_restart(step.declared, resource, answer, step.before, state)
    update |= {"time": facts.time, "then": needed}
    return ResolvedStep(item.run, step.model_copy(update=update), needed)


def needs_of(settled: Iterable[ResolvedStep], host: str) -> list[Need]:
    """The restarts that steps settled as set still need: no earlier one can count for them."""
    return [
        Need(host=host, need=need, since=item.step.time, run=item.run, step=item.step.id)
        for item in settled
        for need in each_need(item.restart)
    ]
