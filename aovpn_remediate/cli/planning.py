"""Making a plan, for the verbs that begin with one."""

from __future__ import annotations

from collections.abc import Sequence

from aovpn_remediate import api
from aovpn_remediate.cli.options import Looking
from aovpn_remediate.cli.work import at_work
from aovpn_remediate.engine.results import Plan
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.playbook.variables import parse_extra


def make_plan(
    playbooks: Sequence[str],
    inventory: Inventory,
    variables: Sequence[str],
    looking: Looking,
) -> Plan:
    """The plan, with progress on the terminal meanwhile."""
    extra = parse_extra(variables)
    with at_work("Planning", quiet=looking.quiet) as desk:
        return api.plan(
            playbooks,
            inventory,
            limit=looking.limit,
            variables=extra,
            journal=looking.journal,
            workers=looking.workers,
            control=desk.control,
        )
