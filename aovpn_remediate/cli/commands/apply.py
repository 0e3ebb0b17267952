"""`apply`: change what a plan shows."""

from __future__ import annotations

from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options import waivers_option
from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.cli.options.confirm_option import confirm_options
from aovpn_remediate.cli.options.run import Changing, changing_options
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate apply change.plan.json --allow-restart --allow-reboot",
    "aovpn-remediate apply rras-ikev2-fragmentation -i fleet.yaml --max-failures 1",
)
@click.argument(
    "what",
    nargs=-1,
    required=True,
    metavar="PLAN.json | PLAYBOOK...",
    shell_complete=completing.playbooks,
)
@options.inventory(required=False, more="  [default: the one that the plan was made with]")
@options.variables
@waivers_option.waivers
@changing_options
@confirm_options
@options.looking
@click.pass_context
def apply(
    ctx: click.Context,
    *,
    what: tuple[str, ...],
    inventory: Path | None,
    variables: tuple[str, ...],
    waivers: Path | None,
    changing: Changing,
    looking: Looking,
) -> None:
    """Change what a plan shows, and prove that it holds.

    With playbooks: plans, shows the plan, and asks. A host that is not as the plan saw it is left
    as it is. Restarts are asked for once; where nobody can be asked, those that are not allowed
    stay outstanding.
    """
    from aovpn_remediate.cli.commands import applying

    if any(map(_is_plan_file, what)):
        if len(what) > 1 or variables:
            raise click.UsageError(
                "a plan file goes alone: no playbooks, other plans or -e with it"
            )
        work = applying.from_file(Path(what[0]), inventory, waivers, looking)
    elif inventory is None:
        raise click.UsageError("Missing option '-i' / '--inventory'.")
    else:
        work = applying.from_playbooks(
            what, waivers_option.load_fleet(inventory, waivers), variables, changing, looking
        )
    ctx.exit(applying.carry_out(work, changing, looking))


def _is_plan_file(name: str) -> bool:
    path = Path(name)
    return path.suffix == ".json" or (path.is_file() and path.suffix not in (".yaml", ".yml"))
