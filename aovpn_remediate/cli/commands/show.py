"""`show`: one run, from the journal."""

from __future__ import annotations

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import (
    CommonOptions,
    format_option,
    journal_option,
    verbose_option,
)
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate show last",
    "aovpn-remediate show 20261121-0203 --format json",
)
@click.argument("run", shell_complete=completers.runs)
@journal_option
@format_option
@verbose_option
def show(run: str, journal: str | None, format_: str, verbose: bool) -> None:
    """Show what a run did, step by step.

    With the files of its backups by their SHA-256. A RUN is its id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.terminal.output import print_document
    from aovpn_remediate.reports.backups import file_lines

    common = CommonOptions(None, journal, format_, quiet=False, verbose=verbose)
    found = aovpn.show(run, journal)
    print_document(found, common)
    for line in file_lines(found) if format_ == "text" else ():
        click.echo(line)
