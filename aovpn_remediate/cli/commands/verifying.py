"""What `verify` asks of the hosts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.waivers_option import load_fleet
from aovpn_remediate.cli.terminal.session import at_work
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.playbook.variables import parse_extra
from aovpn_remediate.results import Verification


def verify_run(
    run: str, inventory: Path | None, waivers: Path | None, looking: Looking
) -> Verification:
    """Whether what a run set still holds; by its own inventory where none is given."""
    inventory = inventory or Path(aovpn.show(run, looking.journal).inventory.path)
    with at_work("Verifying", quiet=looking.quiet) as desk:
        return aovpn.verify_run(
            run,
            load_fleet(inventory, waivers),
            limit=looking.limit,
            journal=looking.journal,
            workers=looking.workers,
            control=desk.control,
        )


def verify_playbooks(
    playbooks: Sequence[str], fleet: Inventory, variables: Sequence[str], looking: Looking
) -> Verification:
    """Whether hosts are as playbooks want them."""
    extra = parse_extra(variables)
    with at_work("Verifying", quiet=looking.quiet) as desk:
        return aovpn.verify(
            playbooks,
            fleet,
            limit=looking.limit,
            variables=extra,
            journal=looking.journal,
            workers=looking.workers,
            control=desk.control,
        )
