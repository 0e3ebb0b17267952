"""Results on stdout, notes on stderr, and reports in files."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from aovpn_remediate.errors import UsageError
from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.reports.escape import visible

if TYPE_CHECKING:
    from aovpn_remediate.cli.options.common import CommonOptions
    from aovpn_remediate.cli.options.types import ReportFile


def present(document: Document, common: CommonOptions) -> None:
    """Print a document on stdout and save its reports. Raises `UsageError`."""
    print_document(document, common)
    write_reports(document, common.reports)


def print_document(document: Document, common: CommonOptions) -> None:
    """Print a document on stdout: coloured and wrapped on a terminal, plain in a pipe."""
    if common.format_ == "text" and sys.stdout.isatty():
        print_on_terminal(document, err=False)
    else:
        click.echo(FORMATS[common.format_](document))
    if common.verbose:
        print_costs(document.hosts)


def print_on_terminal(document: Document, *, err: bool) -> None:
    """Print a document coloured and wrapped to the width of the terminal."""
    from rich.console import Console

    from aovpn_remediate.reports.text import rendered

    console = Console(stderr=err)
    console.print(rendered(document, console.width), soft_wrap=True)


def print_note(text: str, *, quiet: bool = False) -> None:
    """Print lines on stderr, beside the result."""
    for line in [] if quiet else text.splitlines():
        click.echo(visible(line), err=True)


class HostCost(Protocol):
    """The cost of the work on one host."""

    @property
    def host(self) -> str:
        """The name of the host."""
        ...

    @property
    def requests(self) -> int:
        """The number of requests; 0 if the host was not reached, or not over a network."""
        ...

    @property
    def seconds(self) -> float:
        """The time spent on the host, without the wait for its turn."""
        ...


def print_costs(hosts: Iterable[HostCost]) -> None:
    """Print the requests and seconds of each host on stderr: `-v`."""
    for host in hosts:
        requests = f"{host.requests} requests  " if host.requests else ""
        click.echo(f"{visible(host.host)}  {requests}{host.seconds:.2f} s", err=True)


def write_reports(document: Document, files: Iterable[ReportFile]) -> None:
    """Write a document to each file in its format. Raises `UsageError`."""
    for format_, path in files:
        save(FORMATS[format_](document), path)


def save(text: str, path: Path) -> None:
    """Write a file as a whole or not at all, so that no reader finds half of it."""
    data = _encoded(text)
    target = Path(os.path.realpath(path))
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        if target.exists() and not target.is_file():
            target.write_bytes(data)  # a device or a pipe is written to, not replaced
            return
        temporary.write_bytes(data)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def print_exactly(text: str) -> None:
    """Print a report on stdout with the bytes that it would have in a file."""
    # Text would get its line ends translated on Windows.
    click.echo(_encoded(text), nl=False)


def _encoded(text: str) -> bytes:
    whole = text if text.endswith("\n") else f"{text}\n"
    return whole.encode("utf-8", "backslashreplace")
