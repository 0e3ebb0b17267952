"""`rollback`: bring back what was there before a run."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.run import Changing, changing_options
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate rollback last --limit nps-01",
    "aovpn-remediate rollback 20261121-0203 20261121-0155 --yes --allow-restart",
)
@click.argument("runs", nargs=-1, required=True, metavar="RUN...", shell_complete=completing.runs)
@options.inventory(required=False, more="  [default: the one of the newest run]")
@changing_options
@options.looking
@click.pass_context
def rollback(
    ctx: click.Context,
    *,
    runs: tuple[str, ...],
    inventory: Path | None,
    changing: Changing,
    looking: Looking,
) -> None:
    """Bring back what was there before a run.

    Shows what would be set back, and asks. What somebody has changed since is left as it is, and
    said. A RUN is its id, the beginning of it, or `last`; `runs` lists them.
    """
    from aovpn_remediate.cli.commands.undoing import carry_out

    ctx.exit(carry_out(runs, inventory, changing, looking))
