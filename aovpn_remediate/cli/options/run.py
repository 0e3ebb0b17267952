"""The options of the verbs that change hosts."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from aovpn_remediate.cli.options.common import Verb, as_one
from aovpn_remediate.cli.options.types import Duration
from aovpn_remediate.cli.options.windows_option import override_window

if TYPE_CHECKING:
    from aovpn_remediate.engine.rollout.options import Options
    from aovpn_remediate.results import Run

_PERMITS = ("yes", "allow_restart", "allow_reboot")


@dataclass(frozen=True)
class Changing:
    """What a run may do, in which order, and how long it waits."""

    yes: bool
    allow_restart: bool
    allow_reboot: bool
    max_failures: str | None = None
    serial: str = ""
    pause_after_canary: bool = False
    skip: tuple[str, ...] = ()
    restarts_at_once: int = 1
    max_sessions: int | None = None
    drain_timeout: float = 1800.0
    force_restart: bool = False
    reboot_timeout: float = 1200.0
    settle_timeout: float = 120.0
    poll: float = 5.0
    override_window: str = ""
    confirm_within: float | None = None
    self_confirm: bool = False

    def options(self, workers: int) -> Options:
        """For the engine."""
        from aovpn_remediate.engine.rollout.options import Options

        return Options.restored({**self._said(), "workers": workers})

    def options_over(self, run: Run, given: set[str], workers: int) -> Options:
        """Those that a run has kept, but for the ones that are given now."""
        from aovpn_remediate.engine.rollout.options import Options

        now = {name: value for name, value in self._said().items() if name in given}
        if "workers" in given:
            now["workers"] = workers
        return Options.of_run(run, now)

    def _said(self) -> dict[str, Any]:
        said = {name: value for name, value in vars(self).items() if name not in _PERMITS}
        return {**said, "max_failures": self.max_failures or ""}


def _failures(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    from aovpn_remediate.engine.rollout.options import Limit

    if value is not None and Limit.parse(value) is None:
        what = f"{value!r} is neither a number of hosts nor a percentage of them"
        raise click.BadParameter(what, ctx, param)
    return value


def _sizes(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    from aovpn_remediate.inventory.model import Share

    parts = [part.strip() for part in value.split(",")] if value is not None else []
    for part in parts:
        if Share.parse(part) is None:
            what = f"{part!r} is no size of a batch: a number of hosts, or a percentage up to 100%"
            raise click.BadParameter(what, ctx, param)
    return ",".join(parts)


_OPTIONS = (
    click.option("-y", "--yes", is_flag=True, help="Ask nothing: neither here nor for restarts."),
    click.option("--allow-restart", is_flag=True, help="Restart services where changes need it."),
    click.option("--allow-reboot", is_flag=True, help="Reboot hosts where changes need it."),
    click.option(
        "--serial",
        callback=_sizes,
        metavar="N|N%,...",
        help="Batches over each group, such as 1,10%,100%: the next only when the last is well.",
    ),
    click.option(
        "--pause-after-canary",
        is_flag=True,
        help="Ask after the first batch; where nobody can be asked, wait for `resume`.",
    ),
    click.option(
        "--skip", multiple=True, metavar="HOST", help="Leave a host out. May be repeated."
    ),
    click.option(
        "--max-failures",
        callback=_failures,
        metavar="N|N%",
        help="Begin no new host after more failures than this.  [default: none in batches]",
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
        "--max-sessions",
        type=click.IntRange(min=0),
        metavar="N",
        help="Restart a VPN server only when at most so many users are connected.",
    ),
    click.option(
        "--drain-timeout",
        type=Duration(),
        default="30m",
        show_default=True,
        help="How long to wait for that; then the restart stays outstanding.",
    ),
    click.option(
        "--force-restart", is_flag=True, help="Then restart all the same, and cut the users."
    ),
    click.option(
        "--reboot-timeout",
        type=Duration(),
        default="20m",
        show_default=True,
        help="Until a host has to answer after a reboot.",
    ),
    click.option(
        "--settle-timeout",
        type=Duration(),
        default="2m",
        show_default=True,
        help="Until services run and checks hold.",
    ),
    click.option(
        "--poll",
        type=Duration(),
        default="5s",
        show_default=True,
        help="Between two looks at a host that is to come back.",
    ),
    override_window,
)


def changing_options(verb: Verb) -> Verb:
    """The options of `Changing`, given to the verb as one."""
    return as_one(verb, "changing", Changing, _OPTIONS)


def given(ctx: click.Context) -> set[str]:
    """The options that a person has given."""
    names = [field.name for field in dataclasses.fields(Changing)] + ["workers"]
    default = (click.core.ParameterSource.DEFAULT, click.core.ParameterSource.DEFAULT_MAP, None)
    return {name for name in names if ctx.get_parameter_source(name) not in default}
