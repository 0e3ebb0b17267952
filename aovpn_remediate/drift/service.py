"""The service: at each tick it looks at the hosts that are due, and sets what it may."""

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
from aovpn_remediate.drift import log as telling
from aovpn_remediate.drift.assignment import Assignment, Watched
from aovpn_remediate.drift.clock import Clock
from aovpn_remediate.drift.connections import Doors
from aovpn_remediate.drift.health import Pulse
from aovpn_remediate.drift.history_store import Memory
from aovpn_remediate.drift.look import Looking
from aovpn_remediate.drift.policy import Fixing, to_fix
from aovpn_remediate.drift.queue import Chance, Turn, Turns
from aovpn_remediate.drift.schedule import Rhythm
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
from aovpn_remediate.reports.escape import said
from aovpn_remediate.results import HostPlan, Plan, Run

_log = logging.getLogger("aovpn_remediate.drift")

_SHORTEST_PAUSE = 0.1


@dataclass(frozen=True)
class Outcome:
    """What the turns of a tick came to."""

    hosts: tuple[HostPlan, ...] = ()
    """As they were found in the end."""
    run: Run | None = None
    """What was set."""

    @property
    def exit_code(self) -> int:
        """0 as wanted, 1 not all read or set, 3 differs."""
        if (self.run is not None and self.run.exit_code == EXIT_FAILED) or any(
            host.failed for host in self.hosts
        ):
            return EXIT_FAILED
        return EXIT_DIFFERS if any(host.differs for host in self.hosts) else EXIT_COMPLIANT


@dataclass
class Service:
    """One of the services that look after a fleet; they share the journal and nothing else."""

    journal: Journal
    watched: Watched
    fleet: str
    """What it is called in the journal."""
    rhythm: Rhythm
    clock: Clock
    chance: Chance
    fixing: Fixing = field(default_factory=Fixing)
    control: Control = field(default_factory=Control)
    options: Options = field(default_factory=Options)
    """Of the runs that set what differs."""
    longest_pause: float = 60.0
    """Seconds after which it looks around at the latest: another service may be no more."""

    def __post_init__(self) -> None:
        self.turns = Turns(self.journal, self.fleet)
        self.memory = Memory(self.journal, self.fleet)
        self.pulse = Pulse(self.rhythm.every, self.clock.now())
        self._kept: Assignment | None = None
        self.doors = Doors(self.control, self.rhythm.every)
        self.options = replace(self.options, clock=self.clock.now)

    def beat(self) -> float:
        """A tick that fails is told of, and the next one may do better. For the clock to call."""
        try:
            self.once()
            due = self.turns.next_due()
        except RemediateError as error:
            self.pulse.failed(said(str(error)))
            _log.error("%s", said(str(error)))
            return self._longest_pause
        until = self._longest_pause if due is None else due - self.clock.now().timestamp()
        # One that is due and not begun is in the hands of somebody else.
        return min(max(until, _SHORTEST_PAUSE), self._longest_pause)

    def once(self) -> Outcome:
        """A tick now, which the pulse knows of. Raises `JournalError`."""
        began = time.monotonic()
        outcome = self.tick(self.clock.now())
        self.pulse.ticked(self.clock.now(), time.monotonic() - began, self.watched.problem)
        return outcome

    @property
    def _longest_pause(self) -> float:
        return min(self.longest_pause, self.rhythm.every / 4)

    def trouble(self) -> str:
        """Why the service is not well; empty where it is."""
        try:
            self.turns.next_due()
        except JournalError as error:
            return str(error)
        return self.pulse.trouble(self.clock.now())

    def tick(self, now: datetime) -> Outcome:
        """Look at every host that is due and that no other service has, and set what may be set.

        Raises `JournalError`, and leaves then to the next tick what it had begun.
        """
        assignment = self.watched.look()
        at = now.timestamp()
        if assignment is not self._kept:
            self.turns.keep(assignment.catalogs, lambda: self.rhythm.first(at, self.chance()))
            self.memory.forget_others(assignment.catalogs, at)
            self._kept = assignment
        self.turns.bring_nearer(self.rhythm, at)
        waiting = self.turns.waiting(assignment.catalogs, at)
        if not waiting:
            return Outcome()
        leases = Leases(self.journal, owner=f"drift on {platform.node()}")
        with leases.heartbeat():
            begun = self.turns.begin(waiting, at, self.rhythm, leases, self.chance)
            return _Tick(self, assignment, now, begun).carry_out() if begun else Outcome()


