"""The service: each tick checks the hosts that are due, and fixes what may be fixed."""

from __future__ import annotations

import logging
import platform
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from importlib.metadata import version

from aovpn_remediate.api.apply import apply
from aovpn_remediate.drift.assignment import Assignment, WatchedAssignment
from aovpn_remediate.drift.clock import Clock
from aovpn_remediate.drift.connections import ConnectorCache
from aovpn_remediate.drift.health import Health
from aovpn_remediate.drift.history_store import HistoryStore
from aovpn_remediate.drift.log import log_episode, log_failure, log_not_due, log_tick
from aovpn_remediate.drift.look import HostReader
from aovpn_remediate.drift.policy import FixOptions, to_fix
from aovpn_remediate.drift.queue import Claim, Queue, Random
from aovpn_remediate.drift.schedule import Schedule
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.plan.catalog import with_leftovers
from aovpn_remediate.engine.plan.waivers import waive
from aovpn_remediate.engine.rollout.options import Options
from aovpn_remediate.errors import (
    EXIT_COMPLIANT,
    EXIT_DIFFERS,
    EXIT_FAILED,
    InputError,
    JournalError,
    RemediateError,
    UsageError,
)
from aovpn_remediate.inventory.waivers import Waiver, load_waivers
from aovpn_remediate.inventory.windows import is_open
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.reports.escape import one_line
from aovpn_remediate.results import HostPlan, Plan, Run

_log = logging.getLogger("aovpn_remediate.drift")

_SHORTEST_PAUSE = 0.1


@dataclass(frozen=True)
class TickResult:
    """The result of a tick."""

    hosts: tuple[HostPlan, ...] = ()
    """The hosts as last read in this tick."""
    run: Run | None = None
    """The run that fixed hosts; None if nothing was fixed."""

    @property
    def exit_code(self) -> int:
        """0 all compliant, 1 a host failed or could not be read, 3 not all compliant."""
        if (self.run is not None and self.run.exit_code == EXIT_FAILED) or any(
            host.failed for host in self.hosts
        ):
            return EXIT_FAILED
        return EXIT_DIFFERS if any(host.differs for host in self.hosts) else EXIT_COMPLIANT


@dataclass
class Service:
    """A service that checks and fixes a fleet; several can share the fleet through one journal."""

    journal: Journal
    watched: WatchedAssignment
    fleet: str
    """The fleet's name in the journal."""
    schedule: Schedule
    clock: Clock
    random: Random
    fix_options: FixOptions = field(default_factory=FixOptions)
    control: Control = field(default_factory=Control)
    options: Options = field(default_factory=Options)
    """The options of the runs that fix hosts."""
    longest_pause: float = 60.0
    """The longest pause between ticks in seconds: another service may die and leave hosts due."""

    def __post_init__(self) -> None:
        self.queue = Queue(self.journal, self.fleet)
        self.history = HistoryStore(self.journal, self.fleet)
        self.health = Health(self.schedule.every, self.clock.now())
        self._synced: Assignment | None = None
        self.connectors = ConnectorCache(self.control, self.schedule.every)
        self.options = replace(self.options, clock=self.clock.now)

    def tick_and_pause(self) -> float:
        """Run a tick, log its error if it fails, and return the seconds until the next one."""
        try:
            self.once()
            due = self.queue.next_due()
        except RemediateError as error:
            self.health.tick_failed(one_line(str(error)))
            _log.error("%s", one_line(str(error)))
            return self._longest_pause
        until = self._longest_pause if due is None else due - self.clock.now().timestamp()
        # A host that is due and was not claimed here is being checked by another service.
        return min(max(until, _SHORTEST_PAUSE), self._longest_pause)

    def once(self) -> TickResult:
        """Run a tick now and record it in the health. Raises `JournalError`."""
        began = time.monotonic()
        result = self.tick(self.clock.now())
        seconds = time.monotonic() - began
        self.health.tick_succeeded(self.clock.now(), seconds, self.watched.problem)
        return result

    def once_with_last_known(self) -> int:
        """Run a tick now, log what is known of hosts that were not due; return the exit code.

        The exit code is that of the whole fleet. A host that was never checked is not compliant.
        """
        result = self.once()
        checked = {host.host for host in result.hosts}
        statuses = self.queue.statuses()
        if not_due := [status for status in statuses if status.host not in checked]:
            log_not_due(not_due)
        codes = {result.exit_code, *(status.exit_code for status in not_due)}
        worst_first = (EXIT_FAILED, EXIT_DIFFERS)
        return next((code for code in worst_first if code in codes), EXIT_COMPLIANT)

    @property
    def _longest_pause(self) -> float:
        return min(self.longest_pause, self.schedule.every / 4)

    def unhealthy_reason(self) -> str:
        """Return why the service is unhealthy; empty if it is healthy."""
        try:
            self.queue.next_due()
        except JournalError as error:
            return str(error)
        return self.health.unhealthy_reason(self.clock.now())

    def tick(self, now: datetime) -> TickResult:
        """Check every host that is due and not claimed elsewhere, and fix what may be fixed.

        Raises `JournalError`; claims that are open then are taken up again by a later tick.
        """
        assignment = self.watched.refresh()
        at = now.timestamp()
        if assignment is not self._synced:
            self.queue.sync(assignment.catalogs, lambda: self.schedule.first(at, self.random()))
            self.history.end_unassigned(assignment.catalogs, at)
            self._synced = assignment
        self.queue.cap_due_times(self.schedule, at)
        due = self.queue.due(assignment.catalogs, at)
        if not due:
            return TickResult()
        leases = Leases(self.journal, owner=f"drift on {platform.node()}")
        with leases.heartbeat():
            claims = self.queue.claim(due, at, self.schedule, leases, self.random)
            return _Tick(self, assignment, now, claims).carry_out() if claims else TickResult()


