"""`verify`: check that hosts are compliant with playbooks, or still as a run left them."""

from __future__ import annotations

import re
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
    variables_option,
    waivers_option,
    workers_option,
)
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory
    from aovpn_remediate.results import Verification

_RUN = re.compile(r"last|[0-9]{1,8}(-[0-9]{1,6}(-[0-9a-f]{1,4})?)?")


@verb(
    "aovpn-remediate verify rras-ikev2-fragmentation -i fleet.yaml",
    "aovpn-remediate verify last",
)
@click.argument(
    "what",
    nargs=-1,
    required=True,
    metavar="PLAYBOOK... | RUN",
    shell_complete=completers.playbooks_or_runs,
)
@inventory_option(required=False, default="for a run, the one that it was made with")
@variables_option
@waivers_option
@workers_option
@common_options
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    what: tuple[str, ...],
    inventory: Path | None,
    variables: tuple[str, ...],
    waivers: Path | None,
    workers: int,
    common: CommonOptions,
) -> None:
    """Check that hosts are compliant; nothing is changed.

    With playbooks: reads their settings and checks. With a run: reads again what the run set. A
    RUN is its id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.terminal.output import present

    if len(what) == 1 and _RUN.fullmatch(what[0]):
        if variables:
            raise click.UsageError("-e cannot be combined with a run, only with playbooks")
        found = _verify_run(what[0], inventory, waivers, workers, common)
    elif inventory is None:
        raise click.UsageError("Missing option '-i' / '--inventory'.")
    else:
        fleet = load_fleet(inventory, waivers)
        found = _verify_playbooks(what, fleet, variables, workers, common)
    present(found, common)
    ctx.exit(found.exit_code)


def _verify_run(
    run: str, inventory: Path | None, waivers: Path | None, workers: int, common: CommonOptions
) -> Verification:
    from aovpn_remediate.cli.terminal.session import terminal_session

    inventory = inventory or Path(aovpn.show(run, common.journal).inventory.path)
    with terminal_session("Verifying", quiet=common.quiet) as session:
        return aovpn.verify_run(
            run,
            load_fleet(inventory, waivers),
            limit=common.limit,
            journal=common.journal,
            workers=workers,
            control=session.control,
        )


def _verify_playbooks(
    playbooks: Sequence[str],
    fleet: Inventory,
    variables: Sequence[str],
    workers: int,
    common: CommonOptions,
) -> Verification:
    from aovpn_remediate.cli.terminal.session import terminal_session
    from aovpn_remediate.playbook.variables import parse_extra

    extra = parse_extra(variables)
    with terminal_session("Verifying", quiet=common.quiet) as session:
        return aovpn.verify(
            playbooks,
            fleet,
            limit=common.limit,
            variables=extra,
            journal=common.journal,
            workers=workers,
            control=session.control,
        )
