"""Confirm a run, from Python: hosts that would set themselves back keep what was set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from aovpn_remediate.engine.confirm.host import as_known, confirm_host
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
    """Keep the changes of a run on the hosts that set themselves back otherwise.

    `hosts` are patterns of hosts; without any it is all hosts of the run that were armed. What
    became of each is in the result. Raises `UsageError` where none of them was armed.
    """
    control = control or Control()
    fleet = read_fleet(inventory)
    with opened(journal) as book:
        loaded = book.load(run)
        arms = _chosen(_arms(book, loaded), fleet, hosts, loaded.id)
        door = Connector(
            [fleet.hosts[arm.host] for arm in arms if arm.host in fleet.hosts], control
        )
        keeping = _Keeping(loaded, fleet, book, door, control)
        found = in_parallel(arms, keeping.one, workers=workers, stop=control.stop)
    return Confirmations(
        made_at=datetime.now(UTC).isoformat(timespec="seconds"),
        run=loaded.id,
        hosts=tuple(
            HostConfirmation(host=arm.host, confirm=said or _not_asked(arm))
            for arm, said in zip(arms, found, strict=True)
        ),
        interrupted=control.stop.begin_no_more.is_set(),
    )


@dataclass(frozen=True)
class _Keeping:
    run: Run
    fleet: Inventory
    book: Journal
    door: Connector
    control: Control

    def one(self, arm: PendingConfirmation) -> Confirmation:
        """One host: as the journal knows it, or asked."""
        if (known := as_known(arm)) is not None:
            return known
        host = self.fleet.hosts.get(arm.host)
        if host is None:
            words = f"is not in the inventory {self.fleet.path}, and sets itself back"
            return Confirmation(
                run=arm.run, until=arm.until or "", status="unreached", message=words
            )
        self.control.watch(arm.host, "confirming")
        mine = next((item for item in self.run.hosts if item.host == arm.host), None)
        steps = {step.id: step for step in mine.steps} if mine else {}
        said = confirm_host(arm, steps, host, lambda: self.door(host), self.book)
        if mine is not None:
            self.book.update_host(self.run.id, mine.model_copy(update={"confirm": said}))
        self.control.watch(arm.host, "done" if said.status == "confirmed" else "failed")
        return said


def _arms(book: Journal, run: Run) -> list[PendingConfirmation]:
    """Those of the run, and those of the runs that it went on with."""
    arms = {arm.host: arm for arm in book.confirmations_of(run.id)}
    for earlier in run.of if run.action == "apply" else ():
        for arm in book.confirmations_of(earlier):
            arms.setdefault(arm.host, arm)
    places = {host.host: place for place, host in enumerate(run.hosts)}
    return sorted(arms.values(), key=lambda arm: places.get(arm.host, len(places)))


def _chosen(
    arms: Sequence[PendingConfirmation], fleet: Inventory, patterns: Sequence[str], run: str
) -> Sequence[PendingConfirmation]:
    wanted = {host.name for host in select(fleet, ",".join(patterns))} if patterns else None
    chosen = [arm for arm in arms if wanted is None or arm.host in wanted]
    if not chosen:
        where = f" on {', '.join(patterns)}" if patterns and arms else ""
        raise UsageError(f"run {run} has nothing to confirm{where}")
    return chosen


def _not_asked(arm: PendingConfirmation) -> Confirmation:
    return Confirmation(run=arm.run, until=arm.until or "", message="not asked: interrupted")
