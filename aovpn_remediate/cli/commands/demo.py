"""`demo`: the main job in one go, on simulated hosts."""

from __future__ import annotations

import contextlib
import shlex
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.commands.lab import ServedFleet, missing_extra, serve_fleet
from aovpn_remediate.cli.program import verb
from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS, EXIT_FAILED

if TYPE_CHECKING:
    from aovpn_remediate.lab.windows.fleet import Member
    from aovpn_remediate.results import HostPlan, HostRun

_INVENTORY = ("-i", "fleet.yaml")
_URL = "sqlite:///journal.sqlite"
_JOURNAL = ("--journal", _URL)
_FAST = ("--poll", "0.2", "--stable-for", "0.2", "--settle-timeout", "20", "--reboot-timeout", "20")
_PLAYBOOKS = (
    "connector-logon-as-service",
    "connector-sid-extension",
    "nps-ignore-no-revocation-check",
    "rras-ikev2-fragmentation",
    "rras-port-counts",
)
"""Those that need nobody besides, and no VPN server without users."""
_UNREADABLE = {"nps-04", "connector-04"}
_READABLE = ("--limit", "!nps-04,!connector-04")
_ROLLED_BACK = "nps-01"


@verb("aovpn-remediate demo")
@click.pass_context
def demo(ctx: click.Context) -> None:
    """See the main job at work on 12 SIMULATED hosts.

    Works in a temporary folder with its own journal, and connects to this machine only. Exit code
    0 if everything happened as expected, including the failures that are part of the demo.
    """
    try:
        unexpected = _demonstrate(ctx.find_root().command)
    except ModuleNotFoundError as error:
        raise missing_extra(error) from None
    ctx.exit(1 if unexpected else 0)


@dataclass
class _Stage:
    """The program and the fleet of the demo, and the results that were not as expected."""

    program: click.Command
    fleet: ServedFleet
    members: Sequence[Member]
    unexpected: list[str] = field(default_factory=list)

    def announce(self, text: str) -> None:
        """Print the title of the next part."""
        click.secho(f"\n{text}", bold=True)

    def run(self, *words: str, expected: int) -> None:
        """Show a command and run it in this process, expecting its exit code."""
        click.secho(f"$ aovpn-remediate {shlex.join(words)}", fg="cyan")
        code = self.program.main([*words], prog_name="aovpn-remediate", standalone_mode=False) or 0
        click.secho(f"exit {code}", dim=True)
        self.expect(f"{words[0]} ends with {expected}, not {code}", true=code == expected)

    def expect(self, statement: str, *, true: bool) -> None:
        """Note a statement that has to be true and is not."""
        if not true:
            self.unexpected.append(statement)

    def address(self, name: str) -> str:
        """Return the address of a host."""
        return next(member.address for member in self.members if member.name == name)


def _demonstrate(program: click.Command) -> list[str]:
    """Run all parts, and return the results that were not as expected."""
    from aovpn_remediate.lab.windows.fleet import demo_fleet

    began = time.monotonic()
    members = demo_fleet()
    click.secho(f"{len(members)} SIMULATED hosts on this machine: no Windows is here.", bold=True)
    click.echo("The commands, the protocol, the scripts and the journal are the real ones.")
    with _temporary_folder() as folder, serve_fleet(members, folder / "fleet.yaml") as fleet:
        stage = _Stage(program, fleet, members)
        before = fleet.windows.snapshot(stage.address(_ROLLED_BACK))
        _plan(stage)
        _apply(stage)
        _verify(stage)
        _roll_back(stage)
        now = fleet.windows.snapshot(stage.address(_ROLLED_BACK))
        stage.expect(f"{_ROLLED_BACK} is back in its first state", true=now == before)
    _conclude(stage.unexpected, time.monotonic() - began)
    return stage.unexpected


