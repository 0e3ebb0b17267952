"""`report`: a plan, a run or a verification in any format."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.common import journal_option, output_option
from aovpn_remediate.cli.options.types import FORMAT_NAMES
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate report last --format markdown -o change.md",
    "aovpn-remediate report change.plan.json --format html -o change.html",
)
@click.argument("what", metavar="PLAN.json | RUN", shell_complete=completers.files_or_runs)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMAT_NAMES),
    default="text",
    show_default=True,
    help="Output format.",
)
@output_option("Write the report to a file.  [default: stdout]")
@journal_option
def report(what: str, format_: str, output: Path | None, journal: str | None) -> None:
    """Export a plan or a run as a report.

    PLAN.json is a file that `plan -o` saved, or a run or a verification saved as JSON. A RUN is
    its id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.terminal.documents import load_document
    from aovpn_remediate.cli.terminal.output import (
        print_exactly,
        print_on_terminal,
        write_reports,
    )
    from aovpn_remediate.reports import FORMATS

    document = load_document(what, journal)
    if output is not None:
        write_reports(document, [(format_, output)])
    elif format_ == "text" and sys.stdout.isatty():
        print_on_terminal(document, err=False)
    else:
        print_exactly(FORMATS[format_](document))
