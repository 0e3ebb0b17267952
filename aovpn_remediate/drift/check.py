"""One look at a fleet, or at a part of it, that the journal keeps."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from aovpn_remediate.drift.assignment import Assignment
from aovpn_remediate.drift.history_store import Memory
from aovpn_remediate.drift.look import Looking
from aovpn_remediate.drift.queue import Turns
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.catalog import with_leftovers
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.waivers import read_waivers
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.results import Plan


def check(
    fleet: Inventory,
    name: str,
    *,
    limit: str | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Plan:
    """A plan of the playbooks that the groups of an inventory name; nothing is changed.

    `name` is what the fleet is called in the journal.
    """
    control = control or Control()
    assignment = Assignment.read(fleet, limit)
    waivers = read_waivers(fleet)
    with opened(journal) as book:
        catalogs = with_leftovers(list(assignment.catalogs.values()), book)
        looking = Looking(
            Connector([catalog.host for catalog in catalogs], control), control, workers
        )
        plan = Plan(
            made_by=version("aovpn-remediate"),
            made_at=datetime.now(UTC).isoformat(timespec="seconds"),
            inventory=assignment.source,
            playbooks=assignment.playbooks,
            hosts=tuple(looking.at(catalogs)),
            interrupted=control.stop.begin_no_more.is_set(),
        )
        plan = waive(plan, waivers)
        _keep(plan, Turns(book, name), Memory(book, name), looking, whole=limit is None)
    return plan


def _keep(plan: Plan, turns: Turns, memory: Memory, looking: Looking, *, whole: bool) -> None:
    now = datetime.now(UTC).timestamp()
    names = [host.host for host in plan.hosts]
    turns.keep(names, lambda: now, whole=whole)
    if whole:
        memory.forget_others(names, now)
    for host in plan.hosts:
        if host.error_kind != "Interrupted":
            memory.record(host, now, certificate_ends=looking.certificates.get(host.host))
            if host.error is None:
                memory.read_well(host.host)
