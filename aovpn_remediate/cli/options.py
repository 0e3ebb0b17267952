"""The options that verbs share."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.cli.reporting import Wanted, report_option
from aovpn_remediate.cli.windows_option import override_window

if TYPE_CHECKING:
    from aovpn_remediate.engine.runs import Options

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


@dataclass(frozen=True)
class Changing:
    """What a run may do, and how long it waits."""

    yes: bool
    allow_restart: bool
    allow_reboot: bool
    max_failures: str | None
    restarts_at_once: int
    reboot_timeout: float
    settle_timeout: float
    poll: float
    override_window: str = ""

    def options(self, workers: int) -> Options:
        """For the engine."""
        from aovpn_remediate.engine.fleet import Limit
        from aovpn_remediate.engine.restarts import Patience
        from aovpn_remediate.engine.runs import Options

        limit = Limit()
        if self.max_failures is not None and self.max_failures.endswith("%"):
            limit = Limit(percent=float(self.max_failures[:-1]))
        elif self.max_failures is not None:
            limit = Limit(count=int(self.max_failures))
        return Options(
            workers=workers,
            max_failures=limit,
            restarts_at_once=self.restarts_at_once,
            patience=Patience(
                settle=self.settle_timeout, reboot=self.reboot_timeout, poll=self.poll
            ),
            override_window=self.override_window,
        )


def _failures(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[0-9]{1,6}|[0-9]{1,3}(\.[0-9]+)?%", value):
        what = f"{value!r} is neither a number of hosts nor a percentage of them"
        raise click.BadParameter(what, ctx, param)
    return value


def inventory(*, required: bool = True, more: str = "") -> Callable[[Verb], Verb]:
    """`-i`."""
    return click.option(
        "-i",
        "--inventory",
        type=click.Path(path_type=Path),
        required=required,
        help=f"The inventory: hosts, groups, and how to log on.{more}",
    )


limit = click.option("--limit", metavar="HOSTS", help="Only these: names, groups, globs, !not.")
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
_seconds = click.FloatRange(min=0, min_open=True)
_CHANGING = (
    click.option("-y", "--yes", is_flag=True, help="Ask nothing: neither here nor for restarts."),
    click.option("--allow-restart", is_flag=True, help="Restart services where changes need it."),
    click.option("--allow-reboot", is_flag=True, help="Reboot hosts where changes need it."),
    click.option(
        "--max-failures",
        callback=_failures,
        metavar="N|N%",
        help="Begin no new host after more failures than this.",
    ),
    click.option(
        "--restarts-at-once",
        type=click.IntRange(min=1),
        metavar="N",
        default=1,
        show_default=True,
        help="Hosts that restart at once, in each group.",
    ),
    click.option(
        "--reboot-timeout",
        type=_seconds,
        metavar="SECONDS",
        default=1200,
        show_default=True,
        help="Until a host has to answer after a reboot.",
    ),
    click.option(
        "--settle-timeout",
        type=_seconds,
        metavar="SECONDS",
        default=120,
        show_default=True,
        help="Until services run and checks hold.",
    ),
    click.option(
        "--poll",
        type=_seconds,
        metavar="SECONDS",
        default=5,
        show_default=True,
        help="Between two looks at a host that is to come back.",
    ),
    override_window,
)


def looking(verb: Verb) -> Verb:
    """The options of `Looking`, given to the verb as one."""
    return _as_one(
        verb, "looking", Looking, (limit, workers, journal, format_, report_option, quiet, verbose)
    )


def changing(verb: Verb) -> Verb:
    """The options of `Changing`, given to the verb as one."""
    return _as_one(verb, "changing", Changing, _CHANGING)


def _as_one(verb: Verb, name: str, kind: type, options: Sequence[Callable[[Verb], Verb]]) -> Verb:
    names = [field.name for field in dataclasses.fields(kind)]

    @functools.wraps(verb)
    def taking_one(*args: Any, **given: Any) -> Any:
        one = kind(**{option: given.pop(option) for option in names})
        return verb(*args, **given, **{name: one})

    made: Verb = taking_one
    for option in reversed(options):
        made = option(made)
    return made
