"""`confirm`: keep what a run has set."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate confirm last",
    "aovpn-remediate confirm 20261121-0203 nps-01 rras",
)
@click.argument("run", metavar="RUN", shell_complete=completing.runs)
@click.argument("hosts", nargs=-1, metavar="[HOST...]")
@options.inventory(required=False, more="  [default: the one of the run]")
@options.workers
@options.journal
@options.format_
@options.quiet
@click.pass_context
def confirm(
    ctx: click.Context,
    *,
    run: str,
    hosts: tuple[str, ...],
    inventory: Path | None,
    workers: int,
    journal: str | None,
    format_: str,
    quiet: bool,
) -> None:
    """Keep what a run has set, where hosts wait for it.

    Connects to each host that would set itself back, and takes away what would do it. Says of one
    that has done it already what became of it. A HOST is a name, a group or a pattern. Exit code 0
    where all are confirmed, 1 otherwise.
    """
    import aovpn_remediate as aovpn
    from aovpn_remediate.cli.terminal.session import at_work
    from aovpn_remediate.inventory.loader import load_inventory
    from aovpn_remediate.reports.confirmations import as_text

    loaded = aovpn.show(run, journal)
    fleet = load_inventory(inventory or Path(loaded.inventory.path))
    with at_work("Confirming", quiet=quiet) as desk:
        found = aovpn.confirm(
            loaded.id, fleet, hosts=hosts, journal=journal, workers=workers, control=desk.control
        )
    click.echo(found.model_dump_json(indent=2) if format_ == "json" else as_text(found))
    ctx.exit(found.exit_code)
