"""`doctor`: check that hosts can be managed, and suggest a fix for each problem."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import (
    format_option,
    inventory_option,
    limit_option,
    quiet_option,
    workers_option,
)
from aovpn_remediate.cli.options.log_file import log_file_option
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.results.examination import Diagnosis

_WIDTH = 80
"""The number of columns in a pipe."""


@verb(
    "aovpn-remediate doctor -i fleet.yaml",
    "aovpn-remediate doctor -i fleet.yaml --limit rras-02 -v",
)
@inventory_option()
@limit_option
@workers_option
@format_option
@quiet_option
@click.option("-v", "--verbose", is_flag=True, help="Also show passed checks, requests and times.")
@log_file_option
@click.pass_context
def doctor(
    ctx: click.Context,
    *,
    inventory: Path,
    limit: str | None,
    workers: int,
    format_: str,
    quiet: bool,
    verbose: bool,
) -> None:
    """Check that hosts can be managed; nothing is changed.

    Checks name, port, certificate, logon, encryption, open shells, opening time, PowerShell and
    its language mode, rights, clock and pending reboot, with a suggested fix for each problem.
    Exit code 3 if there are only warnings, 1 if a check failed.
    """
    from aovpn_remediate.cli.terminal.output import print_costs
    from aovpn_remediate.cli.terminal.session import terminal_session

    with terminal_session("Examining", quiet=quiet) as session:
        found = aovpn.examine(inventory, limit=limit, workers=workers, control=session.control)
    _present(found, format_, everything=verbose)
    if verbose:
        print_costs(found.hosts)
    ctx.exit(found.exit_code)


def _present(found: Diagnosis, format_: str, *, everything: bool) -> None:
    """Print the result: in colour on a terminal, plain with 80 columns in a pipe."""
    import sys

    from rich.console import Console

    from aovpn_remediate.reports.doctor import doctor_lines
    from aovpn_remediate.results.files import as_json

    if format_ == "json":
        click.echo(as_json(found))
    elif sys.stdout.isatty():
        console = Console()
        for line in doctor_lines(found, console.width, everything=everything):
            console.print(line, soft_wrap=True)
    else:
        for line in doctor_lines(found, _WIDTH, everything=everything):
            click.echo(line.plain.rstrip())
