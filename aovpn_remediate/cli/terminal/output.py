"""Reports in files: the options that name them, and the writing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.options import completers as completing

if TYPE_CHECKING:
    from aovpn_remediate.reports import Document

FORMAT_NAMES = ("text", "json", "html", "markdown", "csv", "junit", "sarif", "prometheus")
"""Those of `reports.FORMATS`, which is too heavy to load for the help of a verb."""

Wanted = tuple[str, Path]
"""A format, and the file for it."""


def _wanted(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[Wanted, ...]:
    """Refused before any work where it could not be written."""
    return tuple(_parsed(value, ctx, param) for value in values)


def _parsed(value: str, ctx: click.Context, param: click.Parameter) -> Wanted:
    """The format and the path, which may have a colon of its own."""
    format_, _, file = value.partition(":")
    path = Path(file)
    if not file:
        problem = f"{value!r} is no FORMAT:FILE, such as html:change.html"
    elif format_ not in FORMAT_NAMES:
        problem = f"{format_!r} is no format; there are {', '.join(FORMAT_NAMES)}"
    elif not path.parent.is_dir():
        problem = f"the folder {path.parent} is not there"
    else:
        return format_, path
    raise click.BadParameter(problem, ctx, param)


report_option = click.option(
    "--report",
    "reports",
    multiple=True,
    callback=_wanted,
    shell_complete=completing.reports,
    metavar="FORMAT:FILE",
    help=f"Also keep the result as a report: {', '.join(FORMAT_NAMES)}. May be repeated.",
)


def write_reports(document: Document, wanted: Iterable[Wanted]) -> None:
    """A document in each format into its file. Raises `UsageError`."""
    from aovpn_remediate.reports import FORMATS

    for format_, path in wanted:
        save(FORMATS[format_](document), path)


def save(text: str, path: Path) -> None:
    """Write a file whole or not at all: what reads it meanwhile never finds half of it."""
    from aovpn_remediate.errors import UsageError

    data = _bytes(text)
    target = Path(os.path.realpath(path))
    beside = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe is written to, not replaced
            return
        beside.write_bytes(data)
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def print_out(text: str) -> None:
    """A report on stdout as it would be in a file: no line end is translated."""
    click.echo(_bytes(text), nl=False)


def _bytes(text: str) -> bytes:
    whole = text if text.endswith("\n") else f"{text}\n"
    return whole.encode("utf-8", "backslashreplace")
