"""`audit`: compare hosts with every shipped playbook of their roles."""

from __future__ import annotations

from pathlib import Path

import click

import aovpn_remediate as aovpn
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

ROLE_NAMES = ("nps", "rras", "connector", "domain_controller", "client")
"""The names in `resources.roles.ROLES`, which is too heavy to load for the help of a verb."""


@verb(
    "aovpn-remediate audit -i fleet.yaml",
    "aovpn-remediate audit -i fleet.yaml --role rras --report html:audit.html",
)
@inventory_option()
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(ROLE_NAMES),
    help="Only this role; may be given several times. Without it: every role that a host has.",
)
@variables_option
@waivers_option
@workers_option
@common_options
@click.pass_context
def audit(
    ctx: click.Context,
    *,
    inventory: Path,
    roles: tuple[str, ...],
    variables: tuple[str, ...],
    waivers: Path | None,
    workers: int,
    common: CommonOptions,
) -> None:
    """Check hosts against all shipped playbooks; nothing is changed.

    The facts of a host decide which roles it has, and each gets one page: compliant, not
    compliant, manual action needed, could not be read. Exit codes are those of `plan`.
    """
    from aovpn_remediate.cli.terminal.output import present
    from aovpn_remediate.cli.terminal.session import terminal_session
    from aovpn_remediate.playbook.variables import parse_extra

    fleet = load_fleet(inventory, waivers)
    extra = parse_extra(variables)
    with terminal_session("Auditing", quiet=common.quiet) as session:
        found = aovpn.audit(
            fleet,
            roles=roles or ROLE_NAMES,
            limit=common.limit,
            variables=extra,
            journal=common.journal,
            workers=workers,
            control=session.control,
        )
    present(found, common)
    ctx.exit(found.exit_code)
