"""Results on stdout, remarks on stderr."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Protocol

import click

from aovpn_remediate.cli.options.common import Looking
from aovpn_remediate.reports import FORMATS, Document
from aovpn_remediate.reports.escape import visible


def present(document: Document, looking: Looking, *, format_: str | None = None) -> None:
    """A document on stdout: in colour and folded on a terminal, plain in a pipe."""
    format_ = format_ or looking.format_
    if format_ == "text" and sys.stdout.isatty():
        on_terminal(document, err=False)
    else:
        click.echo(FORMATS[format_](document))
    if looking.verbose:
        costs(document.hosts)


def on_terminal(document: Document, *, err: bool) -> None:
    """A document as a person reads it."""
    from rich.console import Console

    from aovpn_remediate.reports.text import rendered

    console = Console(stderr=err)
    console.print(rendered(document, console.width), soft_wrap=True)


def remark(text: str, *, quiet: bool = False) -> None:
    """Lines for the person beside the result."""
    for line in [] if quiet else text.splitlines():
        click.echo(visible(line), err=True)


class Costed(Protocol):
    """A host in a result, and what looking at it took."""

    @property
    def host(self) -> str:
        """Its name."""
        ...

    @property
    def requests(self) -> int:
        """0 where it was not reached, or not over a network."""
        ...

    @property
    def seconds(self) -> float:
        """Of work on it, without waiting for a turn."""
        ...


def costs(hosts: Iterable[Costed]) -> None:
    """What `-v` adds, beside the result: a line for each host."""
    for host in hosts:
        requests = f"{host.requests} requests  " if host.requests else ""
        click.echo(f"{visible(host.host)}  {requests}{host.seconds:.2f} s", err=True)
