"""A report of `inspect` or `probe` on stdout."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from aovpn_remediate.cli.terminal.output import print_exactly, save
from aovpn_remediate.reports.inspections.html import sheet_page
from aovpn_remediate.reports.inspections.sheet import Sheet
from aovpn_remediate.reports.inspections.text import sheet_lines
from aovpn_remediate.results.files import as_json


def present_sheet(sheet: Sheet, format_: str, output: Path | None) -> None:
    """Print a report, or write it to a file. Raises `UsageError`."""
    if output is not None:
        save(_text(sheet, format_), output)
    elif format_ == "text" and sys.stdout.isatty():
        _print_coloured(sheet)
    elif format_ == "text":
        click.echo(_text(sheet, format_))
    else:
        print_exactly(_text(sheet, format_))


def _text(sheet: Sheet, format_: str) -> str:
    if format_ == "json":
        return as_json(sheet.inspection)
    if format_ == "html":
        return sheet_page(sheet)
    return "\n".join(line.plain.rstrip() for line in sheet_lines(sheet, None))


def _print_coloured(sheet: Sheet) -> None:
    from rich.console import Console

    console = Console()
    for line in sheet_lines(sheet, console.width):
        console.print(line, soft_wrap=True)
