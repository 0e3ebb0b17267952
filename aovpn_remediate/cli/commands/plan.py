"""`plan`: read the hosts and show what differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import (
    CommonOptions,
    common_options,
    inventory_option,
    load_fleet,
    output_option,
    variables_option,
    waivers_option,
    workers_option,
)
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory
    from aovpn_remediate.results import Plan


@verb(
    "aovpn-remediate plan nps-ignore-no-revocation-check -i fleet.yaml -o change.plan.json",
    "aovpn-remediate plan ./own.yaml rras-port-counts -i fleet.yaml --limit 'rras*,!rras-02'",
)
@click.argument(
    "playbooks",
    nargs=-1,
    required=True,
    metavar="PLAYBOOK...",
    shell_complete=completers.playbooks,
)
@inventory_option()
@variables_option
@waivers_option
@output_option("Save the plan for `apply`, as change.plan.json for example.")
@workers_option
@common_options
@click.pass_context
def plan(
    ctx: click.Context,
    *,
    playbooks: tuple[str, ...],
    inventory: Path,
    variables: tuple[str, ...],
    waivers: Path | None,
    output: Path | None,
    workers: int,
    common: CommonOptions,
) -> None:
    """Show what differs on hosts; nothing is changed.

    A PLAYBOOK is the name of a shipped playbook (`playbooks` lists them) or the path of a file.
    """
    from aovpn_remediate.cli.terminal.output import present, print_note
    from aovpn_remediate.engine.plan import file as plan_file

    found = make_plan(playbooks, load_fleet(inventory, waivers), variables, workers, common)
    if output is not None:
        plan_file.save(found, output)
    present(found, common)
    if output is not None:
        words = " ".join((str(output), *found.leave))
        print_note(f"To apply it: aovpn-remediate apply {words}", quiet=common.quiet)
    ctx.exit(found.exit_code)


def make_plan(
    playbooks: Sequence[str],
    fleet: Inventory,
    variables: Sequence[str],
    workers: int,
    common: CommonOptions,
) -> Plan:
    """Read the hosts and return the plan, with progress on the terminal."""
    from aovpn_remediate.cli.terminal.session import terminal_session
    from aovpn_remediate.playbook.variables import parse_extra

    extra = parse_extra(variables)
    with terminal_session("Planning", quiet=common.quiet) as session:
        return aovpn.plan(
            playbooks,
            fleet,
            limit=common.limit,
            variables=extra,
            journal=common.journal,
            workers=workers,
            control=session.control,
        )