@dataclass
class _Tick:
    """One tick with the hosts that it has claimed."""

    service: Service
    assignment: Assignment
    now: datetime
    claims: Sequence[Claim]

    def __post_init__(self) -> None:
        service = self.service
        connector = service.connectors.get(self.assignment, self.now.timestamp())
        self._reader = HostReader(connector.session, service.control, service.options.workers)
        self._by_host = {claim.host: claim for claim in self.claims}
        self._waivers_valid = True

    def carry_out(self) -> TickResult:
        """Read the hosts, fix what may be fixed, read again what was touched, end the claims."""
        plan = self._read([claim.host for claim in self.claims])
        self.service.connectors.note_refusals(plan.hosts, self.now.timestamp())
        plans = {host.host: host for host in plan.hosts if not host.interrupted}
        for claim in self.claims:
            if claim.host not in plans:
                self.service.queue.release(claim)
        for host in plans.values():
            self._record(host)
        run = self._fix(plan)
        if run is not None:
            touched = [host.host for host in run.hosts if host.touched]
            for host in self._read(touched).hosts if touched else ():
                # A host that reboots may not answer yet: its next check will read it.
                if host.error is None:
                    plans[host.host] = host
                    self._record(host, run)
        failed = {host.host for host in run.hosts if host.failed} if run else set()
        for name, host in plans.items():
            self._complete(host, run, failed=host.error is not None or name in failed)
        log_tick(plans.values())
        return TickResult(tuple(plans.values()), run)

    def _read(self, hosts: Sequence[str]) -> Plan:
        catalogs = [self.assignment.catalogs[host] for host in hosts]
        plan = Plan(
            made_by=version("aovpn-remediate"),
            made_at=self.now.isoformat(timespec="seconds"),
            inventory=self.assignment.source,
            playbooks=self.assignment.playbooks,
            hosts=tuple(self._reader.read(with_leftovers(catalogs, self.service.journal))),
        )
        return waive(plan, self._waivers())

    def _waivers(self) -> tuple[Waiver, ...]:
        """Return the waivers in force today; while the file is invalid nothing is fixed."""
        inventory = self.assignment.inventory
        if inventory.waivers is None:
            return ()
        try:
            return load_waivers(inventory.waivers, inventory, self.now.date())
        except InputError as error:
            self._waivers_valid = False
            _log.error("nothing is fixed until the waivers are valid: %s", one_line(str(error)))
            return ()

    def _record(self, host: HostPlan, run: Run | None = None) -> None:
        history = self.service.history
        changed = history.record(
            host,
            self.service.clock.now().timestamp(),
            number=self._by_host[host.host].number,
            run=run,
            certificate_ends=self._reader.certificate_ends.get(host.host),
        )
        for episode in changed:
            log_episode(episode, history.episodes(episode.host, episode.step))

    def _complete(self, host: HostPlan, run: Run | None, *, failed: bool) -> None:
        service, claim = self.service, self._by_host[host.host]
        failures = claim.failures + 1 if failed else 0
        due = service.schedule.after(claim.begun, failures, service.random())
        ended = service.clock.now().timestamp()
        if not service.queue.complete(claim, ended, due, failed=failed):
            _log.warning("%s: another service has taken the host over", host.host)
        elif failed:
            log_failure(host, due, run.id if run else "")

    # Fixing

    def _fix(self, plan: Plan) -> Run | None:
        stop = self.service.control.stop.begin_no_more
        hosts = tuple(self._to_fix(plan.hosts)) if self._waivers_valid else ()
        if not hosts or stop.is_set():
            return None
        try:
            return apply(
                plan.model_copy(update={"hosts": hosts}),
                self.assignment.inventory,
                journal=self.service.journal,
                options=self.service.options,
                permit=self.service.fix_options.permit,
                control=self.service.control,
                operator=f"drift on {platform.node()}",
            )
        except (InputError, UsageError) as error:  # a window or a waiver has ended meanwhile
            _log.warning("nothing was fixed: %s", one_line(str(error)))
            return None

    def _to_fix(self, hosts: Sequence[HostPlan]) -> Iterator[HostPlan]:
        service, assignment = self.service, self.assignment
        if service.fix_options.mode == "none":
            return
        for host in hosts:
            reduced = to_fix(
                host,
                partial(assignment.may_set, host),
                service.fix_options,
                assignment.report_only(host),
            )
            windows = assignment.inventory.hosts[host.host].windows
            if reduced is not None and is_open(windows, service.clock.now()):
                yield reduced
