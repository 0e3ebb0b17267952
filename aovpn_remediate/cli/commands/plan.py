"""`plan`: read the hosts and show what differs."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options import waivers_option
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate plan nps-ignore-no-revocation-check -i fleet.yaml -o change.plan.json",
    "aovpn-remediate plan ./own.yaml rras-port-counts -i fleet.yaml --limit 'rras*,!rras-02'",
)
@click.argument(
    "playbooks",
    nargs=-1,
    required=True,
    metavar="PLAYBOOK...",
    shell_complete=completing.playbooks,
)
@options.inventory()
@options.variables
@waivers_option.waivers
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keep the plan, to be applied: change.plan.json.",
)
@options.looking
@click.pass_context
def plan(
    ctx: click.Context,
    *,
    playbooks: tuple[str, ...],
    inventory: Path,
    variables: tuple[str, ...],
    waivers: Path | None,
    output: Path | None,
    looking: Looking,
) -> None:
    """Show what differs on hosts; nothing is changed.

    A PLAYBOOK is the name of a shipped one (`playbooks` lists them) or the path of a file.
    """
    from aovpn_remediate.cli.commands.planning import make_plan
    from aovpn_remediate.cli.terminal.output import write_reports
    from aovpn_remediate.cli.terminal.printing import present, remark
    from aovpn_remediate.engine.plan import file as plan_file

    if output is not None and not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {output.parent} is not there")
    found = make_plan(playbooks, waivers_option.load_fleet(inventory, waivers), variables, looking)
    if output is not None:
        plan_file.save(found, output)
    present(found, looking)
    write_reports(found, looking.reports)
    if output is not None:
        remark(f"To apply it: aovpn-remediate apply {output}", quiet=looking.quiet)
    ctx.exit(found.exit_code)
