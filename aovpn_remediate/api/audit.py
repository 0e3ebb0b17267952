"""Audit from Python: every shipped playbook of the roles that hosts have, without a list of them.

import aovpn_remediate as aovpn

audit = aovpn.audit("fleet.yaml", roles=["rras"])
print(audit.exit_code)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from aovpn_remediate.api.provenance import inventory_source, now, tool_version
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.audit import audit_hosts
from aovpn_remediate.engine.plan.catalog import Catalog, playbook_source, refuse_unused
from aovpn_remediate.engine.plan.fleet import plan_hosts
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.groups import ALL
from aovpn_remediate.inventory.loader import read_fleet
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.inventory.waivers import read_waivers
from aovpn_remediate.journal.journal import Journal, opened
from aovpn_remediate.playbook.loader import load_playbook, shipped_playbooks
from aovpn_remediate.resources.roles import ROLES
from aovpn_remediate.results import Audit, HostPlan


def audit(
    inventory: str | Path | Inventory,
    *,
    roles: Collection[str] = ROLES,
    limit: str | None = None,
    variables: Mapping[str, Any] | None = None,
    journal: Journal | str | None = None,
    workers: int = 32,
    control: Control | None = None,
) -> Audit:
    """Read the hosts and return how each complies with all shipped playbooks of its roles.

    Nothing is changed. The facts of a host decide which roles it has; the group decides only for
    a playbook that comes before its role, as one for an installation. A playbook whose variables
    are not given is in the result as one that could not be judged.
    """
    if unknown := sorted(set(roles) - set(ROLES)):
        raise UsageError(f"unknown role {', '.join(unknown)}: one of {', '.join(ROLES)}")
    control = control or Control()
    fleet = read_fleet(inventory)
    waivers = read_waivers(fleet)
    files = [file for file in map(load_playbook, shipped_playbooks()) if file.role in roles]
    refuse_unused(files, variables or {})
    hosts = select(fleet, limit or ALL)
    connector = Connector(hosts, control)

    def read(catalogs: Sequence[Catalog]) -> list[HostPlan]:
        return plan_hosts(
            catalogs,
            connector.session,
            workers=workers,
            stop=control.stop,
            watch=control.watch,
        )

    with opened(journal) as store:
        found = audit_hosts(hosts, files, variables or {}, store, read)
    return waive(
        Audit(
            hosts=tuple(found),
            made_by=tool_version(),
            made_at=now(),
            inventory=inventory_source(fleet),
            playbooks=tuple(map(playbook_source, files)),
            roles=tuple(role for role in ROLES if role in roles),
            interrupted=control.stop.begin_no_more.is_set(),
        ),
        waivers,
    )
