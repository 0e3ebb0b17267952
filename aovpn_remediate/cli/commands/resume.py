"""`resume`: continue a run that was stopped, paused or killed."""

from __future__ import annotations

from pathlib import Path

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import CommonOptions, common_options, inventory_option
from aovpn_remediate.cli.options.run import (
    Approval,
    approval_options,
    given_options,
    run_options,
)
from aovpn_remediate.cli.program import verb
from aovpn_remediate.engine.run_options import RunOptions


@verb(
    "aovpn-remediate resume last --allow-restart",
    "aovpn-remediate resume 20261121-0203 --skip nps-07 --max-failures 2",
)
@click.argument("run", metavar="RUN", shell_complete=completers.runs)
@inventory_option(required=False, default="the one of the run")
@approval_options
@run_options(confirm=True)
@common_options
@click.pass_context
def resume(
    ctx: click.Context,
    *,
    run: str,
    inventory: Path | None,
    approval: Approval,
    options: RunOptions,
    common: CommonOptions,
) -> None:
    """Continue an apply that was stopped, paused or killed.

    Applies the same plan, as a run of its own, to the hosts that are not done yet; failed hosts
    are tried again. Batches, limits and times are those of the run unless others are given. A RUN
    is its id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.terminal.consent import canary_consent, restart_consent
    from aovpn_remediate.cli.terminal.output import present
    from aovpn_remediate.cli.terminal.session import terminal_session
    from aovpn_remediate.inventory.loader import load_inventory

    if common.limit is not None:
        raise click.UsageError("a run is resumed as a whole: use --skip HOST instead of --limit")
    stopped = aovpn.show(run, common.journal)
    fleet = load_inventory(inventory or Path(stopped.inventory.path))
    sessions = {h.host: n for h in stopped.hosts if (n := h.facts.sessions) is not None}
    restored = aovpn.Options.of_run(stopped, given_options(ctx, options))
    with terminal_session("Resuming", quiet=common.quiet) as session:
        resumed = aovpn.resume(
            stopped.id,
            fleet,
            journal=common.journal,
            options=restored,
            permit=restart_consent(
                approval, restored.restarts_at_once, session.open_prompt, sessions
            ),
            go_on=canary_consent(approval, session.open_prompt),
            control=session.control,
        )
    present(resumed, common)
    ctx.exit(resumed.exit_code)
