"""The options that verbs share."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.cli.options import completers as completing
from aovpn_remediate.cli.options.log_file import logged
from aovpn_remediate.cli.options.types import FORMAT_NAMES, Wanted

if TYPE_CHECKING:
    pass

if TYPE_CHECKING:
    pass

Verb = Callable[..., Any]

_MOST_WORKERS = 512


@dataclass(frozen=True)
class Looking:
    """Which hosts, how many at once, and how the result is shown."""

    limit: str | None
    workers: int
    journal: str | None
    format_: str
    quiet: bool
    verbose: bool
    reports: tuple[Wanted, ...] = ()


def inventory(*, required: bool = True, more: str = "") -> Callable[[Verb], Verb]:
    """`-i`."""
    return click.option(
        "-i",
        "--inventory",
        type=click.Path(path_type=Path),
        required=required,
        help=f"The inventory: hosts, groups, and how to log on.{more}",
    )


limit = click.option(
    "--limit",
    metavar="HOSTS",
    shell_complete=completing.hosts,
    help="Only these: names, groups, globs, !not.",
)
variables = click.option(
    "-e",
    "--extra",
    "variables",
    multiple=True,
    metavar="NAME=TEXT",
    help="A variable, which wins over playbook and inventory; NAME:=JSON for other than text.",
)
format_ = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For a person, or for a program.",
)
journal = click.option(
    "--journal", metavar="URL", help="Where runs are kept: an SQLAlchemy URL.  [default: SQLite]"
)
quiet = click.option("-q", "--quiet", is_flag=True, help="No progress and no remarks.")
verbose = click.option("-v", "--verbose", is_flag=True, help="Requests and seconds of each host.")
workers = click.option(
    "--workers",
    type=click.IntRange(1, _MOST_WORKERS),
    metavar="N",
    default=32,
    show_default=True,
    help="Hosts at once.",
)


def looking(verb: Verb) -> Verb:
    """The options of `Looking`, given to the verb as one."""
    return as_one(
        logged(verb),
        "looking",
        Looking,
        (limit, workers, journal, format_, report_option, quiet, verbose),
    )


def as_one(verb: Verb, name: str, kind: type, options: Sequence[Callable[[Verb], Verb]]) -> Verb:
    """Options that a verb is given as one object."""
    names = [field.name for field in dataclasses.fields(kind)]

    @functools.wraps(verb)
    def taking_one(*args: Any, **given: Any) -> Any:
        one = kind(**{option: given.pop(option) for option in names if option in given})
        return verb(*args, **given, **{name: one})

    made: Verb = taking_one
    for option in reversed(options):
        made = option(made)
    return made


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