@contextlib.contextmanager
def _temporary_folder() -> Iterator[Path]:
    """Work in a temporary folder, so that the commands need no long paths."""
    with tempfile.TemporaryDirectory(prefix="aovpn-demo-") as folder, contextlib.chdir(folder):
        yield Path(folder)


def _plan(stage: _Stage) -> None:
    from aovpn_remediate.engine.plan import file as plan_file

    stage.announce(
        "1. Plan: what differs? nps-04 is down, and connector-04 rejects its credential."
    )
    stage.run(
        *("plan", *_PLAYBOOKS, *_INVENTORY, "-o", "change.plan.json", *_JOURNAL),
        expected=EXIT_FAILED,
    )
    hosts = plan_file.load(Path("change.plan.json")).hosts
    stage.expect("all hosts but two can be read", true=_failed(hosts) == _UNREADABLE)
    stage.expect("there are changes to make", true=any(s.changes for h in hosts for s in h.steps))


def _apply(stage: _Stage) -> None:
    stage.announce("2. Apply: make these changes, and restart one host at a time in each group.")
    stage.run(
        *("apply", "change.plan.json", "--allow-restart", "--allow-reboot", *_FAST, *_JOURNAL),
        expected=EXIT_FAILED,
    )
    hosts = aovpn.show("last", _URL).hosts
    stage.expect("all hosts but two succeed", true=_failed(hosts) == _UNREADABLE)
    stage.expect("all others are compliant", true=not any(host.differs for host in hosts))
    _show_outages(stage)


def _show_outages(stage: _Stage) -> None:
    """Show what the simulated hosts recorded as down, and expect one host at a time in a group."""
    stage.announce("Services that were down meanwhile, as recorded by the simulated hosts:")
    named = {member.address: member for member in stage.members}
    outages = sorted(stage.fleet.windows.history, key=lambda outage: outage.since)
    free: dict[str, float] = {}
    for outage in outages:
        member = named[outage.address]
        since = (outage.since - outages[0].since).total_seconds()
        until = since if outage.until is None else (outage.until - outages[0].since).total_seconds()
        click.echo(f"  {member.name:14} {outage.what:28} from {since:5.2f} s to {until:5.2f} s")
        own = free.get(member.name, 0.0)
        for group in member.groups:
            others = free.get(group, 0.0)
            stage.expect(f"{group}: one host at a time", true=since >= others or own == others)
            free[group] = max(others, until)
        free[member.name] = until


def _verify(stage: _Stage) -> None:
    stage.announce("3. Verify: read the hosts once more.")
    stage.run(
        *("verify", *_PLAYBOOKS, *_INVENTORY, *_READABLE, *_JOURNAL),
        expected=EXIT_COMPLIANT,
    )


def _roll_back(stage: _Stage) -> None:
    stage.announce(f"4. Roll back {_ROLLED_BACK}: restore its state before the run.")
    stage.run(
        *("rollback", "last", "--limit", _ROLLED_BACK, "--yes", "--allow-reboot"),
        *(*_FAST, *_JOURNAL),
        expected=EXIT_COMPLIANT,
    )
    stage.run(
        *("verify", "nps-ignore-no-revocation-check", *_INVENTORY, "--limit", _ROLLED_BACK),
        *_JOURNAL,
        expected=EXIT_DIFFERS,
    )
    stage.announce("The runs in the journal:")
    stage.run("runs", *_JOURNAL, expected=EXIT_COMPLIANT)


def _conclude(unexpected: Sequence[str], seconds: float) -> None:
    click.echo()
    for statement in unexpected:
        click.secho(f"Not as expected: {statement}", fg="red", err=True)
    if not unexpected:
        click.secho(
            f"Everything as expected, in {seconds:.0f} s: planned, applied, restarted one by one, "
            f"verified, and {_ROLLED_BACK} rolled back. The hosts were SIMULATED.",
            bold=True,
        )


def _failed(hosts: Sequence[HostPlan] | Sequence[HostRun]) -> set[str]:
    return {host.host for host in hosts if host.failed}
