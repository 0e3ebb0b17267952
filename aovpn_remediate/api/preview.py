"""The preview of a rollback from Python: what it would set back, as read from the hosts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from aovpn_remediate.api.history import runs_to_roll_back
from aovpn_remediate.api.provenance import inventory_source, now, tool_version
from aovpn_remediate.engine.apply.preview import catalog_of_rollback, preview_host
from aovpn_remediate.engine.apply.rollback import undo_changes
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.fleet import plan_hosts
from aovpn_remediate.engine.rollout.same_plan import rollbacks_of
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.results import PlaybookSource, Preview, Run


def preview_rollback(
    runs: Sequence[str],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Preview:
    """Read the hosts and return what a rollback of runs would set back; nothing is changed.

    Raises `UsageError` where there is nothing to roll back.
    """
    control = control or Control()
    fleet = read_fleet(inventory)
    with opened(journal) as book:
        loaded = runs_to_roll_back(runs, book)
        changes = undo_changes(loaded, fleet, limit, rollbacks_of(book, loaded))
        left = book.pending_restarts([item.host.name for item in changes])
    by_host = {
        item.host.name: replace(item, needs=tuple(left.get(item.host.name, ()))) for item in changes
    }
    hosts = plan_hosts(
        [catalog_of_rollback(item) for item in by_host.values()],
        Connector([item.host for item in changes], control).session,
        workers=workers,
        stop=control.stop,
        watch=control.watch,
        compare=lambda catalog, found: preview_host(by_host[catalog.host.name], catalog, found),
    )
    return Preview(
        of=tuple(run.id for run in loaded),
        limit=limit or "",
        made_by=tool_version(),
        made_at=now(),
        inventory=inventory_source(fleet),
        playbooks=_playbooks(loaded),
        hosts=tuple(hosts),
        interrupted=control.stop.begin_no_more.is_set(),
    )


def _playbooks(runs: Sequence[Run]) -> tuple[PlaybookSource, ...]:
    """Return the playbooks of runs, each as the newest of them had it."""
    oldest_first = sorted(runs, key=lambda run: run.started)
    return tuple({book.name: book for run in oldest_first for book in run.playbooks}.values())
