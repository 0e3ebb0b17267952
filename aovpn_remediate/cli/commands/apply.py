"""`apply`: change what a plan shows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.commands.plan import make_plan
from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import (
    CommonOptions,
    common_options,
    inventory_option,
    load_fleet,
    variables_option,
    waivers_option,
)
from aovpn_remediate.cli.options.run import (
    Approval,
    approval_options,
    refuse_closed_windows,
    run_options,
)
from aovpn_remediate.cli.program import verb
from aovpn_remediate.engine.run_options import RunOptions

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory
    from aovpn_remediate.results import HostPlan, Plan


@dataclass(frozen=True)
class _Source:
    """A plan with its inventory, and the file that it came from."""

    plan: Plan
    fleet: Inventory
    file: Path | None = None
    """None: the plan was made now and has not been approved by anybody."""


@verb(
    "aovpn-remediate apply change.plan.json --allow-restart --allow-reboot",
    "aovpn-remediate apply rras-ikev2-fragmentation -i fleet.yaml --max-failures 1",
)
@click.argument(
    "what",
    nargs=-1,
    required=True,
    metavar="PLAN.json | PLAYBOOK...",
    shell_complete=completers.playbooks,
)
@inventory_option(required=False, default="the one that the plan was made with")
@variables_option
@waivers_option
@approval_options
@run_options(confirm=True)
@common_options
@click.pass_context
def apply(
    ctx: click.Context,
    *,
    what: tuple[str, ...],
    inventory: Path | None,
    variables: tuple[str, ...],
    waivers: Path | None,
    approval: Approval,
    options: RunOptions,
    common: CommonOptions,
) -> None:
    """Change what a plan shows, and verify the result.

    With playbooks: makes a plan, shows it and asks for approval. A host that has changed since the
    plan was made is left as it is. Restarts are asked for once; if not interactive, those that are
    not allowed stay pending.
    """
    from aovpn_remediate.cli.terminal.consent import require_consent

    if any(map(_is_plan_file, what)):
        if len(what) > 1 or variables:
            raise click.UsageError("a plan file cannot be combined with playbooks or -e")
        source = _from_file(Path(what[0]), inventory, waivers, common)
    elif inventory is None:
        raise click.UsageError("Missing option '-i' / '--inventory'.")
    else:
        fleet = load_fleet(inventory, waivers)
        require_consent(approval, "save a plan with `plan -o` and apply the file")
        source = _Source(make_plan(what, fleet, variables, options.workers, common), fleet)
    ctx.exit(_carry_out(source, approval, options, common))


def _is_plan_file(name: str) -> bool:
    path = Path(name)
    return path.suffix == ".json" or (path.is_file() and path.suffix not in (".yaml", ".yml"))


def _from_file(
    path: Path, inventory: Path | None, waivers: Path | None, common: CommonOptions
) -> _Source:
    """Load the plan, and warn of files that have changed since it was made."""
    from aovpn_remediate.cli.terminal.output import print_note
    from aovpn_remediate.engine.plan import file as plan_file
    from aovpn_remediate.engine.plan.catalog import changed_since
    from aovpn_remediate.inventory.selection import select

    plan = plan_file.load(path)
    fleet = load_fleet(inventory or Path(plan.inventory.path), waivers)
    for change in changed_since(plan, fleet):
        print_note(f"warning: {change}")
    if common.limit is not None:
        names = {host.name for host in select(fleet, common.limit)}
        plan = plan.limited_to(names)
    return _Source(plan, fleet, path)


def _carry_out(
    source: _Source, approval: Approval, options: RunOptions, common: CommonOptions
) -> int:
    """Apply the plan if there is something to apply and it is approved; return the exit code."""
    from aovpn_remediate.cli.terminal.consent import approve
    from aovpn_remediate.cli.terminal.output import present, print_note
    from aovpn_remediate.reports.words import count

    plan, fleet = source.plan, source.fleet.hosts
    affected = [host for host in plan.hosts if _needs_work(host)]
    incomplete = plan.interrupted and source.file is None
    if incomplete or (plan.hosts and not affected):
        present(plan, common)
        print_note(_why_nothing(plan), quiet=common.quiet or incomplete)
        return plan.exit_code
    refuse_closed_windows(
        [fleet[host.host] for host in affected if host.host in fleet], options.override_window
    )
    question = f"Apply this to {count(len(affected), 'host')}?"
    if source.file is None and not approve(plan, question, approval, common):
        print_note("Nothing was changed.")
        return plan.exit_code
    return _apply(source, approval, options, common)


def _why_nothing(plan: Plan) -> str:
    """Return the reason why nothing is applied: of a host that was not read, nothing is known."""
    unread = sum(host.error is not None for host in plan.hosts)
    if not unread:
        return "There is nothing to apply."
    return f"Nothing was applied: {unread} of {len(plan.hosts)} hosts could not be read."


def _needs_work(host: HostPlan) -> bool:
    """Return True if something is to be set, restarted or backed up on a host."""
    changes = any(step.changes for step in host.steps)
    return bool(host.outstanding) or host.only_backed_up or changes


def _apply(source: _Source, approval: Approval, options: RunOptions, common: CommonOptions) -> int:
    from aovpn_remediate.cli.terminal.consent import canary_consent, restart_consent
    from aovpn_remediate.cli.terminal.output import present
    from aovpn_remediate.cli.terminal.session import terminal_session

    sessions = {h.host: n for h in source.plan.hosts if (n := h.facts.sessions) is not None}
    with terminal_session("Applying", quiet=common.quiet) as session:
        run = aovpn.apply(
            source.file or source.plan,
            source.fleet,
            limit=common.limit,
            journal=common.journal,
            options=aovpn.Options.from_named(options),
            permit=restart_consent(
                approval, options.restarts_at_once, session.open_prompt, sessions
            ),
            go_on=canary_consent(approval, session.open_prompt),
            control=session.control,
        )
    present(run, common)
    return run.exit_code
