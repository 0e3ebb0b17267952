"""The options of the verbs that change hosts, made from their declaration in `RunOptions`."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import click

from aovpn_remediate.cli.options.common import as_one, workers_option
from aovpn_remediate.cli.options.types import Duration
from aovpn_remediate.cli.program import VerbFunction
from aovpn_remediate.engine.run_options import RunOptions
from aovpn_remediate.playbook.durations import LONGEST_CONFIRM, SHORTEST_CONFIRM, in_words

if TYPE_CHECKING:
    from aovpn_remediate.inventory.model import Host


@dataclass(frozen=True)
class Approval:
    """The approvals given on the command line."""

    yes: bool = False
    allow_restart: bool = False
    allow_reboot: bool = False


_DECLARED = {field.name: field for field in dataclasses.fields(RunOptions)}
_TYPES = get_type_hints(RunOptions)


def _option(name: str, help_: str, **more: Any) -> Callable[[VerbFunction], VerbFunction]:
    """Return the option that `RunOptions` declares by this name."""
    flag = f"--{name.replace('_', '-')}"
    return click.option(flag, help=help_, **{**_declared(name), **more})


def _declared(name: str) -> Mapping[str, Any]:
    """Return the type and the default that `RunOptions` declares, as click wants them."""
    default: Any = _DECLARED[name].default
    kind = _TYPES[name]
    if kind is bool:
        return {"is_flag": True}
    if kind == tuple[str, ...]:
        return {"multiple": True}
    if kind in (int, int | None):
        number = click.IntRange(min=_DECLARED[name].metadata["ge"])
        return {"type": number, "metavar": "N", "default": default, "show_default": True}
    if kind is float:
        return {"type": Duration(), "default": in_words(default), "show_default": True}
    return {}


def _checked(
    parse: Callable[[str], object], ctx: click.Context, param: click.Parameter, value: str | None
) -> str:
    """Return a text that the engine can parse; empty where none is given."""
    try:
        if value is not None:
            parse(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None
    return value or ""


def _max_failures(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    from aovpn_remediate.engine.rollout.options import parse_limit

    return _checked(parse_limit, ctx, param, value)


def _serial(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    from aovpn_remediate.engine.rollout.options import parse_sizes

    return _checked(parse_sizes, ctx, param, value)


def _reason(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if value is not None and not value.strip():
        raise click.BadParameter("a reason is required: the run records it", ctx, param)
    return (value or "").strip()


def _folder(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    if value is not None and Path(value).exists() and not Path(value).is_dir():
        raise click.BadParameter(f"{value} is not a folder", ctx, param)
    return str(Path(value).absolute()) if value else ""


_APPROVALS = (
    click.option(
        "-y", "--yes", is_flag=True, help="Do not ask for approval, here or before restarts."
    ),
    click.option("--allow-restart", is_flag=True, help="Restart services where changes need it."),
    click.option("--allow-reboot", is_flag=True, help="Reboot hosts where changes need it."),
)
_OPTIONS = (
    _option(
        "serial",
        "Batches over each group, such as 1,10%,100%; a batch starts when the last one succeeded.",
        callback=_serial,
        metavar="N|N%,...",
    ),
    _option(
        "pause_after_canary",
        "Ask for approval after the first batch; if not interactive, pause until `resume`.",
    ),
    _option("skip", "Skip a host. Repeatable.", metavar="HOST"),
    _option(
        "max_failures",
        "Start no further host after more failures than this.  [default: none in batches]",
        callback=_max_failures,
        metavar="N|N%",
    ),
    workers_option,
    _option("restarts_at_once", "Number of hosts to restart at once, in each group."),
    _option("max_sessions", "Restart a VPN server only if at most N users are connected."),
    _option("drain_timeout", "Longest wait for users to disconnect before a restart."),
    _option("force_restart", "After the drain timeout, restart anyway and disconnect the users."),
    _option("reboot_timeout", "Longest wait for a host to come back after a reboot."),
    _option("settle_timeout", "Longest wait for services to run and checks to pass."),
    _option("stable_for", "Time after a restart for which services have to keep running."),
    _option("no_backup", "Change hosts without a backup of RRAS before; the run says so."),
    _option(
        "backup_dir",
        "Folder for backups, below runs/RUN/HOST.  [default: the one of the journal]",
        callback=_folder,
        metavar="DIR",
    ),
    _option("poll", "Polling interval while a host comes back."),
    _option("confirm_high_impact", "Also set changes that concern more than their host."),
    _option(
        "override_window",
        "Change hosts outside their change windows too; the run records the reason.",
        callback=_reason,
        metavar="REASON",
    ),
)
_CONFIRM_OPTIONS = (
    _option(
        "confirm_within",
        "A host rolls back automatically after this time, such as 10m, unless `confirm` is run.",
        type=Duration(shortest=SHORTEST_CONFIRM, longest=LONGEST_CONFIRM),
    ),
    _option("self_confirm", "Confirm each host that is healthy at the end."),
)


def approval_options(verb: VerbFunction) -> VerbFunction:
    """Pass `Approval` to a verb."""
    return as_one(verb, "approval", Approval, _APPROVALS)


def run_options(*, confirm: bool) -> Callable[[VerbFunction], VerbFunction]:
    """Return what passes `RunOptions` to a verb; `confirm` includes those of `--confirm-within`."""
    options = (*_OPTIONS, *_CONFIRM_OPTIONS) if confirm else _OPTIONS
    return lambda verb: as_one(verb, "options", RunOptions, options)


def given_options(ctx: click.Context, options: RunOptions) -> Mapping[str, Any]:
    """Return those options that were given on the command line, by name."""
    default = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP, None)
    return {
        name: value
        for name, value in vars(options).items()
        if ctx.get_parameter_source(name) not in default
    }


def refuse_closed_windows(hosts: Sequence[Host], override: str) -> None:
    """Refuse hosts that are all outside their change windows, before approval is asked for.

    Raises `UsageError`.
    """
    from datetime import UTC, datetime

    from aovpn_remediate.engine.rollout.windows import refuse_closed

    if not override:
        refuse_closed(hosts, datetime.now(UTC))
