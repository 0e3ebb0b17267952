"""`drift check`: read once what the inventory assigns."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.commands.drift.options import name_option
from aovpn_remediate.cli.options.common import (
    CommonOptions,
    common_options,
    inventory_option,
    load_fleet,
    output_option,
    waivers_option,
    workers_option,
)
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate drift check -i fleet.yaml",
    "aovpn-remediate drift check -i fleet.yaml --limit nps --report html:drift.html",
)
@inventory_option()
@waivers_option
@name_option
@output_option("Save the differences as a plan for `apply`.")
@workers_option
@common_options
@click.pass_context
def check(
    ctx: click.Context,
    *,
    inventory: Path,
    waivers: Path | None,
    name: str | None,
    output: Path | None,
    workers: int,
    common: CommonOptions,
) -> None:
    """Show what differs from the assigned playbooks; nothing is changed.

    The journal keeps the history of each difference. Exit code 0 if all hosts are compliant, 3 if
    something differs, 1 if a host could not be read.
    """
    from aovpn_remediate.cli.terminal.output import present
    from aovpn_remediate.cli.terminal.session import terminal_session
    from aovpn_remediate.drift.assignment import fleet_name
    from aovpn_remediate.drift.check import check as check_fleet
    from aovpn_remediate.engine.plan import file as plan_file

    fleet = load_fleet(inventory, waivers)
    with terminal_session("Checking", quiet=common.quiet) as session:
        found = check_fleet(
            fleet,
            fleet_name(inventory, name),
            limit=common.limit,
            journal=common.journal,
            workers=workers,
            control=session.control,
        )
    if output is not None:
        plan_file.save(found, output)
    present(found, common)
    ctx.exit(found.exit_code)