@dataclass
class _Tick:
    """The turns of one tick."""

    service: Service
    assignment: Assignment
    now: datetime
    turns: Sequence[Turn]

    def __post_init__(self) -> None:
        service = self.service
        door = service.doors.at(self.assignment, self.now.timestamp())
        self._looking = Looking(door, service.control, service.options.workers)
        self._by_host = {turn.host: turn for turn in self.turns}
        self._waivers_hold = True

    def carry_out(self) -> Outcome:
        """Look, keep, set, look again, and end the turns."""
        plan = self._look([turn.host for turn in self.turns])
        self.service.doors.seen(plan.hosts, self.now.timestamp())
        looks = {look.host: look for look in plan.hosts if look.error_kind != "Interrupted"}
        for turn in self.turns:
            if turn.host not in looks:
                self.service.turns.give_back(turn)
        for look in looks.values():
            self._keep(look)
        run = self._fix(plan)
        if run is not None:
            again = [host.host for host in run.hosts if host.touched]
            for look in self._look(again).hosts if again else ():
                # A host that reboots may not answer yet: the turn after the next will see.
                if look.error is None:
                    looks[look.host] = look
                    self._keep(look, run)
        failed = {host.host for host in run.hosts if host.failed} if run else set()
        for name, look in looks.items():
            self._end(look, failed=look.error is not None or name in failed)
        telling.tick(looks.values())
        return Outcome(tuple(looks.values()), run)

    def _look(self, hosts: Sequence[str]) -> Plan:
        catalogs = [self.assignment.catalogs[host] for host in hosts]
        plan = Plan(
            made_by=version("aovpn-remediate"),
            made_at=self.now.isoformat(timespec="seconds"),
            inventory=self.assignment.source,
            playbooks=self.assignment.playbooks,
            hosts=tuple(self._looking.at(with_leftovers(catalogs, self.service.journal))),
        )
        return waive(plan, self._waivers())

    def _waivers(self) -> tuple[Waiver, ...]:
        """What the inventory bears today. While its waivers are wrong nothing is set."""
        fleet = self.assignment.fleet
        if fleet.waivers is None:
            return ()
        try:
            return load_waivers(fleet.waivers, fleet, self.now.date())
        except InputError as error:
            self._waivers_hold = False
            _log.error("nothing is set until this is put right: %s", said(str(error)))
            return ()

    def _keep(self, look: HostPlan, run: Run | None = None) -> None:
        memory = self.service.memory
        moved = memory.record(
            look,
            self.service.clock.now().timestamp(),
            number=self._by_host[look.host].number,
            run=run,
            certificate_ends=self._looking.certificates.get(look.host),
        )
        for episode in moved:
            telling.episode(episode, memory.episodes(episode.host, episode.step))

    def _end(self, look: HostPlan, *, failed: bool) -> None:
        service, turn = self.service, self._by_host[look.host]
        failures = turn.failures + 1 if failed else 0
        due = service.rhythm.after(turn.begun, failures, service.chance())
        ended = service.clock.now().timestamp()
        if not service.turns.end(turn, ended, due, failed=failed):
            _log.warning("%s: another service has taken it over", look.host)
        elif failed:
            telling.failure(look, due)

    # Setting

    def _fix(self, plan: Plan) -> Run | None:
        stop = self.service.control.stop.begin_no_more
        hosts = tuple(self._to_fix(plan.hosts)) if self._waivers_hold else ()
        if not hosts or stop.is_set():
            return None
        try:
            return apply(
                plan.model_copy(update={"hosts": hosts}),
                self.assignment.fleet,
                journal=self.service.journal,
                options=self.service.options,
                permit=self.service.fixing.permit,
                control=self.service.control,
                operator=f"drift on {platform.node()}",
            )
        except (InputError, UsageError) as error:  # a window or a waiver has ended meanwhile
            _log.warning("nothing was set: %s", said(str(error)))
            return None

    def _to_fix(self, hosts: Sequence[HostPlan]) -> Iterator[HostPlan]:
        service, assignment = self.service, self.assignment
        if service.fixing.mode == "none":
            return
        for host in hosts:
            reduced = to_fix(
                host,
                partial(assignment.may_set, host),
                service.fixing,
                assignment.guarded(host),
            )
            windows = assignment.fleet.hosts[host.host].windows
            if reduced is not None and is_open(windows, service.clock.now()):
                yield reduced
