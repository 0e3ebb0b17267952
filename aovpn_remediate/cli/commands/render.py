"""`render`: the PowerShell of a playbook, as a host would be sent it."""

from __future__ import annotations

import sys
from pathlib import Path

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import inventory_option, limit_option, variables_option
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate render nps-ignore-no-revocation-check > batch.ps1",
    r"aovpn-remediate render connector-logon-as-service -e 'connector_account=CORP\svc'",
)
@click.argument("playbook", shell_complete=completers.playbooks)
@inventory_option(required=False)
@limit_option
@variables_option
def render(
    playbook: str, inventory: Path | None, limit: str | None, variables: tuple[str, ...]
) -> None:
    """Print the PowerShell that a host would be sent.

    It reads the settings of the playbook. With an inventory, the variables are those of the first
    host. No host is connected to. Characters outside ASCII are written as numbers, so that the file
    reads the same in any code page.
    """
    from aovpn_remediate.playbook.variables import parse_extra
    from aovpn_remediate.rendering.literals import in_ascii
    from aovpn_remediate.reports.escape import visible

    if limit is not None and inventory is None:
        raise click.UsageError("--limit needs an inventory: -i")
    text = aovpn.render(playbook, inventory, limit=limit, variables=parse_extra(variables))
    text = in_ascii(text)
    if sys.stdout.isatty():
        # No control character may act on a terminal.
        text = "\n".join(visible(line) for line in text.split("\n"))
    click.echo(text, nl=not text.endswith("\n"))
