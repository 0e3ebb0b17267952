"""What `rollback` shows, asks and does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.run import Changing
from aovpn_remediate.cli.options.windows_option import refuse_outside
from aovpn_remediate.cli.terminal.asking import agreed, refuse_without_terminal
from aovpn_remediate.cli.terminal.consent import leave_after_canary, permission
from aovpn_remediate.cli.terminal.output import write_reports
from aovpn_remediate.cli.terminal.printing import present, remark
from aovpn_remediate.cli.terminal.session import at_work
from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.apply.rollback import undo_changes
from aovpn_remediate.errors import EXIT_DIFFERS
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.reports.words import count
from aovpn_remediate.results import HostPlan, InventorySource, Plan, Run


def carry_out(
    names: Sequence[str], inventory: Path | None, changing: Changing, looking: Looking
) -> int:
    """Show what would be set back, ask, do it, show it; the exit code."""
    refuse_without_terminal(changing, "look at it first with `show`")
    runs = [aovpn.show(name, looking.journal) for name in names]
    newest = max(runs, key=lambda run: run.started)
    fleet = load_inventory(inventory or Path(newest.inventory.path))
    changes = undo_changes(runs, fleet, looking.limit)
    refuse_outside([item.host for item in changes], changing.override_window)
    question = f"Set this back on {count(len(changes), 'host')}?"
    if not agreed(_as_plan(newest, changes), question, changing, looking):
        remark("Nothing was changed.")
        return EXIT_DIFFERS
    with at_work("Rolling back", quiet=looking.quiet) as desk:
        run = aovpn.rollback(
            [run.id for run in runs],
            fleet,
            limit=looking.limit,
            journal=looking.journal,
            options=changing.options(looking.workers),
            permit=permission(changing, desk.aside, {}),
            go_on=leave_after_canary(changing, desk.aside),
            control=desk.control,
        )
    present(run, looking)
    write_reports(run, looking.reports)
    return run.exit_code


def _as_plan(run: Run, changes: Sequence[HostChanges]) -> Plan:
    """What the journal says would be set back; the hosts have not been asked."""
    return Plan(
        made_at=run.started,
        inventory=InventorySource(path=run.inventory.path, digest=run.inventory.digest),
        playbooks=(),
        hosts=tuple(
            HostPlan(
                host=item.host.name,
                address=item.host.address,
                groups=item.host.groups,
                steps=tuple(change.planned for change in item.steps),
            )
            for item in changes
        ),
    )
