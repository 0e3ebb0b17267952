"""What `resume` shows, asks and does."""

from __future__ import annotations

from pathlib import Path

from aovpn_remediate import api
from aovpn_remediate.cli.changing import Changing
from aovpn_remediate.cli.options import Looking
from aovpn_remediate.cli.permit import leave_after_canary, permission
from aovpn_remediate.cli.printing import present
from aovpn_remediate.cli.reporting import write_reports
from aovpn_remediate.cli.work import at_work
from aovpn_remediate.inventory.loader import load_inventory


def carry_out(
    name: str, inventory: Path | None, changing: Changing, given: set[str], looking: Looking
) -> int:
    """Go on, and show what came of it; the exit code."""
    run = api.show(name, looking.journal)
    fleet = load_inventory(inventory or Path(run.inventory.path))
    sessions = {h.host: n for h in run.hosts if (n := h.facts.sessions) is not None}
    with at_work("Resuming", quiet=looking.quiet) as desk:
        resumed = api.resume(
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
