"""Confirm a run, from Python: its hosts keep the changes and do not roll back automatically."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aovpn_remediate.engine.confirm.host import closed_confirmation, confirm_host
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.journal.pending_confirmations import PendingConfirmation
from aovpn_remediate.results import Confirmation, Confirmations, HostConfirmation, Run


def confirm(
    run: str,
    inventory: str | Path | Inventory,
    *,
    hosts: Sequence[str] = (),
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Confirmations:
    """Confirm the changes of a run, so that its hosts do not roll back automatically.

    `last` is the newest apply. `hosts` are patterns of hosts; without any, all hosts of the run
    with an automatic rollback are confirmed. Return the outcome of each. Raises `UsageError` where
    there is none.
    """
    control = control or Control()
    fleet = read_fleet(inventory)
    with opened(journal) as book:
        loaded = book.load(run, last="apply")
        chosen = _chosen(_confirmations(book, loaded), fleet, hosts, loaded.id)
        known = [fleet.hosts[each.host] for each in chosen if each.host in fleet.hosts]
        confirming = _Confirming(loaded, fleet, book, Connector(known, control), control)
        found = in_parallel(chosen, confirming.confirm, workers=workers, stop=control.stop)
    return Confirmations(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        run=loaded.id,
        hosts=tuple(
            HostConfirmation(host=pending.host, confirm=outcome or _not_asked(pending))
            for pending, outcome in zip(chosen, found, strict=True)
        ),
        interrupted=control.stop.begin_no_more.is_set(),
    )


@dataclass(frozen=True)
class _Confirming:
    """The confirmation of one run, host by host."""

    run: Run
    fleet: Inventory
    book: Journal
    connector: Connector
    control: Control

    def confirm(self, pending: PendingConfirmation) -> Confirmation:
        """Return the outcome of one host: as the journal knows it, or as the host answers."""
        if (known := closed_confirmation(pending)) is not None:
            return known
        host = self.fleet.hosts.get(pending.host)
        if host is None:
            words = f"not in the inventory {self.fleet.path}, and rolls back automatically"
            return Confirmation(
                run=pending.run, until=pending.until or "", status="unreached", message=words
            )
        self.control.watch(pending.host, "confirming")
        result = next((item for item in self.run.hosts if item.host == pending.host), None)
        steps = {step.id: step for step in result.steps} if result else {}
        outcome = confirm_host(
            pending, steps, host, lambda: self.connector.session(host), self.book
        )
        if result is not None:
            self.book.update_host(self.run.id, result.model_copy(update={"confirm": outcome}))
        self.control.watch(pending.host, "done" if outcome.status == "confirmed" else "failed")
        return outcome


def _confirmations(book: Journal, run: Run) -> list[PendingConfirmation]:
    """Return the confirmations of the run and of those it resumed, in the order of its hosts."""
    by_host = {each.host: each for each in book.confirmations_of(run.id)}
    for earlier in run.of if run.action == "apply" else ():
        for each in book.confirmations_of(earlier):
            by_host.setdefault(each.host, each)
    places = {host.host: place for place, host in enumerate(run.hosts)}
    return sorted(by_host.values(), key=lambda each: places.get(each.host, len(places)))


def _chosen(
    found: Sequence[PendingConfirmation], fleet: Inventory, patterns: Sequence[str], run: str
) -> Sequence[PendingConfirmation]:
    wanted = {host.name for host in select(fleet, ",".join(patterns))} if patterns else None
    chosen = [each for each in found if wanted is None or each.host in wanted]
    if not chosen:
        where = f" on {', '.join(patterns)}" if patterns and found else ""
        raise UsageError(f"run {run} has nothing to confirm{where}")
    return chosen


def _not_asked(pending: PendingConfirmation) -> Confirmation:
    return Confirmation(
        run=pending.run, until=pending.until or "", message="not confirmed: interrupted"
    )
