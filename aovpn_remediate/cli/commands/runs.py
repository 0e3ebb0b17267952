"""`runs`: the runs in the journal."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.options.common import format_option, journal_option
from aovpn_remediate.cli.program import verb

if TYPE_CHECKING:
    from aovpn_remediate.results import Run


@verb("aovpn-remediate runs")
@journal_option
@format_option
def runs(journal: str | None, format_: str) -> None:
    """List the runs in the journal, newest first."""
    found = aovpn.runs(journal)
    if format_ == "json":
        listed = [run.model_dump(mode="json", exclude={"hosts"}) for run in found]
        click.echo(json.dumps({"kind": "runs", "schema_version": 1, "runs": listed}, indent=2))
        return
    if not found:
        click.echo("There are no runs in the journal.", err=True)
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for line in _lines(found, width):
        click.echo(line)


def _lines(runs: list[Run], width: int | None) -> Iterator[str]:
    from rich.text import Text

    from aovpn_remediate.reports.escape import visible
    from aovpn_remediate.reports.text.layout import hanging
    from aovpn_remediate.reports.words import moment

    rows = [
        (run.id, run.action, moment(run.started), run.operator, f"{_end(run)}{_subject(run)}")
        for run in runs
    ]
    shown = [[visible(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    for *cells, last in shown:
        start = "".join(f"{cell:{wide}}  " for cell, wide in zip(cells, widths, strict=False))
        yield from (line.plain for line in hanging(Text(start), Text(last), width))


def _end(run: Run) -> str:
    """Return the reason why a run did not come to its end; empty if it did."""
    if run.interrupted:
        return "interrupted: "
    if run.finished is None:
        return "not finished: "
    return f"stopped ({run.stopped}): " if run.stopped else ""


def _subject(run: Run) -> str:
    """Return the playbooks of a run, or the runs that it resumed or rolled back."""
    resumes = "resumes " if run.of and run.action == "apply" else ""
    return resumes + ", ".join(run.of or [book.name for book in run.playbooks])
