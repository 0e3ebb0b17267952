"""What `apply` does with a plan, wherever it comes from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aovpn_remediate as aovpn
from aovpn_remediate.cli.commands.planning import make_plan
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.run import Changing
from aovpn_remediate.cli.options.waivers_option import load_fleet
from aovpn_remediate.cli.options.windows_option import refuse_outside
from aovpn_remediate.cli.terminal.asking import agreed, refuse_without_terminal
from aovpn_remediate.cli.terminal.consent import leave_after_canary, permission
from aovpn_remediate.cli.terminal.output import write_reports
from aovpn_remediate.cli.terminal.printing import present, remark
from aovpn_remediate.cli.terminal.session import at_work
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.engine.plan.catalog import changed_since
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.reports.words import count
from aovpn_remediate.results import Plan


@dataclass(frozen=True)
class Work:
    """A plan, and what it is applied with."""

    plan: Plan
    fleet: Inventory
    file: Path | None = None
    """Where the plan is; None for one that was just made, which nobody has seen yet."""


def from_file(path: Path, inventory: Path | None, waivers: Path | None, looking: Looking) -> Work:
    """Load a plan file, with warnings of what has changed since it was made."""
    plan = plan_file.load(path)
    fleet = load_fleet(inventory or Path(plan.inventory.path), waivers)
    for change in changed_since(plan, fleet):
        remark(f"warning: {change}")
    if looking.limit is not None:
        names = {host.name for host in select(fleet, looking.limit)}
        plan = plan.limited_to(names)
    return Work(plan, fleet, path)


def from_playbooks(
    playbooks: Sequence[str],
    fleet: Inventory,
    variables: Sequence[str],
    changing: Changing,
    looking: Looking,
) -> Work:
    """A plan that is made now."""
    refuse_without_terminal(changing, "plan with -o and apply the file")
    return Work(make_plan(playbooks, fleet, variables, looking), fleet)


def carry_out(work: Work, changing: Changing, looking: Looking) -> int:
    """Show, ask, apply, show; the exit code."""
    plan = work.plan
    affected = [h for h in plan.hosts if h.outstanding or any(s.changes for s in h.steps)]
    stopped = plan.interrupted and work.file is None
    if stopped or (plan.hosts and not affected):
        present(plan, looking)
        write_reports(plan, looking.reports)
        remark("There is nothing to apply.", quiet=looking.quiet or stopped)
        return plan.exit_code
    fleet = work.fleet.hosts
    refuse_outside([fleet[h.host] for h in affected if h.host in fleet], changing.override_window)
    question = f"Apply this to {count(len(affected), 'host')}?"
    if work.file is None and not agreed(plan, question, changing, looking):
        remark("Nothing was changed.")
        return plan.exit_code
    sessions = {h.host: n for h in plan.hosts if (n := h.facts.sessions) is not None}
    with at_work("Applying", quiet=looking.quiet) as desk:
        run = aovpn.apply(
            work.file or plan,
            work.fleet,
            limit=looking.limit,
            journal=looking.journal,
            options=changing.options(looking.workers),
            permit=permission(changing, desk.aside, sessions),
            go_on=leave_after_canary(changing, desk.aside),
            control=desk.control,
        )
    present(run, looking)
    write_reports(run, looking.reports)
    return run.exit_code
