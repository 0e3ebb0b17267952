"""`drift check`: one look at what the inventory assigns."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.commands.drift.options import name_option
from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import waivers_option
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate drift check -i fleet.yaml",
    "aovpn-remediate drift check -i fleet.yaml --limit nps --report html:drift.html",
)
@options.inventory()
@waivers_option.waivers
@name_option
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep what was found as a plan, to be applied.",
)
@options.looking
@click.pass_context
def check(
    ctx: click.Context,
    *,
    inventory: Path,
    waivers: Path | None,
    name: str | None,
    output: Path | None,
    looking: Looking,
) -> None:
    """Show what differs from what the groups want; nothing is changed.

    The journal keeps since when. Exit code 0 as wanted, 3 something differs, 1 not all was read.
    """
    from aovpn_remediate.cli.terminal.output import write_reports
    from aovpn_remediate.cli.terminal.printing import present
    from aovpn_remediate.cli.terminal.session import at_work
    from aovpn_remediate.drift.assignment import fleet_name
    from aovpn_remediate.drift.check import check as look
    from aovpn_remediate.engine.plan import file as plan_file

    if output is not None and not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {output.parent} is not there")
    fleet = waivers_option.load_fleet(inventory, waivers)
    with at_work("Checking", quiet=looking.quiet) as desk:
        found = look(
            fleet,
            fleet_name(inventory, name),
            limit=looking.limit,
            journal=looking.journal,
            workers=looking.workers,
            control=desk.control,
        )
    if output is not None:
        plan_file.save(found, output)
    present(found, looking)
    write_reports(found, looking.reports)
    ctx.exit(found.exit_code)
