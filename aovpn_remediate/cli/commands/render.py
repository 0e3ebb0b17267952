"""`render`: the exact text that a host would be sent."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate render nps-ignore-no-revocation-check > batch.ps1",
    r"aovpn-remediate render connector-logon-as-service -e 'connector_account=CORP\svc'",
)
@click.argument("playbook", shell_complete=completing.playbooks)
@options.inventory(required=False)
@options.limit
@options.variables
def render(
    playbook: str, inventory: Path | None, limit: str | None, variables: tuple[str, ...]
) -> None:
    """Print the PowerShell that a host would be sent.

    With an inventory: for the first of the hosts, with its variables. Nothing is connected to.
    """
    import aovpn_remediate as aovpn
    from aovpn_remediate.playbook.variables import parse_extra
    from aovpn_remediate.reports.escape import visible

    if limit is not None and inventory is None:
        raise click.UsageError("--limit needs an inventory: -i")
    text = aovpn.render(playbook, inventory, limit=limit, variables=parse_extra(variables))
    if sys.stdout.isatty():
        # On a terminal nothing may act as a control; in a pipe the text is exact.
        text = "\n".join(visible(line) for line in text.split("\n"))
    click.echo(text, nl=not text.endswith("\n"))
