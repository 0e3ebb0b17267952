"""Making a plan, for the verbs that begin with one."""

from __future__ import annotations

from collections.abc import Sequence

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.terminal.session import at_work
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.playbook.variables import parse_extra
from aovpn_remediate.results import Plan


def make_plan(
    playbooks: Sequence[str],
    inventory: Inventory,
    variables: Sequence[str],
    looking: Looking,
) -> Plan:
    """The plan, with progress on the terminal meanwhile."""
    extra = parse_extra(variables)
    with at_work("Planning", quiet=looking.quiet) as desk:
        return aovpn.plan(
            playbooks,
            inventory,
            limit=looking.limit,
            variables=extra,
            journal=looking.journal,
            workers=looking.workers,
            control=desk.control,
        )
