"""Restarting one host, and proving that it came back: the second visit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Protocol

from aovpn_remediate.engine.changes import check
from aovpn_remediate.engine.facts import instant
from aovpn_remediate.engine.outstanding import REBOOT, runs
from aovpn_remediate.engine.plan import read
from aovpn_remediate.engine.records import Reading, RestartRecord, parse
from aovpn_remediate.engine.results import CheckResult, Facts, RestartRun, StepRun
from aovpn_remediate.errors import LogonFailed, NotAllowed, ScriptError, TransportError, Unreadable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import Readable, rebooting, restarting, starting
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.transports.base import Session

_BOOT_DRIFT = timedelta(seconds=30)
_MOST_REFUSALS = 3  # a host that is starting may refuse a good credential for a while


@dataclass(frozen=True)
class Patience:
    """How long to wait for a host, in seconds."""

    settle: float = 120.0
    """For services and after-checks, from when the host answers."""
    reboot: float = 1200.0
    """For a host to answer again after a reboot."""
    poll: float = 5.0


class RestartLog(Protocol):
    """Where a restart is written: the journal."""

    def stopping(self, services: Sequence[str]) -> None:
        """These run and are about to be stopped."""
        ...

    def running_again(self, services: Sequence[str]) -> None:
        """These were seen to run again."""
        ...

    def restarted(self, restart: Restart, how: str) -> None:
        """The restarts that were outstanding and are done."""
        ...


@dataclass(frozen=True, eq=False)
class Held:
    """A changed step that must still be as it was set."""

    id: str
    resource: Resource
    goal: State


@dataclass
class Restarting:
    """The restart of one host: what is to be done, and what came of it."""

    host: Host
    restart: Restart
    facts: Facts
    """As before the restart."""
    after: tuple[Check, ...]
    held: tuple[Held, ...]
    connect: Callable[[], Session]
    log: RestartLog
    patience: Patience
    wait: Callable[[float], bool]
    """Waits so many seconds; true when the run was told to end."""
    tell: Callable[[str], None]
    services: tuple[str, ...] = ()
    """All services whose facts are read with the checks."""
    results: list[RestartRun] = field(default_factory=list)
    checks: tuple[CheckResult, ...] = ()
    lost: dict[str, str] = field(default_factory=dict)
    """Steps that hold no more, with what was found."""
    unreached: str = ""

    def carry_out(self) -> None:
        """Restart, wait until all is well or the time is over, and start what stayed down."""
        began = time.monotonic()
        pending = self._reboot() if self.restart.reboot else self._restart_services()
        found = self._until_well(pending)
        seconds = round(time.monotonic() - began, 1)
        for what in pending:
            self.results.append(self._result(what, found, seconds))
        self.log.restarted(
            Restart(
                reboot=any(r.what == REBOOT and r.status == "done" for r in self.results),
                services=tuple(r.what for r in self.results if r.status == "done"),
            ),
            "restarted by this run",
        )

    @property
    def healthy(self) -> bool:
        """It answers, runs what it ran, its after-checks hold, and so does every change."""
        return (
            not self.unreached
            and not self.lost
            and all(check.ok for check in self.checks)
            and all(result.status != "failed" for result in self.results)
        )

    # Doing

    def _restart_services(self) -> tuple[str, ...]:
        running = tuple(s for s in self.restart.services if runs(self.facts, s))
        for service in self.restart.services:
            if service not in running:
                words = "it does not run: it reads its settings when it is started"
                self.results.append(RestartRun(what=service, status="not_needed", message=words))
        if running:
            self.tell(f"restarting {', '.join(running)}")
            self.log.stopping(running)
            self._failures = self._send(restarting(running))
        return running

    def _reboot(self) -> tuple[str, ...]:
        self.tell("rebooting")
        self._failures = self._send(rebooting())
        return (REBOOT,)

    def _send(self, script: str) -> dict[str, str]:
        """What went wrong, by service. A lost connection says nothing: the host is asked later."""
        failures = {}
        try:
            with self.connect() as session:
                lines = session.run(script, seconds=self.patience.settle)
                for line in parse(lines, host=self.host.name):
                    if isinstance(line, RestartRecord) and not line.ok:
                        failures[line.what] = str(line.error or "no reason was given")
        except (ScriptError, NotAllowed, LogonFailed) as error:
            failures["*"] = str(error)
        except TransportError:
            pass
        return failures

    # Waiting

    def _until_well(self, pending: tuple[str, ...]) -> Reading | None:
        """The last reading; None where the host did not answer any more."""
        if "*" in self._failures:
            self.unreached = self._failures["*"]
            return None
        reboot = REBOOT in pending
        self._end = time.monotonic() + (self.patience.reboot if reboot else self.patience.settle)
        found = None
        while True:
            found = self._look_again() or found
            if found is not None and not self.unreached and self._is_back(found, reboot=reboot):
                if self._well(pending, found):
                    return found
                self._start_dead(found)
            if self._out_of_patience() or self.wait(self.patience.poll):
                return found
            self.tell("waiting for it" if self.unreached else "waiting for it to be well")

    def _look_again(self) -> Reading | None:
        self.unreached = ""
        try:
            return self._look()
        except TransportError as error:
            self.unreached = str(error)
            self._refusals += isinstance(error, LogonFailed)
        return None

    def _is_back(self, found: Reading, *, reboot: bool) -> bool:
        """Whether it is the host after the restart that answers; from then on it has to settle."""
        if reboot and not self._rebooted(found.facts):
            return False
        if not self._back:
            self._back = True
            self._end = min(self._end, time.monotonic() + self.patience.settle)
        return True

    def _out_of_patience(self) -> bool:
        return time.monotonic() >= self._end or self._refusals >= _MOST_REFUSALS

    def _look(self) -> Reading:
        reads: tuple[Readable, ...] = (*self.held, *self.after)
        with self.connect() as session:
            found = read(session, self.host, reads, self.services)
        self.checks = tuple(check(item, found[item.id]) for item in self.after)
        self.lost = dict(self._changed_back(found))
        return found

    def _changed_back(self, found: Reading) -> Iterable[tuple[str, str]]:
        for held in self.held:
            try:
                state = held.resource.normalise(found[held.id].before_answer)
            except Unreadable as error:
                yield held.id, str(error)
                continue
            if not held.resource.same(state, held.goal):
                yield held.id, held.resource.show(state)

    def _rebooted(self, facts: Facts) -> bool:
        boot = instant(facts.boot)
        last = instant(self.facts.boot) or instant(self.facts.time)
        return boot is not None and last is not None and boot > last + _BOOT_DRIFT

    def _well(self, pending: tuple[str, ...], found: Reading) -> bool:
        up = all(runs(found.facts, s) for s in pending if s != REBOOT and s not in self._failures)
        return up and all(check.ok for check in self.checks)

    # Starting what stayed down

    def _dead(self, found: Reading) -> list[str]:
        return [s for s in self._failures if s != "*" and not runs(found.facts, s)]

    def _start_dead(self, found: Reading) -> None:
        services = self._dead(found)
        if self._started or not services:
            return
        self._started = True
        self.tell(f"starting {', '.join(services)}")
        for service, said in self._send(starting(services)).items():
            self._failures[service] = f"{self._failures.get(service, '')}; then: {said}"

    # Saying

    def _result(self, what: str, found: Reading | None, seconds: float) -> RestartRun:
        facts = found.facts if found is not None else Facts()
        message, status = "", "done"
        if self.unreached:
            status, message = "failed", f"the host does not answer: {self.unreached}"
        elif what == REBOOT and not self._rebooted(facts):
            status, message = "failed", self._failures.get(REBOOT, "the host did not go down")
        elif what != REBOOT and not runs(facts, what):
            said = self._failures.get(what, "no reason was given")
            status, message = "failed", f"it does not run any more: {said}"
        elif what in self._failures:
            status, message = "failed", f"it runs again, after: {self._failures[what]}"
        if what != REBOOT and not self.unreached and runs(facts, what):
            self.log.running_again([what])
        return RestartRun.model_validate(
            {
                "what": what,
                "status": status,
                "message": message,
                "seconds": seconds,
                "sessions": self.facts.sessions,
            }
        )

    _failures: dict[str, str] = field(default_factory=dict, init=False)
    _end: float = field(default=0.0, init=False)
    _refusals: int = field(default=0, init=False)
    _back: bool = field(default=False, init=False)
    _started: bool = field(default=False, init=False)


def held_steps(steps: Iterable[StepRun], resources: dict[str, Resource]) -> tuple[Held, ...]:
    """The changed steps of a run, to be read once more."""
    return tuple(
        Held(step.id, resources[step.id], step.after) for step in steps if step.status == "changed"
    )
