"""The changes that roll back runs, from the journal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from aovpn_remediate.engine.apply.changes import Change, HostChanges
from aovpn_remediate.engine.plan.compare import action_of, impact_note, resource_of
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.results import Action, HostRun, PlannedStep, Run, StepRun

Undone = AbstractSet[tuple[str, str, str]]
"""What was set back already: the host, the thing, and the run that had set it."""


def undo(runs: Sequence[Run], undone: Undone = frozenset()) -> Mapping[str, tuple[Change, ...]]:
    """Return the steps to set back for each host, in order. The runs are given newest first.

    Where several runs changed the same thing, it goes back to the state before the oldest run, as
    long as each run found what the run before it had left. A run that was rolled back before a
    newer one set the same thing has no part in it.
    """
    found: dict[str, dict[str, Change]] = {}
    for run in runs:
        for host in run.hosts:
            changes = found.setdefault(host.host, {})
            for step, resource in _changed_steps(host):
                is_undone = _is_undone(host, resource.thing(), run.id, undone)
                if not (is_undone and resource.thing() in changes):
                    _add(changes, run, step, resource)
    return {host: tuple(changes.values()) for host, changes in found.items() if changes}


def is_open(run: Run, undone: Undone) -> bool:
    """Return true if a run has set anything that was not set back already."""
    return any(
        not _is_undone(host, resource.thing(), run.id, undone)
        for host in run.hosts
        for _, resource in _changed_steps(host)
    )


def rolled_back(rollbacks: Iterable[Run]) -> Undone:
    """Return what rollbacks have set back, but for what a later one of them took back itself."""
    undone: set[tuple[str, str, str]] = set()
    for run in sorted(rollbacks, key=lambda run: run.started, reverse=True):
        for host in run.hosts:
            for step in host.steps:
                thing = resource_of(step.resource).thing()
                if step.status in ("changed", "unchanged") and (
                    (host.host, thing, run.id) not in undone
                ):
                    undone |= {(host.host, thing, earlier) for earlier in run.of}
    return undone


def _is_undone(host: HostRun, thing: str, run: str, undone: Undone) -> bool:
    by_itself = host.confirm is not None and host.confirm.status == "undone"
    return by_itself or (host.host, thing, run) in undone


def _changed_steps(host: HostRun) -> Iterator[tuple[StepRun, Resource]]:
    """Yield the steps that a run has set on a host, the last one first."""
    for step in reversed(host.steps):
        resource = resource_of(step.resource) if _may_have_changed(step) else None
        if resource is not None and not resource.read_only and _has_changed(step, resource):
            yield step, resource


def _may_have_changed(step: StepRun) -> bool:
    return step.read and step.status in ("changed", "unknown", "failed", "not_held")


def _has_changed(step: StepRun, resource: Resource) -> bool:
    """Return true also where a Set failed half-way; a step that is unknown is read first."""
    if step.status in ("changed", "unknown"):
        return True
    if not step.after_text:
        return step.time is not None  # it was tried, and could not be read since
    return not resource.restored(step.after, step.before)


def _state_left(step: StepRun) -> State:
    """Return the state that the run left, as far as the journal has it."""
    return step.after if step.after_text else step.goal


def _add(changes: dict[str, Change], run: Run, step: StepRun, resource: Resource) -> None:
    thing = resource.thing()
    newer = changes.get(thing)
    if newer is None:
        is_taken = any(change.id == step.id for change in changes.values())
        name = f"{step.id}@{run.id}" if is_taken else step.id
        changes[thing] = _change(name, step, resource)
    elif resource.same(newer.goal, _state_left(step)):
        changes[thing] = _change_of_both(newer, step)
    else:
        manual = f"it was changed between run {run.id} and a later run: restore it manually"
        by_hand = _change(f"{step.id}@{run.id}", step, resource, manual)
        changes[f"{thing} {run.id}"] = by_hand


def _change(name: str, step: StepRun, resource: Resource, manual: str = "") -> Change:
    left, goal = _state_left(step), step.before
    impact = step.high_impact or resource.high_impact
    planned = PlannedStep(
        id=name,
        title=resource.title(),
        resource=step.resource,
        action=Action.MANUAL if manual else action_of(resource, left, goal),
        before=left,
        after=goal,
        before_text=resource.show(left),
        after_text=resource.show(goal),
        reason=manual,
        declared=step.declared,
        then=step.declared,
        backup=step.backup,
        high_impact=impact,
        notes=(impact_note(impact),) if impact and not manual else (),
    )
    return Change(planned, resource, restores=True)


def _change_of_both(newer: Change, older: StepRun) -> Change:
    """Return one change from the state that the newer run left to the state before the older."""
    planned, resource = newer.planned, newer.resource
    restart = planned.declared | older.declared
    update = {
        "action": action_of(resource, planned.before, older.before),
        "after": older.before,
        "after_text": resource.show(older.before),
        "declared": restart,
        "then": restart,
    }
    return replace(newer, planned=planned.model_copy(update=update))


def undo_changes(
    runs: Sequence[Run],
    fleet: Inventory,
    limit: str | None,
    rollbacks: Sequence[Run] = (),
) -> list[HostChanges]:
    """Return the changes that roll back these runs, host by host.

    `rollbacks` are those that were made of these runs. Raises `UsageError` where there is nothing
    to roll back.
    """
    newest_first = sorted(runs, key=lambda run: run.started, reverse=True)
    changes = undo(newest_first, rolled_back(rollbacks))
    refuse_missing_hosts(changes, fleet, limit)
    chosen = [host for host in select(fleet, limit or "all") if host.name in changes]
    if not chosen:
        raise UsageError(f"nothing to roll back: {_why_nothing(newest_first)}")
    return [HostChanges(host, changes[host.name]) for host in chosen]


def _why_nothing(runs: Sequence[Run]) -> str:
    why = "these runs changed none of these hosts"
    ids = [run.id for run in runs]
    whole = tuple(dict.fromkeys((*ids, *(name for run in runs for name in run.follows))))
    if len(whole) == len(ids):
        return why
    return f"{why}, but earlier runs of the same plan did: use `rollback {' '.join(whole)}`"


def refuse_missing_hosts(hosts: Iterable[str], fleet: Inventory, limit: str | None) -> None:
    """Refuse hosts of a run that are no longer in the inventory, unless a limit chooses others."""
    missing = [name for name in hosts if name not in fleet.hosts]
    if missing and limit is None:
        raise UsageError(f"the inventory {fleet.path} has no host {', '.join(missing)}")
