"""The script of the demo: the commands that a person would type, and what must come of them."""

from __future__ import annotations

import contextlib
import shlex
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import click

import aovpn_remediate as aovpn
from aovpn_remediate.cli.commands.serving import Serving, serving
from aovpn_remediate.engine.plan import file as plan_file
from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS, EXIT_FAILED
from aovpn_remediate.lab.windows.fleet import Member, demo_fleet
from aovpn_remediate.playbook.loader import shipped_playbooks
from aovpn_remediate.results import HostPlan, HostRun

_INVENTORY = ("-i", "fleet.yaml")
_URL = "sqlite:///journal.sqlite"
_JOURNAL = ("--journal", _URL)
_SWIFT = ("--poll", "0.2", "--settle-timeout", "20", "--reboot-timeout", "20")
_UNREACHED = {"nps-04", "connector-04"}
_READ = ("--limit", "!nps-04,!connector-04")
_BACK = "nps-01"


@dataclass
class _Stage:
    """Where commands are typed; it keeps what did not come as it should."""

    program: click.Command
    fleet: Serving
    members: Sequence[Member]
    wrong: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """What comes next."""
        click.secho(f"\n{text}", bold=True)

    def type(self, *words: str, expected: int) -> None:
        """Run a command by the verb's own function, after showing it."""
        click.secho(f"$ aovpn-remediate {shlex.join(words)}", fg="cyan")
        code = self.program.main([*words], prog_name="aovpn-remediate", standalone_mode=False) or 0
        click.secho(f"exit {code}", dim=True)
        self.expect(f"{words[0]} ends with {expected}, not {code}", true=code == expected)

    def expect(self, what: str, *, true: bool) -> None:
        """Something that has to be so."""
        if not true:
            self.wrong.append(what)

    def address(self, name: str) -> str:
        """Of a host."""
        return next(member.address for member in self.members if member.name == name)


def demonstrate(program: click.Command) -> list[str]:
    """Do it all; what did not come as it should."""
    began = time.monotonic()
    members = demo_fleet()
    click.secho(f"{len(members)} SIMULATED hosts on this machine: no Windows is here.", bold=True)
    click.echo("The commands, the protocol, the scripts and the journal are the real ones.")
    with _somewhere() as folder, serving(members, folder / "fleet.yaml") as fleet:
        stage = _Stage(program, fleet, members)
        before = fleet.windows.snapshot(stage.address(_BACK))
        _plan(stage)
        _apply(stage)
        _verify(stage)
        _roll_back(stage)
        now = fleet.windows.snapshot(stage.address(_BACK))
        stage.expect(f"{_BACK} is as it was at first", true=now == before)
    _conclude(stage.wrong, time.monotonic() - began)
    return stage.wrong


@contextlib.contextmanager
def _somewhere() -> Iterator[Path]:
    """A temporary folder to work in: the commands need no long paths."""
    with tempfile.TemporaryDirectory(prefix="aovpn-demo-") as folder, contextlib.chdir(folder):
        yield Path(folder)


def _plan(stage: _Stage) -> None:
    stage.say(
        "1. What differs? nps-04 is down, connector-04 refuses the account that it was given."
    )
    books = shipped_playbooks()
    stage.type(
        *("plan", *books, *_INVENTORY, "-o", "change.plan.json", *_JOURNAL), expected=EXIT_FAILED
    )
    hosts = plan_file.load(Path("change.plan.json")).hosts
    stage.expect("all but two hosts are read", true=_failed(hosts) == _UNREACHED)
    stage.expect("something is to change", true=any(s.changes for h in hosts for s in h.steps))


def _apply(stage: _Stage) -> None:
    stage.say("2. Apply exactly that, and restart what needs it, one host at a time in each group.")
    stage.type(
        *("apply", "change.plan.json", "--allow-restart", "--allow-reboot", *_SWIFT, *_JOURNAL),
        expected=EXIT_FAILED,
    )
    hosts = aovpn.show("last", _URL).hosts
    stage.expect("all but two hosts are done", true=_failed(hosts) == _UNREACHED)
    stage.expect("nothing is left to do", true=not any(host.differs for host in hosts))
    _show_outages(stage)


def _show_outages(stage: _Stage) -> None:
    """What the simulated hosts themselves say was down, and that it was never two of a group."""
    stage.say("What was down meanwhile, as the simulated hosts saw it:")
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
    stage.say("3. Verify: the hosts are asked once more.")
    stage.type(
        *("verify", *shipped_playbooks(), *_INVENTORY, *_READ, *_JOURNAL), expected=EXIT_COMPLIANT
    )


def _roll_back(stage: _Stage) -> None:
    stage.say(f"4. Roll {_BACK} back: what was there before the run comes back.")
    stage.type(
        *("rollback", "last", "--limit", _BACK, "--yes", "--allow-reboot", *_SWIFT, *_JOURNAL),
        expected=EXIT_COMPLIANT,
    )
    stage.type(
        *("verify", "nps-ignore-no-revocation-check", *_INVENTORY, "--limit", _BACK, *_JOURNAL),
        expected=EXIT_DIFFERS,
    )
    stage.say("What the journal keeps:")
    stage.type("runs", *_JOURNAL, expected=EXIT_COMPLIANT)


def _conclude(wrong: Sequence[str], seconds: float) -> None:
    click.echo()
    for what in wrong:
        click.secho(f"Not as it should be: {what}", fg="red", err=True)
    if not wrong:
        click.secho(
            f"All as it should be, in {seconds:.0f} s: planned, applied, restarted one by one, "
            f"verified, and {_BACK} rolled back. The hosts were SIMULATED.",
            bold=True,
        )


def _failed(hosts: Sequence[HostPlan] | Sequence[HostRun]) -> set[str]:
    return {host.host for host in hosts if host.failed}
