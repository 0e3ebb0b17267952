"""A process that applies a plan or takes a run back, and is killed in the midst of it."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from sqlalchemy import event

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.windows import SimulatedWindows
from tests.forked import PROCESSES

from .conftest import ALL_RESTARTS, PATIENCE, Site

Verb = Literal["apply", "rollback", "resume"]
IN_BATCHES = (aovpn.Share(count=1), aovpn.Share(percent=25), aovpn.Share(percent=100))
_STEP = re.compile(r"Invoke-AovpnStep -Id '([^']+)'.*?(-Apply)?$", re.MULTILINE)


@dataclass
class Deadline:
    """Counts what happens, and acts at one of these moments."""

    at: int
    act: Callable[[], None]
    count: int = 0

    def passes(self) -> bool:
        """One more; whether this was the one."""
        self.count += 1
        if self.count == self.at:
            self.act()
        return self.count == self.at


@dataclass
class AtRequest(Fault):
    """Sees the requests of all hosts come; it spoils none but the one, and that only if asked."""

    deadline: Deadline = field(default_factory=lambda: Deadline(0, lambda: None))
    spoils: bool = False

    def strikes(self, host: str, action: str) -> bool:
        """Count it."""
        del host
        return self._matches(action) and self.deadline.passes() and self.spoils


@dataclass
class Observed:
    """The simulated Windows, watched: every record, and every step set that was not read."""

    windows: SimulatedWindows
    deadline: Deadline = field(default_factory=lambda: Deadline(0, lambda: None))
    unread: list[tuple[str, str]] = field(default_factory=list)
    running: int = 0
    quiet: threading.Event = field(default_factory=threading.Event)
    """No script runs."""

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        """See `Engine.run`."""
        self._note(host, script, session)
        self.running += 1
        self.quiet.clear()
        try:
            for output in self.windows.run(host, script, session):
                self.deadline.passes()
                yield output
        finally:
            self.running -= 1
            if not self.running:
                self.quiet.set()

    def _note(self, host: str, script: str, session: dict[str, Any]) -> None:
        read: set[str] = session.setdefault("steps read", set())
        for step, applies in _STEP.findall(script):
            if not applies:
                read.add(step)
            elif step not in read:
                self.unread.append((host, step))

    def up(self, host: str) -> bool:
        """See `Engine.up`."""
        return self.windows.up(host)

    def may_log_on(self, host: str, user: str) -> bool:
        """See `Engine.may_log_on`."""
        return self.windows.may_log_on(host, user)


def observed(site: Site) -> Observed:
    """Stand between the site and its hosts."""
    between = Observed(site.windows)
    site.meddling.windows = between  # type: ignore[assignment]
    return between


def _run(
    verb: Verb,
    what: str,
    inventory: str,
    journal: str,
    *,
    commit: int,
    serial: tuple[aovpn.Share, ...],
) -> None:
    os.environ["AOVPN_LAB_PASSWORD"] = "secret"
    book = aovpn.Journal(journal)
    deadline = Deadline(commit, lambda: os.kill(os.getpid(), signal.SIGKILL))

    @event.listens_for(book._engine, "commit")
    def _on_commit(_connection: Any) -> None:
        deadline.passes()

    options = aovpn.Options(patience=PATIENCE, serial=serial)
    more: dict[str, Any] = {"permit": ALL_RESTARTS, "options": options}
    if verb == "apply":
        aovpn.apply(what, inventory, journal=book, **more)
    elif verb == "resume":
        aovpn.resume(what, inventory, journal=book, **more)
    else:
        aovpn.rollback([what], inventory, journal=book, **more)


def start(
    site: Site,
    verb: Verb,
    what: str,
    *,
    commit: int = 0,
    serial: tuple[aovpn.Share, ...] = (),
) -> BaseProcess:
    """Apply a plan file, or go on with or roll back a run, in a process of its own.

    It kills itself before that commit.
    """
    process = PROCESSES.Process(
        target=_run,
        args=(verb, what, str(site.inventory), site.journal.url),
        kwargs={"commit": commit, "serial": serial},
        daemon=True,
    )
    process.start()
    return process


def calm(site: Site, hosts: Observed) -> None:
    """Wait until all that a killed process has begun on the hosts has ended by itself."""
    wires = site.lab._site.hosts
    while site.lab._ask(lambda: any(wire.connections for wire in wires.values())):
        time.sleep(0.01)
    assert hosts.quiet.wait(10)


def kill(process: BaseProcess) -> None:
    """The real thing: nothing of it runs any more."""
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
