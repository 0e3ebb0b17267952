"""Resuming a run: what a stopped or killed run, and those that resumed it, have left to do."""

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
from aovpn_remediate.results.runs import rollback_words


def chain(run: Run, runs: Iterable[Run]) -> list[Run]:
    """Return every apply that resumed this one or that it resumed, itself included. Pure."""
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
    """Return the hosts where nothing is left to do for a chain of runs. Pure.

    The runs include rollbacks of the chain: a host that was rolled back is not done.
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
    """Return true also for a host where the run was killed."""
    return host.touched or host.finished or any(step.status != "not_done" for step in host.steps)


def _is_done(host: HostRun) -> bool:
    """Return true also where manual action is needed: resuming would not help."""
    is_pending = any(restart.status == "outstanding" for restart in host.restarts)
    begun = all(step.status != "not_done" for step in host.steps)
    return host.finished and not host.failed and not is_pending and begun


def rolled_back_hosts(
    confirmations: Iterable[PendingConfirmation], now: datetime
) -> frozenset[str]:
    """Return the hosts that were not confirmed in time, and so may have rolled back. Pure."""
    last: Mapping[str, PendingConfirmation] = {
        each.host: each for each in sorted(confirmations, key=lambda each: each.since)
    }
    return frozenset(host for host, each in last.items() if _is_rolled_back(each, now))


def _is_rolled_back(confirmation: PendingConfirmation, now: datetime) -> bool:
    if confirmation.status not in ("arming", "armed"):
        return confirmation.status in ("undone", "unfinished")
    until = instant(confirmation.until)
    return until is None or until <= now


def chain_to_resume(book: Journal, run: Run) -> list[Run]:
    """Return the chain of a run. Raises `UsageError` for a rollback, or while one is running."""
    if run.action != "apply":
        again = " ".join(("rollback", *rollback_words(run)))
        raise UsageError(f"run {run.id} is a rollback: to continue it, use `{again}`")
    found = chain(run, book.runs())
    _refuse_running(book, found)
    return found


def _refuse_running(book: Journal, runs: Iterable[Run]) -> None:
    leases = Leases(book, owner="")
    for run in runs:
        if (owner := leases.owner_of(f"run:{run.id}")) is not None:
            raise UsageError(f"{owner} is still running")


def plan_to_resume(
    book: Journal, run: Run, before: Sequence[Run], now: datetime
) -> tuple[Plan, frozenset[str]]:
    """Return the plan of a run, and its hosts that are done.

    Raises `UsageError` where all are done, or where a rollback of the chain is running.
    """
    plan = book.plan_of(run.id)
    if plan is None:
        raise UsageError(f"the journal has no plan of run {run.id}: apply its plan file again")
    ids = {each.id for each in before}
    rollbacks = [each for each in book.runs() if each.action == "rollback"]
    rollbacks = [each for each in rollbacks if not ids.isdisjoint(each.of)]
    _refuse_running(book, rollbacks)
    done = done_hosts(book.load(each.id) for each in (*before, *rollbacks))
    confirmations = (each for name in ids for each in book.confirmations_of(name))
    done -= rolled_back_hosts(confirmations, now)
    if all(host.host in done for host in plan.hosts):
        raise UsageError(f"nothing to resume: all hosts of run {run.id} are done")
    return plan, done


def without_removed_hosts(
    plan: Plan, fleet: Inventory, done: frozenset[str], options: Options
) -> tuple[Plan, Options]:
    """Return the plan and options without hosts that the inventory does not have any more.

    Raises `UsageError` for such a host that is neither done nor skipped.
    """
    gone = {host.host for host in plan.hosts} - fleet.hosts.keys()
    if missing := sorted(gone - done - set(options.skip)):
        skip = " ".join(f"--skip {name}" for name in missing)
        raise UsageError(
            f"the inventory {fleet.path} has no host {', '.join(missing)}: "
            f"add it again, or skip it with {skip}"
        )
    skipped = tuple(name for name in options.skip if name not in gone)
    return plan.limited_to(fleet.hosts), replace(options, skip=skipped)
