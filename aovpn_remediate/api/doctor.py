"""Examination of hosts from Python: can they be managed, and what to fix if not."""

from __future__ import annotations

from pathlib import Path

from aovpn_remediate.api.provenance import inventory_source, now, tool_version
from aovpn_remediate.doctor.examine import examine_fleet
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.results.examination import Diagnosis


def examine(
    inventory: str | Path | Inventory,
    *,
    limit: str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Diagnosis:
    """Check that hosts can be managed, and suggest a fix for each problem; nothing is changed."""
    control = control or Control()
    fleet = read_fleet(inventory)
    hosts = select(fleet, "all", limit)
    made_at = now()
    found = examine_fleet(
        hosts,
        Connector(hosts, control),
        workers=workers,
        stop=control.stop,
        watch=control.watch,
    )
    return Diagnosis(
        made_by=tool_version(),
        made_at=made_at,
        inventory=inventory_source(fleet),
        hosts=found,
        interrupted=control.stop.begin_no_more.is_set(),
    )
