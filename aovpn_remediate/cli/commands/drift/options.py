"""The options of `drift run`, which `drift files` writes down for another to start it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from aovpn_remediate.cli.options import common as options
from aovpn_remediate.cli.options.types import Duration
from aovpn_remediate.playbook.durations import in_words

if TYPE_CHECKING:
    from aovpn_remediate.drift.service_files import ServiceCommand

_MODES = ("none", "safe", "all")
_WORKERS = 32
"""The default of `--workers`."""
_SHORTEST, _LONGEST = 1.0, 31 * 86_400.0

name_option = click.option(
    "--name",
    metavar="NAME",
    help="What the fleet is called in the journal.  [default: the path of the inventory]",
)


@dataclass(frozen=True)
class Service:
    """What a service is started with. Times are seconds."""

    inventory: Path
    every: float
    jitter: float
    fix: Literal["none", "safe", "all"]
    allow_restart: bool
    allow_reboot: bool
    max_sessions: int | None
    workers: int
    journal: str | None
    name: str | None
    metrics: str | None
    metrics_file: Path | None

    def check(self) -> None:
        """Raises `click.UsageError` for what does not go together."""
        if self.fix != "all" and (self.allow_restart or self.allow_reboot):
            flag = "--allow-reboot" if self.allow_reboot else "--allow-restart"
            raise click.UsageError(f"{flag} goes with --fix all: --fix {self.fix} restarts nothing")
        if self.max_sessions is not None and not (self.allow_restart or self.allow_reboot):
            raise click.UsageError("--max-sessions goes with --allow-restart or --allow-reboot")
        if self.jitter > self.every:
            raise click.UsageError("--jitter is longer than --every")

    def order(self, inventory: str) -> ServiceCommand:
        """For a file that starts it; `inventory` is its path on the machine of the service."""
        from aovpn_remediate.drift.service_files import ServiceCommand

        words = ["--every", in_words(self.every)]
        words += ["--jitter", in_words(self.jitter)] if self.jitter else []
        words += ["--fix", self.fix] if self.fix != "none" else []
        words += ["--allow-restart"] if self.allow_restart else []
        words += ["--allow-reboot"] if self.allow_reboot else []
        if self.max_sessions is not None:
            words += ["--max-sessions", str(self.max_sessions)]
        words += ["--workers", str(self.workers)] if self.workers != _WORKERS else []
        words += ["--name", self.name] if self.name else []
        return ServiceCommand(
            inventory=inventory,
            options=tuple(words),
            every=self.every,
            fleet=self.name or inventory,
            journal=self.journal,
            metrics=self.metrics,
            metrics_file=str(self.metrics_file) if self.metrics_file else None,
        )


def service(verb: Callable[..., Any]) -> Callable[..., Any]:
    """The options of `Service`, given to the verb as one."""
    return options.as_one(verb, "service", Service, _OPTIONS)


_OPTIONS = (
    options.inventory(),
    click.option(
        "--every",
        type=Duration(shortest=_SHORTEST, longest=_LONGEST),
        required=True,
        help="From one look at a host to the next, such as 1h; a host that fails waits longer.",
    ),
    click.option(
        "--jitter",
        type=Duration(),
        default=0.0,
        help="Up to so much later, by lot, so that not all come at once.",
    ),
    click.option(
        "--fix",
        type=click.Choice(_MODES),
        default="none",
        show_default=True,
        help="Set what differs where `drift: fix` allows it: what needs no restart, or all.",
    ),
    click.option("--allow-restart", is_flag=True, help="With --fix all, restart services."),
    click.option("--allow-reboot", is_flag=True, help="With --fix all, reboot hosts."),
    click.option(
        "--max-sessions",
        type=click.IntRange(min=0),
        metavar="N",
        help="Restart a VPN server only while at most so many users are connected.",
    ),
    options.workers,
    options.journal,
    name_option,
    click.option(
        "--metrics",
        metavar="HOST:PORT",
        help="Serve /metrics and /healthz there; on loopback only.",
    ),
    click.option(
        "--metrics-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write the metrics to a file, for a textfile collector: NAME.prom.",
    ),
)
