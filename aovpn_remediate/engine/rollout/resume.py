"""What a stopped or killed run, and those that went on with it, have left to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.rollout.options import Options
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.journal.pending_confirmations import PendingConfirmation
from aovpn_remediate.results import HostRun, Plan, Run


def chain(run: Run, runs: Iterable[Run]) -> list[Run]:
    """Every apply that went on with this one or that it went on with, itself included."""
    applies = [run, *(each for each in runs if each.action == "apply" and each.id != run.id)]
    found: list[Run] = []
    ids = {run.id}
    while new := [each for each in applies if each not in found and not ids.isdisjoint(_ids(each))]:
        found += new
        ids.update(*map(_ids, new))
    return sorted(found, key=lambda each: each.started)


def _ids(run: Run) -> tuple[str, ...]:
    return (run.id, *run.of)


def done_hosts(runs: Iterable[Run]) -> frozenset[str]:
    """The hosts where nothing is left to do for a chain of runs.

    Rollbacks of them are given as well: what was taken back is not done.
    """
    last: dict[str, HostRun] = {}
    for run in sorted(runs, key=lambda run: run.started):
        if run.action == "apply":
            last |= {host.host: host for host in run.hosts if host.touched or host.finished}
        for host in run.hosts if run.action == "rollback" else ():
            if _is_begun(host):
                last.pop(host.host, None)
    return frozenset(name for name, host in last.items() if _is_done(host))


def _is_begun(host: HostRun) -> bool:
    """Also by a run that was killed there."""
    return host.touched or host.finished or any(step.status != "not_done" for step in host.steps)


def _is_done(host: HostRun) -> bool:
    """What only a person can do is no reason to come back."""
    waits = any(restart.status == "outstanding" for restart in host.restarts)
    begun = all(step.status != "not_done" for step in host.steps)
    return host.finished and not host.failed and not waits and begun


def set_back(arms: Iterable[PendingConfirmation], now: datetime) -> frozenset[str]:
    """The hosts that nobody has confirmed in time: they are as they were, or may be by now."""
    last: Mapping[str, PendingConfirmation] = {
        arm.host: arm for arm in sorted(arms, key=lambda arm: arm.since)
    }
    return frozenset(host for host, arm in last.items() if _is_over(arm, now))


def _is_over(arm: PendingConfirmation, now: datetime) -> bool:
    if arm.status not in ("arming", "armed"):
        return arm.status == "undone"
    until = instant(arm.until)
    return until is None or until <= now


def _chain(book: Journal, run: Run) -> list[Run]:
    """A run with all that go on with it, or it with them. Raises `UsageError` where one works."""
    if run.action != "apply":
        raise UsageError(f"run {run.id} is a rollback: roll back the same runs again")
    found = chain(run, book.runs())
    _refuse_at_work(book, found)
    return found


def _refuse_at_work(book: Journal, runs: Iterable[Run]) -> None:
    leases = Leases(book, owner="")
    for run in runs:
        if (owner := leases.owner_of(f"run:{run.id}")) is not None:
            raise UsageError(f"{owner} is still at work")


def _to_go_on_with(
    book: Journal, run: Run, before: Sequence[Run], now: datetime
) -> tuple[Plan, frozenset[str]]:
    """The plan of a run, and its hosts that are done. Raises `UsageError` where none is left."""
    plan = book.plan_of(run.id)
    if plan is None:
        raise UsageError(f"run {run.id} kept no plan: apply its plan file again")
    ids = {each.id for each in before}
    rollbacks = [each for each in book.runs() if each.action == "rollback"]
    taken_back = [each for each in rollbacks if not ids.isdisjoint(each.of)]
    _refuse_at_work(book, taken_back)
    done = done_hosts(book.load(each.id) for each in (*before, *taken_back))
    done -= set_back((arm for name in ids for arm in book.confirmations_of(name)), now)
    if all(host.host in done for host in plan.hosts):
        raise UsageError(f"nothing is left of run {run.id}: all of its hosts are done")
    return plan, done


def _without_gone(
    plan: Plan, fleet: Inventory, done: frozenset[str], options: Options
) -> tuple[Plan, Options]:
    """Without hosts that have left the inventory; one that is not done must be left out by name."""
    gone = {host.host for host in plan.hosts} - fleet.hosts.keys()
    if missing := sorted(gone - done - set(options.skip)):
        skip = " ".join(f"--skip {name}" for name in missing)
        raise UsageError(
            f"the inventory {fleet.path} has no host {', '.join(missing)}: "
            f"put it back, or leave it out with {skip}"
        )
    hosts = tuple(host for host in plan.hosts if host.host not in gone)
    left_out = tuple(name for name in options.skip if name not in gone)
    return plan.model_copy(update={"hosts": hosts}), replace(options, skip=left_out)
