"""`confirm`: confirm the changes of a run before hosts roll back automatically."""

from __future__ import annotations

from pathlib import Path

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import (
    format_option,
    inventory_option,
    journal_option,
    quiet_option,
    workers_option,
)
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate confirm last",
    "aovpn-remediate confirm 20261121-0203 nps-01 rras",
)
@click.argument("run", metavar="RUN", shell_complete=completers.runs)
@click.argument("hosts", nargs=-1, metavar="[HOST...]")
@inventory_option(required=False, default="the one of the run")
@workers_option
@journal_option
@format_option
@quiet_option
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
    """Confirm changes before hosts roll back automatically.

    Connects to each host that waits for a confirmation and cancels its automatic rollback. Reports
    the result on each host that has already rolled back. A RUN is its id, the beginning of it, or
    `last`, which is the newest apply. A HOST is a name, a group or a pattern.

    Exit code 0 if all hosts are confirmed, 1 otherwise.
    """
    from aovpn_remediate.cli.terminal.session import terminal_session
    from aovpn_remediate.inventory.loader import load_inventory
    from aovpn_remediate.reports.confirmations import as_text
    from aovpn_remediate.results.files import as_json

    loaded = aovpn.show(run, journal, last="apply")
    fleet = load_inventory(inventory or Path(loaded.inventory.path))
    with terminal_session("Confirming", quiet=quiet) as session:
        found = aovpn.confirm(
            loaded.id,
            fleet,
            hosts=hosts,
            journal=journal,
            workers=workers,
            control=session.control,
        )
    click.echo(as_json(found) if format_ == "json" else as_text(found))
    ctx.exit(found.exit_code)
