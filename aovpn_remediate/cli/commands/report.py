"""`report`: a plan, a run or a verification in any format."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options.types import FORMAT_NAMES
from aovpn_remediate.cli.program import verb


@verb(
    "aovpn-remediate report last --format markdown -o change.md",
    "aovpn-remediate report change.plan.json --format html -o change.html",
)
@click.argument("what", metavar="PLAN.json | RUN", shell_complete=completing.files_or_runs)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMAT_NAMES),
    default="text",
    show_default=True,
    help="How it is said.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Into a file.  [default: stdout]",
)
@options.journal
def report(what: str, format_: str, output: Path | None, journal: str | None) -> None:
    """Say a plan or a run again, in any format.

    PLAN.json is a file that `plan -o` kept, or a run or a verification kept as JSON. A RUN is its
    id, the beginning of it, or `last`.
    """
    from aovpn_remediate.cli.terminal.documents import load_document
    from aovpn_remediate.cli.terminal.output import print_out, write_reports
    from aovpn_remediate.cli.terminal.printing import on_terminal
    from aovpn_remediate.reports import FORMATS

    if output is not None and not output.parent.is_dir():
        raise click.UsageError(f"-o {output}: the folder {output.parent} is not there")
    document = load_document(what, journal)
    if output is not None:
        write_reports(document, [(format_, output)])
    elif format_ == "text" and sys.stdout.isatty():
        on_terminal(document, err=False)
    else:
        print_out(FORMATS[format_](document))
