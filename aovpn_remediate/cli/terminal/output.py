"""Reports in files: the options that name them, and the writing."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aovpn_remediate.cli.options.types import Wanted

if TYPE_CHECKING:
    from aovpn_remediate.reports import Document


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
