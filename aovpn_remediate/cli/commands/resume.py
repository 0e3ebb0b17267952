"""`resume`: go on with a run that was stopped, paused or killed."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.confirm_option import confirm_options
from aovpn_remediate.cli.options.run import Changing, changing_options
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate resume last --allow-restart",
    "aovpn-remediate resume 20261121-0203 --skip nps-07 --max-failures 2",
)
@click.argument("run", metavar="RUN", shell_complete=completing.runs)
@options.inventory(required=False, more="  [default: the one of the run]")
@changing_options
@confirm_options
@options.looking
@click.pass_context
def resume(
    ctx: click.Context, *, run: str, inventory: Path | None, changing: Changing, looking: Looking
) -> None:
    """Go on with an apply that was stopped, paused or killed.

    Applies the same plan to the hosts that are not done yet, as a run of its own: those that
    failed are tried again, those that are done are left alone. Batches, limits and times are
    those of the run, unless others are given. A RUN is its id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.commands.resuming import carry_out
    from aovpn_remediate.cli.options.run import given

    if looking.limit is not None:
        raise click.UsageError("a run is resumed as a whole: --skip HOST leaves one out")
    ctx.exit(carry_out(run, inventory, changing, given(ctx), looking))
