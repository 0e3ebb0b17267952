"""`verify`: whether hosts are as playbooks want them, or as a run left them."""

from __future__ import annotations

import re
from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options import waivers_option
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.program import verb

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
    shell_complete=completing.playbooks_or_runs,
)
@options.inventory(required=False, more="  [default for a run: the one that it was made with]")
@options.variables
@waivers_option.waivers
@options.looking
@click.pass_context
def verify(
    ctx: click.Context,
    *,
    what: tuple[str, ...],
    inventory: Path | None,
    variables: tuple[str, ...],
    waivers: Path | None,
    looking: Looking,
) -> None:
    """Prove that hosts are as they should be.

    By playbooks, or as a run left them: what it set is read again. A RUN is its id, the
    beginning of it, or `last`.
    """
    from aovpn_remediate.cli.commands import verifying
    from aovpn_remediate.cli.terminal.output import write_reports
    from aovpn_remediate.cli.terminal.printing import present

    if len(what) == 1 and _RUN.fullmatch(what[0]):
        if variables:
            raise click.UsageError("-e goes with playbooks, not with a run")
        found = verifying.verify_run(what[0], inventory, waivers, looking)
    elif inventory is None:
        raise click.UsageError("Missing option '-i' / '--inventory'.")
    else:
        fleet = waivers_option.load_fleet(inventory, waivers)
        found = verifying.verify_playbooks(what, fleet, variables, looking)
    present(found, looking)
    write_reports(found, looking.reports)
    ctx.exit(found.exit_code)
