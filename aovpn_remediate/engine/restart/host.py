"""The restart of one host: services or a reboot, then the proof that the host is healthy again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from aovpn_remediate.engine.apply.changes import Change, holds_of, waits_for_restart
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.compare import check
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.reading.read import Reading, read
from aovpn_remediate.engine.reading.restart_needs import (
    booted_after,
    came_back,
    is_active,
    is_idle,
    is_stopped,
    started_since,
)
from aovpn_remediate.engine.restart.commands import CommandReply, send_command
from aovpn_remediate.engine.run_options import RunOptions
from aovpn_remediate.errors import LogonFailed, RemediateError, Unreadable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import Readable, rebooting, restarting, starting
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import REBOOT, Restart, restart_for
from aovpn_remediate.results import CheckResult, Facts, RestartRun, StepRun
from aovpn_remediate.transports.base import Session

_MOST_REFUSALS = 3  # a host that is starting may refuse a valid credential for a while


@dataclass(frozen=True)
class Patience:
    """The longest waits for a host, in seconds."""

    settle: float = RunOptions.settle_timeout
    """For services to run and after-checks to pass, once the host answers."""
    reboot: float = RunOptions.reboot_timeout
    """For a host to answer again after a reboot."""
    poll: float = RunOptions.poll
    stable: float = RunOptions.stable_for
    """From when a host is healthy after a restart until it is looked at once more."""


@dataclass(frozen=True, eq=False)
class StepToHold:
    """A step that is as wanted, and must still be so after the restart."""

    id: str
    resource: Resource
    holds: Callable[[State], bool]


@dataclass
class HostRestart:
    """The restart of one host, and its results."""

    host: Host
    restart: Restart
    facts: Facts
    """The facts from before the restart."""
    after: tuple[Check, ...]
    changed: tuple[StepToHold, ...]
    connect: Callable[[], Session]
    journal: HostJournal
    patience: Patience
    wait: Callable[[float], bool]
    """Waits so many seconds; true when the run was asked to end now."""
    report: Callable[[str], None]
    services: tuple[str, ...] = ()
    """The services whose facts are read with the checks."""
    results: list[RestartRun] = field(default_factory=list)
    checks: tuple[CheckResult, ...] = ()
    changed_back: dict[str, str] = field(default_factory=dict)
    """The steps that are not as they were set any more, with the state found."""
    unreached: str = ""

    def carry_out(self) -> None:
        """Restart, wait until the host is healthy or time is up, and start services if need be."""
        began = time.monotonic()
        pending = self._reboot() if self.restart.reboot else self._restart_services()
        found = self._until_well(pending)
        seconds = round(time.monotonic() - began, 1)
        for what in dict.fromkeys((*pending, *self._started)):
            self.results.append(self._result(what, found, seconds))
        if found is not None and not self.unreached:
            self.journal.record_running(self._back(found, self._stopped))
        done = [r.what for r in self.results if r.status in ("done", "not_needed")]
        # It was stopped and runs again: that it had to be started does not leave it pending.
        done += self._back(found, self._started)
        restarted = Restart(REBOOT in done, tuple(what for what in done if what != REBOOT))
        self.journal.close_restarts(restarted, "restarted by this run")

    @property
    def healthy(self) -> bool:
        """True if the host answers, its services run, its checks pass and its changes are kept."""
        return (
            not self.unreached
            and not self.changed_back
            and all(check.ok for check in self.checks)
            and all(result.status != "failed" for result in self.results)
        )

    # Sending the restart

    def _restart_services(self) -> tuple[str, ...]:
        idle = [s for s in self.restart.services if is_idle(self.facts, s)]
        hidden = [s for s in self.restart.services if f"services.{s}" in self.facts.unknown]
        self._record_idle(idle)
        for service in hidden:
            words = f"not restarted: its state could not be read ({self._unknown(service)})"
            self.results.append(RestartRun(what=service, status="failed", message=words))
        active = tuple(s for s in self.restart.services if s not in idle and s not in hidden)
        if active:
            self.report(f"restarting {', '.join(active)}")
            stops = Restart(services=active).stops
            self._stopped = tuple(s for s in stops if is_active(self.facts, s))
            self.journal.record_stopping(self._stopped)
            script = restarting(active, self.patience.settle)
            self._reply = self._send(script, len(active))
            self._record_idle([s for s in active if s in self._reply.idle])
            self._record_dependents_that_are_down()
        return tuple(s for s in active if s not in self._reply.idle)

    def _record_idle(self, idle: Sequence[str]) -> None:
        """Record services that are not running, perhaps because somebody has stopped them since."""
        words = "it is not running: it will read its settings when it is started"
        self.results += [RestartRun(what=s, status="not_needed", message=words) for s in idle]
        self._stopped = tuple(s for s in self._stopped if s not in idle)
        self.journal.record_running(idle)

    def _record_dependents_that_are_down(self) -> None:
        """Record what depends on the services and did not come back: it is started like them."""
        known = {service.casefold() for service in self._stopped}
        others = tuple(s for s in self._reply.down if s.casefold() not in known)
        if others:
            self._stopped += others
            self.services += others
            self.journal.record_stopping(others)

    def _unknown(self, service: str) -> str:
        return self.facts.unknown[f"services.{service}"]

    def _reboot(self) -> tuple[str, ...]:
        self.report("rebooting")
        self._reply = self._send(rebooting())
        return (REBOOT,)

    def _send(self, script: str, services: int = 1) -> CommandReply:
        # A service that hangs takes the limit to stop, and once more to start, and is then told.
        seconds = self.patience.settle * (1 + 3 * services)
        return send_command(script, host=self.host.name, connect=self.connect, seconds=seconds)

    @property
    def _refusal(self) -> str:
        """The reason why nothing was restarted: then there is nothing to wait for."""
        reply = self._reply
        if self.restart.reboot and REBOOT not in reply.recorded - reply.failures.keys():
            return reply.reason(REBOOT)
        return reply.refused

    # Waiting

    def _until_well(self, pending: tuple[str, ...]) -> Reading | None:
        """Return the last reading; None where the host did not answer any more."""
        if self._refusal:
            return None
        reboot = REBOOT in pending
        self._end = time.monotonic() + (self.patience.reboot if reboot else self.patience.settle)
        found = None
        while True:
            found = self._try_to_read() or found
            if found is not None and self._is_back(found, reboot=reboot):
                if self._start_stopped(found):
                    # The verdict comes from a look after the start.
                    self._lasts = False
                    continue
                if self._is_well(found):
                    if self._lasts or not self._wait_once_more():
                        return found
                    continue
            if self._out_of_patience() or self.wait(self.patience.poll):
                return found
            self.report("waiting for it" if self.unreached else "waiting for it to be healthy")

    def _wait_once_more(self) -> bool:
        """Let a service that dies soon after its start die. False where nobody waits for that."""
        asked = self.restart.stable_for
        seconds = self.patience.stable if asked is None else asked
        self._lasts = True
        if not self.restart or not seconds:
            return False
        self.report("looking whether it lasts")
        return not self.wait(seconds)

    def _try_to_read(self) -> Reading | None:
        self.unreached = ""
        try:
            return self._read()
        except RemediateError as error:
            self.unreached = str(error)
            self._refusals += isinstance(error, LogonFailed)
        return None

    def _is_back(self, found: Reading, *, reboot: bool) -> bool:
        """Return true once the restarted host answers; from then on its services have to settle."""
        if self.unreached or (reboot and not self._rebooted(found.facts)):
            return False
        if not self._came_back:
            self._came_back = True
            self._end = min(self._end, time.monotonic() + self.patience.settle)
        return True

    def _out_of_patience(self) -> bool:
        return time.monotonic() >= self._end or self._refusals >= _MOST_REFUSALS

    def _read(self) -> Reading:
        reads: tuple[Readable, ...] = (*self.changed, *self.after)
        with self.connect() as session:
            found = read(session, self.host, reads, self.services)
        self.checks = tuple(check(item, found[item.id]) for item in self.after)
        self.changed_back = dict(self._find_changed_back(found))
        return found

    def _find_changed_back(self, found: Reading) -> Iterable[tuple[str, str]]:
        for step in self.changed:
            try:
                state = step.resource.normalise(found[step.id].before_answer)
            except Unreadable as error:
                yield step.id, str(error)
                continue
            if not step.holds(state):
                yield step.id, step.resource.show(state)

    def _rebooted(self, facts: Facts) -> bool:
        before, now = self.facts.boot_mark, facts.boot_mark
        if before is not None and now is not None:
            return before != now
        return booted_after(facts, instant(self.facts.boot) or instant(self.facts.time))

    def _is_well(self, found: Reading) -> bool:
        back = self._back(found, self._stopped)
        up = all(s in back or s in self._reply.failures for s in self._stopped)
        return up and all(check.ok for check in self.checks)

    def _back(self, found: Reading | None, services: Iterable[str]) -> list[str]:
        """Return those services that are as they were before."""
        if found is None:
            return []
        return [s for s in services if came_back(self.facts, found.facts, s)]

    def _start_stopped(self, found: Reading) -> bool:
        """Start the services that stayed stopped, once. Return true where there were any."""
        services = [s for s in self._stopped if is_stopped(found.facts, s)]
        if self._started or not services:
            return False
        self._started = tuple(services)
        self.report(f"starting {', '.join(services)}")
        again = self._send(starting(services, self.patience.settle), len(services))
        self._end = max(self._end, time.monotonic() + self.patience.settle)
        for service in services:
            first = self._reply.reason(service) or "it did not start again by itself"
            then = again.reason(service)
            self._reply.failures[service] = f"{first.rstrip('.')}; then: {then}" if then else first
        return True

    # Results

    def _result(self, what: str, found: Reading | None, seconds: float) -> RestartRun:
        problem = self._problem(what, found.facts if found is not None else Facts())
        # Once: RasMan takes RemoteAccess with it. Not where nothing was restarted at all.
        is_counted = any(result.sessions is not None for result in self.results)
        counts = restart_for(what).cuts_users and not is_counted and not self._refusal
        return RestartRun(
            what=what,
            status="failed" if problem else "done",
            message=problem,
            seconds=seconds,
            sessions=self.facts.sessions if counts else None,
        )

    def _problem(self, what: str, facts: Facts) -> str:
        if self._refusal:
            return self._refusal
        if self.unreached:
            return f"unreachable: {self.unreached}"
        if what == REBOOT:
            return self._problem_of_reboot(facts)
        return self._problem_of_service(what, facts)

    def _problem_of_reboot(self, facts: Facts) -> str:
        if not self._rebooted(facts):
            return "the host did not reboot"
        for told in (self.facts, facts):
            if told.boot_mark is None:
                why = told.unknown.get("boot_mark", "it was not read")
                return f"only the clock of the host says that it rebooted, and may be set ({why})"
        return ""

    def _problem_of_service(self, service: str, facts: Facts) -> str:
        reason = self._reply.reason(service)
        if not came_back(self.facts, facts, service):
            why = (reason or "no reason was given").rstrip(".")
            return f"it is not running any more: {why}; the next apply or resume starts it"
        if service in self._reply.failures:
            return f"it is running again, after: {reason}"
        if not self._was_restarted(service, facts):
            return f"it was not restarted: {reason or 'the host sent no record of it'}"
        return ""

    def _was_restarted(self, service: str, now: Facts) -> bool:
        return service in self._reply.recorded or started_since(self.facts, now, service)

    _reply: CommandReply = field(default_factory=CommandReply, init=False)
    _stopped: tuple[str, ...] = field(default=(), init=False)
    """The services that were running and are restarted: with RasMan also RemoteAccess."""
    _end: float = field(default=0.0, init=False)
    _refusals: int = field(default=0, init=False)
    _lasts: bool = field(default=False, init=False)
    """True if the next look that finds the host healthy is the last."""
    _came_back: bool = field(default=False, init=False)
    _started: tuple[str, ...] = field(default=(), init=False)
    """The services that were found stopped after the restart, and were started."""


def steps_to_hold(
    steps: Iterable[StepRun], changes: Mapping[str, Change]
) -> tuple[StepToHold, ...]:
    """Return the steps of a run that are as wanted, or will be by the restart, to be read again."""
    return tuple(
        StepToHold(step.id, changes[step.id].resource, holds_of(step, changes[step.id]))
        for step in steps
        if step.status in ("changed", "unchanged") or waits_for_restart(step)
    )
