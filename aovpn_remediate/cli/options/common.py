"""The options that most verbs take."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.cli.options import completers
from aovpn_remediate.cli.options.log_file import log_file_option
from aovpn_remediate.cli.options.types import FORMAT_NAMES, ReportFile
from aovpn_remediate.cli.program import VerbFunction
from aovpn_remediate.engine.run_options import RunOptions

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Inventory

_MOST_WORKERS = 512


@dataclass(frozen=True)
class CommonOptions:
    """The choice of hosts and journal, and the form of the result."""

    limit: str | None
    journal: str | None
    format_: str
    quiet: bool
    verbose: bool
    reports: tuple[ReportFile, ...] = ()


def inventory_option(
    *, required: bool = True, default: str = ""
) -> Callable[[VerbFunction], VerbFunction]:
    """Return the option `-i`; `default` describes the inventory that is used without it."""
    note = f"  [default: {default}]" if default else ""
    return click.option(
        "-i",
        "--inventory",
        type=click.Path(path_type=Path),
        required=required,
        help=f"Inventory file with hosts, groups and credentials.{note}",
    )


limit_option = click.option(
    "--limit",
    metavar="HOSTS",
    shell_complete=completers.hosts,
    help="Work on these hosts only: names, groups, globs, !not.",
)
variables_option = click.option(
    "-e",
    "--extra",
    "variables",
    multiple=True,
    metavar="NAME=TEXT",
    help="Set a variable, overriding playbook and inventory; use NAME:=JSON for other types.",
)
waivers_option = click.option(
    "--waivers",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Accepted deviations (waivers).  [default: the file that the inventory names]",
)
format_option = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="Output format.",
)
journal_option = click.option(
    "--journal", metavar="URL", help="Journal of runs, as an SQLAlchemy URL.  [default: SQLite]"
)
quiet_option = click.option("-q", "--quiet", is_flag=True, help="Hide progress and notes.")
verbose_option = click.option(
    "-v", "--verbose", is_flag=True, help="Also show the requests and seconds of each host."
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(1, _MOST_WORKERS),
    metavar="N",
    default=RunOptions.workers,
    show_default=True,
    help="Number of hosts to work on at once.",
)


def output_option(help_: str) -> Callable[[VerbFunction], VerbFunction]:
    """Return the option `-o`; a folder that does not exist is refused before any work."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        callback=_require_folder,
        help=help_,
    )


def _require_folder(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and not value.parent.is_dir():
        raise click.BadParameter(f"the folder {value.parent} does not exist", ctx, param)
    return value


def _parse_reports(
    ctx: click.Context, param: click.Parameter, values: tuple[str, ...]
) -> tuple[ReportFile, ...]:
    """Return the report files, refusing before any work those that could not be written."""
    return tuple(_parse_report(value, ctx, param) for value in values)


def _parse_report(value: str, ctx: click.Context, param: click.Parameter) -> ReportFile:
    """Return the format and the path, which may contain a colon itself."""
    format_, _, file = value.partition(":")
    path = Path(file)
    if not file:
        problem = f"expected FORMAT:FILE, such as html:change.html, not {value!r}"
    elif format_ not in FORMAT_NAMES:
        problem = f"unknown format {format_!r} (use {', '.join(FORMAT_NAMES)})"
    elif not path.parent.is_dir():
        problem = f"the folder {path.parent} does not exist"
    else:
        return format_, path
    raise click.BadParameter(problem, ctx, param)


report_option = click.option(
    "--report",
    "reports",
    multiple=True,
    callback=_parse_reports,
    shell_complete=completers.reports,
    metavar="FORMAT:FILE",
    help=f"Also save the result as a report: {', '.join(FORMAT_NAMES)}. Repeatable.",
)


def common_options(verb: VerbFunction) -> VerbFunction:
    """Pass `CommonOptions` to a verb, and give it `--log-file`."""
    return as_one(
        log_file_option(verb),
        "common",
        CommonOptions,
        (
            *(limit_option, journal_option, format_option),
            *(report_option, quiet_option, verbose_option),
        ),
    )


def as_one(
    verb: VerbFunction,
    name: str,
    kind: type,
    options: Sequence[Callable[[VerbFunction], VerbFunction]],
) -> VerbFunction:
    """Add options to a verb, and pass their values to it as one object."""
    fields = [field.name for field in dataclasses.fields(kind)]

    @functools.wraps(verb)
    def with_one(*args: Any, **given: Any) -> Any:
        one = kind(**{option: given.pop(option) for option in fields if option in given})
        return verb(*args, **given, **{name: one})

    decorated: VerbFunction = with_one
    for option in reversed(options):
        decorated = option(decorated)
    return decorated


def load_fleet(inventory: Path, waivers: Path | None) -> Inventory:
    """Return the inventory, with the waivers of another file where one is given."""
    from aovpn_remediate.inventory.loader import load_inventory

    fleet = load_inventory(inventory)
    return fleet if waivers is None else dataclasses.replace(fleet, waivers=waivers)
