"""Restarting one host, and proving that it came back: the second visit."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.compare import check
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.reading.read import Reading, read
from aovpn_remediate.engine.reading.restart_needs import (
    booted_after,
    is_idle,
    is_stopped,
    runs,
    started_since,
)
from aovpn_remediate.engine.restart.commands import CommandReply, send_command
from aovpn_remediate.errors import LogonFailed, RemediateError, Unreadable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import Readable, rebooting, restarting, starting
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import REBOOT, Restart, restart_for
from aovpn_remediate.results import CheckResult, Facts, RestartRun, StepRun
from aovpn_remediate.transports.base import Session

_MOST_REFUSALS = 3  # a host that is starting may refuse a good credential for a while


@dataclass(frozen=True)
class Patience:
    """How long to wait for a host, in seconds."""

    settle: float = 120.0
    """For services and after-checks, from when the host answers."""
    reboot: float = 1200.0
    """For a host to answer again after a reboot."""
    poll: float = 5.0


@dataclass(frozen=True, eq=False)
class Held:
    """A changed step that must still be as it was set."""

    id: str
    resource: Resource
    goal: State


@dataclass
class HostRestart:
    """The restart of one host: what is to be done, and what came of it."""

    host: Host
    restart: Restart
    facts: Facts
    """As before the restart."""
    after: tuple[Check, ...]
    held: tuple[Held, ...]
    connect: Callable[[], Session]
    log: HostJournal
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
        for what in dict.fromkeys((*pending, *self._helped)):
            self.results.append(self._result(what, found, seconds))
        if found is not None and not self.unreached:
            self.log.record_running([s for s in self._down if runs(found.facts, s)])
        done = [r.what for r in self.results if r.status in ("done", "not_needed")]
        # It was down and runs: that it needed help does not make the restart outstanding.
        done += [s for s in self._helped if found is not None and runs(found.facts, s)]
        restarted = Restart(REBOOT in done, tuple(what for what in done if what != REBOOT))
        self.log.close_restarts(restarted, "restarted by this run")

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
        idle = [s for s in self.restart.services if is_idle(self.facts, s)]
        hidden = [s for s in self.restart.services if f"services.{s}" in self.facts.unknown]
        self._leave(idle)
        for service in hidden:
            words = f"not restarted: whether it runs is unknown ({self._unknown(service)})"
            self.results.append(RestartRun(what=service, status="failed", message=words))
        active = tuple(s for s in self.restart.services if s not in idle and s not in hidden)
        if active:
            self.tell(f"restarting {', '.join(active)}")
            self._down = tuple(s for s in Restart(services=active).stops if runs(self.facts, s))
            self.log.record_stopping(self._down)
            self._said = self._order(restarting(active))
            self._leave([s for s in active if s in self._said.idle])
        return tuple(s for s in active if s not in self._said.idle)

    def _leave(self, idle: Sequence[str]) -> None:
        """These do not run; perhaps somebody has stopped them since the first visit."""
        words = "it does not run: it reads its settings when it is started"
        self.results += [RestartRun(what=s, status="not_needed", message=words) for s in idle]
        self._down = tuple(s for s in self._down if s not in idle)
        self.log.record_running(idle)

    def _unknown(self, service: str) -> str:
        return self.facts.unknown[f"services.{service}"]

    def _reboot(self) -> tuple[str, ...]:
        self.tell("rebooting")
        self._said = self._order(rebooting())
        return (REBOOT,)

    def _order(self, script: str) -> CommandReply:
        return send_command(
            script, host=self.host.name, connect=self.connect, seconds=self.patience.settle
        )

    @property
    def _disobeyed(self) -> str:
        """Why nothing was restarted: then there is nothing to wait for."""
        said = self._said
        if self.restart.reboot and REBOOT not in said.told - said.failures.keys():
            return said.why(REBOOT)
        return said.refused

    # Waiting

    def _until_well(self, pending: tuple[str, ...]) -> Reading | None:
        """The last reading; None where the host did not answer any more."""
        if self._disobeyed:
            return None
        reboot = REBOOT in pending
        self._end = time.monotonic() + (self.patience.reboot if reboot else self.patience.settle)
        found = None
        while True:
            found = self._look_again() or found
            back = found if found is not None and self._is_back(found, reboot=reboot) else None
            if back is not None and not self._start_dead(back) and self._well(back):
                return back
            if self._out_of_patience() or self.wait(self.patience.poll):
                return found
            self.tell("waiting for it" if self.unreached else "waiting for it to be well")

    def _look_again(self) -> Reading | None:
        self.unreached = ""
        try:
            return self._look()
        except RemediateError as error:
            self.unreached = str(error)
            self._refusals += isinstance(error, LogonFailed)
        return None

    def _is_back(self, found: Reading, *, reboot: bool) -> bool:
        """Whether it is the host after the restart that answers; from then on it has to settle."""
        if self.unreached or (reboot and not self._rebooted(found.facts)):
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
        return booted_after(facts, instant(self.facts.boot) or instant(self.facts.time))

    def _well(self, found: Reading) -> bool:
        up = all(runs(found.facts, s) or s in self._said.failures for s in self._down)
        return up and all(check.ok for check in self.checks)

    def _start_dead(self, found: Reading) -> bool:
        """Start what stayed down, once; whether there was anything to start."""
        services = [s for s in self._down if is_stopped(found.facts, s)]
        if self._helped or not services:
            return False
        self._helped = tuple(services)
        self.tell(f"starting {', '.join(services)}")
        again = self._order(starting(services))
        for service in services:
            said = self._said.why(service) or "it did not come back by itself"
            then = again.why(service)
            self._said.failures[service] = f"{said}; then: {then}" if then else said
        return True

    # Saying

    def _result(self, what: str, found: Reading | None, seconds: float) -> RestartRun:
        wrong = self._wrong(what, found.facts if found is not None else Facts())
        cuts = restart_for(what).cuts_users
        # Once: RasMan takes RemoteAccess with it. Not where nothing was restarted at all.
        is_told = any(result.sessions is not None for result in self.results)
        return RestartRun(
            what=what,
            status="failed" if wrong else "done",
            message=wrong,
            seconds=seconds,
            sessions=self.facts.sessions if cuts and not is_told and not self._disobeyed else None,
        )

    def _wrong(self, what: str, facts: Facts) -> str:
        if self._disobeyed:
            return self._disobeyed
        if self.unreached:
            return f"the host does not answer: {self.unreached}"
        if what == REBOOT:
            return "" if self._rebooted(facts) else "the host did not go down"
        return self._wrong_with_service(what, facts)

    def _wrong_with_service(self, service: str, facts: Facts) -> str:
        said = self._said.why(service)
        if not runs(facts, service):
            return f"it does not run any more: {said or 'no reason was given'}"
        if service in self._said.failures:
            return f"it runs again, after: {said}"
        if not self._was_restarted(service, facts):
            return f"it has not been started since: {said or 'no record of it came'}"
        return ""

    def _was_restarted(self, service: str, now: Facts) -> bool:
        return service in self._said.told or started_since(self.facts, now, service)

    _said: CommandReply = field(default_factory=CommandReply, init=False)
    _down: tuple[str, ...] = field(default=(), init=False)
    """The services that ran and go down: with RasMan also RemoteAccess."""
    _end: float = field(default=0.0, init=False)
    _refusals: int = field(default=0, init=False)
    _back: bool = field(default=False, init=False)
    _helped: tuple[str, ...] = field(default=(), init=False)
    """The services that were found stopped, and started."""


def held_steps(steps: Iterable[StepRun], resources: dict[str, Resource]) -> tuple[Held, ...]:
    """The changed steps of a run, to be read once more."""
    return tuple(
        Held(step.id, resources[step.id], step.after) for step in steps if step.status == "changed"
    )
