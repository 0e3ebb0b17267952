"""What `resume` shows, asks and does."""

from __future__ import annotations

from pathlib import Path

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.run import Changing
from aovpn_remediate.cli.terminal.consent import leave_after_canary, permission
from aovpn_remediate.cli.terminal.output import write_reports
from aovpn_remediate.cli.terminal.printing import present
from aovpn_remediate.cli.terminal.session import at_work
from aovpn_remediate.inventory.loader import load_inventory


def carry_out(
    name: str, inventory: Path | None, changing: Changing, given: set[str], looking: Looking
) -> int:
    """Go on, and show what came of it; the exit code."""
    run = aovpn.show(name, looking.journal)
    fleet = load_inventory(inventory or Path(run.inventory.path))
    sessions = {h.host: n for h in run.hosts if (n := h.facts.sessions) is not None}
    with at_work("Resuming", quiet=looking.quiet) as desk:
        resumed = aovpn.resume(
            run.id,
            fleet,
            journal=looking.journal,
            options=changing.options_over(run, given, looking.workers),
            permit=permission(changing, desk.aside, sessions),
            go_on=leave_after_canary(changing, desk.aside),
            control=desk.control,
        )
    present(resumed, looking)
    write_reports(resumed, looking.reports)
    return resumed.exit_code
