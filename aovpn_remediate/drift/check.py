"""`drift check`: one plan of a fleet, or of a part of it, that is recorded in the journal."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from aovpn_remediate.drift.assignment import Assignment
from aovpn_remediate.drift.history_store import HistoryStore
from aovpn_remediate.drift.look import HostReader
from aovpn_remediate.drift.queue import Queue
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.catalog import with_leftovers
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import read_waivers
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.results import Plan


def check(
    inventory: Inventory,
    name: str,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Plan:
    """Plan the playbooks that the groups of an inventory name, and change nothing.

    `name` is the fleet's name in the journal.
    """
    control = control or Control()
    assignment = Assignment.read(inventory, limit)
    waivers = read_waivers(inventory)
    with opened(journal) as book:
        catalogs = with_leftovers(list(assignment.catalogs.values()), book)
        reader = HostReader(
            Connector([catalog.host for catalog in catalogs], control).session, control, workers
        )
        plan = Plan(
            made_by=version("aovpn-remediate"),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            inventory=assignment.source,
            playbooks=assignment.playbooks,
            hosts=tuple(reader.read(catalogs)),
            interrupted=control.stop.begin_no_more.is_set(),
        )
        plan = waive(plan, waivers)
        _record(plan, Queue(book, name), HistoryStore(book, name), reader, whole=limit is None)
    return plan


def _record(
    plan: Plan, queue: Queue, history: HistoryStore, reader: HostReader, *, whole: bool
) -> None:
    now = datetime.now(UTC).timestamp()
    names = [host.host for host in plan.hosts]
    queue.sync(names, lambda: now, whole=whole)
    if whole:
        history.end_unassigned(names, now)
    for host in plan.hosts:
        if not host.interrupted:
            history.record(host, now, certificate_ends=reader.certificate_ends.get(host.host))
            if host.error is None:
                history.reset_failures(host.host)
