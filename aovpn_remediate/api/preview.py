"""The preview of a rollback from Python: what it would set back, without touching a host."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from aovpn_remediate.api.history import runs_to_roll_back
from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.apply.rollback import undo_changes
from aovpn_remediate.engine.rollout.same_plan import rollbacks_of
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.results import HostPlan, InventorySource, Plan


def preview_rollback(
    runs: Sequence[str],
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
) -> Plan:
    """Return what a rollback of runs would set back, according to the journal; no host is read.

    Raises `UsageError` where there is nothing to roll back.
    """
    fleet = read_fleet(inventory)
    with opened(journal) as book:
        loaded = runs_to_roll_back(runs, book)
        rollbacks = rollbacks_of(book, loaded)
    newest = max(loaded, key=lambda run: run.started)
    return Plan(
        made_at=newest.started,
        inventory=InventorySource(path=newest.inventory.path, digest=newest.inventory.digest),
        playbooks=(),
        hosts=tuple(map(_host_plan, undo_changes(loaded, fleet, limit, rollbacks))),
    )


def _host_plan(changes: HostChanges) -> HostPlan:
    return HostPlan(
        host=changes.host.name,
        address=changes.host.address,
        groups=changes.host.groups,
        steps=tuple(change.planned for change in changes.steps),
    )
