"""The options of `drift run`, which `drift files` writes into the files that start the service."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from aovpn_remediate.cli.options.common import (
    as_one,
    inventory_option,
    journal_option,
    workers_option,
)
from aovpn_remediate.cli.options.types import Duration
from aovpn_remediate.cli.program import VerbFunction
from aovpn_remediate.engine.run_options import RunOptions
from aovpn_remediate.playbook.durations import in_words

if TYPE_CHECKING:
    from aovpn_remediate.drift.service_files import ServiceCommand

_MODES = ("none", "safe", "all")
_SHORTEST, _LONGEST = 1.0, 31 * 86_400.0

name_option = click.option(
    "--name",
    metavar="NAME",
    help="Name of the fleet in the journal.  [default: the path of the inventory]",
)


@dataclass(frozen=True)
class ServiceOptions:
    """The options that the service is started with; times are in seconds."""

    inventory: Path
    every: float
    jitter: float
    fix: Literal["none", "safe", "all"]
    allow_restart: bool
    allow_reboot: bool
    max_sessions: int | None
    workers: int
    no_backup: bool
    backup_dir: str | None
    journal: str | None
    name: str | None
    metrics: str | None
    metrics_file: Path | None

    def check(self) -> None:
        """Raise `click.UsageError` for options that cannot be combined."""
        if self.fix != "all" and (self.allow_restart or self.allow_reboot):
            flag = "--allow-reboot" if self.allow_reboot else "--allow-restart"
            raise click.UsageError(f"{flag} needs --fix all: --fix {self.fix} restarts nothing")
        if self.max_sessions is not None and not (self.allow_restart or self.allow_reboot):
            raise click.UsageError("--max-sessions needs --allow-restart or --allow-reboot")
        if self.jitter > self.every:
            raise click.UsageError("--jitter is longer than --every")

    def command(self, inventory: str) -> ServiceCommand:
        """Return the command that starts the service.

        `inventory` is the path of the inventory on the machine of the service.
        """
        from aovpn_remediate.drift.service_files import ServiceCommand

        words = ["--every", in_words(self.every)]
        words += ["--jitter", in_words(self.jitter)] if self.jitter else []
        words += ["--fix", self.fix] if self.fix != "none" else []
        words += ["--allow-restart"] if self.allow_restart else []
        words += ["--allow-reboot"] if self.allow_reboot else []
        if self.max_sessions is not None:
            words += ["--max-sessions", str(self.max_sessions)]
        if self.workers != RunOptions.workers:
            words += ["--workers", str(self.workers)]
        words += ["--no-backup"] if self.no_backup else []
        words += ["--name", self.name] if self.name else []
        return ServiceCommand(
            inventory=inventory,
            options=tuple(words),
            every=self.every,
            fleet=self.name or inventory,
            journal=self.journal,
            backup_dir=self.backup_dir,
            metrics=self.metrics,
            metrics_file=str(self.metrics_file) if self.metrics_file else None,
        )


def service_options(verb: VerbFunction) -> VerbFunction:
    """Pass `ServiceOptions` to a verb."""
    return as_one(verb, "service", ServiceOptions, _OPTIONS)


_OPTIONS = (
    inventory_option(),
    click.option(
        "--every",
        type=Duration(shortest=_SHORTEST, longest=_LONGEST),
        required=True,
        help="Interval between two reads of a host, such as 1h; longer after failures.",
    ),
    click.option(
        "--jitter",
        type=Duration(),
        default=0.0,
        help="Random delay of up to this time, so that hosts are not all read at once.",
    ),
    click.option(
        "--fix",
        type=click.Choice(_MODES),
        default="none",
        show_default=True,
        help="Fix differences where `drift: fix` allows it; safe: those that need no restart.",
    ),
    click.option("--allow-restart", is_flag=True, help="With --fix all, restart services."),
    click.option("--allow-reboot", is_flag=True, help="With --fix all, reboot hosts."),
    click.option(
        "--max-sessions",
        type=click.IntRange(min=0),
        metavar="N",
        help="Restart a VPN server only if at most N users are connected.",
    ),
    workers_option,
    click.option(
        "--no-backup",
        is_flag=True,
        help="Fix differences of RRAS without a backup before; the run says so.",
    ),
    click.option(
        "--backup-dir",
        metavar="DIR",
        help="Folder for backups, below runs/RUN/HOST.  [default: the one of the journal]",
    ),
    journal_option,
    name_option,
    click.option(
        "--metrics",
        metavar="HOST:PORT",
        help="Serve /metrics and /healthz at this address, on loopback only.",
    ),
    click.option(
        "--metrics-file",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Write the metrics to a file for a textfile collector: NAME.prom.",
    ),
)
