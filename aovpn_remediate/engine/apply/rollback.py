"""What a rollback has to bring back, from the journal: pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from aovpn_remediate.engine.apply.changes import Change, HostChanges
from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.resources.base import State
from aovpn_remediate.results import Run, StepRun


def undo(runs: Sequence[Run]) -> Mapping[str, tuple[Change, ...]]:
    """For each host the steps to set back, in order. The runs are given newest first.

    Where several runs changed the same thing, it goes back to what the oldest found, as long as
    each found what the one before it had left.
    """
    found: dict[str, dict[str, Change]] = {}
    for run in runs:
        for host in run.hosts:
            changes = found.setdefault(host.host, {})
            for step in reversed(host.steps):
                if _was_changed(step):
                    _add(changes, run, step)
    return {host: tuple(changes.values()) for host, changes in found.items() if changes}


def _was_changed(step: StepRun) -> bool:
    """Also by a Set that failed half-way; what is unknown is read first."""
    if not step.read:
        return False
    if step.status in ("changed", "unknown"):
        return True
    if step.status not in ("failed", "not_held"):
        return False
    if not step.after_text:
        return step.time is not None  # it was tried, and cannot be read since
    return not resource_of(step.resource).restored(step.after, step.before)


def _left(step: StepRun) -> State:
    """The state that the run left, as far as it knows."""
    return step.after if step.after_text else step.goal


def _add(changes: dict[str, Change], run: Run, step: StepRun) -> None:
    resource = resource_of(step.resource)
    thing = resource.thing()
    declared = step.declared
    newer = changes.get(thing)
    taken = any(change.id == step.id for change in changes.values())
    if newer is None:
        changes[thing] = Change(
            id=f"{step.id}@{run.id}" if taken else step.id,
            resource=resource,
            seen=_left(step),
            goal=step.before,
            declared=declared,
            rule=False,
        )
    elif resource.same(newer.goal, _left(step)):
        changes[thing] = replace(newer, goal=step.before, declared=newer.declared | declared)
    else:
        words = f"somebody changed it between {run.id} and the later run: bring it back by hand"
        changes[f"{thing} {run.id}"] = Change(
            id=f"{step.id}@{run.id}",
            resource=resource,
            seen=_left(step),
            goal=step.before,
            declared=declared,
            sets=False,
            manual=words,
            rule=False,
        )


def undo_changes(runs: Sequence[Run], fleet: Inventory, limit: str | None) -> list[HostChanges]:
    """What a rollback of these runs would set back, host by host; `UsageError` for nothing."""
    newest_first = sorted(runs, key=lambda run: run.started, reverse=True)
    wanted = undo(newest_first)
    refuse_gone(wanted, fleet, limit)
    chosen = [host for host in select(fleet, limit or "all") if host.name in wanted]
    if not chosen:
        raise UsageError("there is nothing to roll back: these runs changed none of these hosts")
    return [HostChanges(host, wanted[host.name], alone=False) for host in chosen]


def refuse_gone(hosts: Iterable[str], fleet: Inventory, limit: str | None) -> None:
    """A host of a run that has left the inventory is an error, unless a limit chooses others."""
    gone = [name for name in hosts if name not in fleet.hosts]
    if gone and limit is None:
        raise UsageError(f"the inventory {fleet.path} has no host {', '.join(gone)}")
