"""A run over a fleet: the first visits in parallel, then the restarts in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from aovpn_remediate.engine.fleet import Limit, Stop, in_parallel
from aovpn_remediate.engine.host_work import HostLog, HostWork, not_yet
from aovpn_remediate.engine.intents import HostIntents
from aovpn_remediate.engine.journal import Journal
from aovpn_remediate.engine.leases import Leases
from aovpn_remediate.engine.orders import order
from aovpn_remediate.engine.outstanding import open_needs, proof, runs, to_do
from aovpn_remediate.engine.restart_queue import in_turn, turn
from aovpn_remediate.engine.restarts import Patience, Restarting, held_steps
from aovpn_remediate.engine.results import HostRun, RestartRun, Run
from aovpn_remediate.engine.unsettled import unsettled
from aovpn_remediate.engine.visit import Visit, visit
from aovpn_remediate.engine.window_gate import Clock, WindowGate, changes_something, refuse_closed
from aovpn_remediate.errors import NotAllowed, RemediateError, Unreadable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.rendering.batch import starting
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.transports.base import Session

Watch = Callable[[str, str], None]
"""Told the host and what is being done there."""

Permit = Callable[[Mapping[str, Restart]], Restart]
"""Asked once, with what each host needs: a reboot allowed or not, and services (any) or not."""


@dataclass(frozen=True)
class Options:
    """How a run goes about its work."""

    workers: int = 32
    max_failures: Limit = field(default_factory=Limit)
    restarts_at_once: int = 1
    """In each group."""
    patience: Patience = field(default_factory=Patience)
    override_window: str = ""
    """Why hosts are changed outside their windows; the run keeps it."""
    clock: Clock = lambda: datetime.now(UTC)


@dataclass
class FleetRun:
    """Everything that the hosts of one run share."""

    run: Run
    journal: Journal
    connect: Callable[[Host], Session]
    options: Options
    stop: Stop
    watch: Watch
    permit: Permit

    def __post_init__(self) -> None:
        self._leases = Leases(self.journal, owner=f"run {self.run.id} by {self.run.operator}")
        why = self.options.override_window
        self._gate = WindowGate(self.options.clock, why)
        if why:
            options = {**self.run.options, "override_window": why}
            self.run = self.run.model_copy(update={"options": options})

    def carry_out(self, intents: Sequence[HostIntents]) -> Run:
        """The whole run, as it stands in the journal as well.

        Raises `UsageError` where all that is to be changed is outside its change windows.
        """
        if not self.options.override_window:
            to_change = [item.host for item in intents if changes_something(item)]
            refuse_closed(to_change, self.options.clock())
        waiting = [item.as_run() for item in intents]
        self.journal.start(self.run, waiting)
        with self._leases.beating():
            try:
                works = self._first_visits(intents)
                self._restarts([work for work in works if work is not None])
            finally:
                # Also when this program fails: what was not begun is not done, and says so.
                finished = self._finished()
                self.journal.finish(finished)
        return self.journal.load(self.run.id)

    def _finished(self) -> Run:
        interrupted = self.stop.begin_no_more.is_set()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return self.run.model_copy(update={"finished": now, "interrupted": interrupted})

    # First visits

    def _first_visits(self, intents: Sequence[HostIntents]) -> list[HostWork | None]:
        failures = 0

        def enough(work: HostWork) -> bool:
            nonlocal failures
            failures += work.visit.result().failed
            return self.options.max_failures.reached(failures, len(intents))

        for item in intents:
            self.watch(item.host.name, "waiting")
        return in_parallel(
            intents,
            self._first_visit,
            workers=self.options.workers,
            stop=self.stop,
            enough=enough,
        )

    def _first_visit(self, intents: HostIntents) -> HostWork:
        host = intents.host
        log = HostLog(self.journal, self.run.id, host.name)
        began = time.monotonic()

        def tell(what: str) -> None:
            self.watch(host.name, what)

        if why := self._gate.may_begin(intents):
            work = HostWork(intents, Visit(intents, log, tell), log, began)
            self.journal.host(self.run.id, intents.as_run().model_copy(update={"left": why}))
            return work
        refusal = self._refusal(intents)
        if refusal is not None:
            work = HostWork(intents, Visit(intents, log, tell), log, began)
            work.visit.error = refusal
            self._write(work, finished=True)
            tell("failed")
            return work
        found = self.journal.open_needs([host.name]).get(host.name, [])
        unknown = self.journal.unknown_steps([host.name]).get(host.name, [])
        stopped = self.journal.stopped(host.name)
        intents = replace(
            intents,
            needs=tuple(found),
            unsettled=unsettled(unknown),
            also_services=tuple(stopped),
        )
        sessions: list[Session] = []
        with self._gate.visiting():
            done = visit(intents, self._door(host, sessions), log, tell)
            work = HostWork(intents, done, log, began, sessions=sessions)
            self._revive(work, stopped)
            self._settle(work)
        if work.todo and not work.visit.failed:
            self._write(work)
            tell("waiting for its restart")
        else:
            self._finish_host(work)
        return work

    def _door(self, host: Host, sessions: list[Session]) -> Callable[[], Session]:
        def connect() -> Session:
            session = self.connect(host)
            sessions.append(session)
            return session

        return connect

    def _refusal(self, intents: HostIntents) -> RemediateError | None:
        """Why a host is not visited."""
        host, plan = intents.host.name, intents.plan
        if plan is not None and plan.error is not None:
            return Unreadable(f"the plan could not read it, make a new one: {plan.error}")
        owner = self._leases.take(f"host:{host}")
        return NotAllowed(host, f"{owner} is at work on this host") if owner is not None else None

    def _revive(self, work: HostWork, stopped: Sequence[str]) -> None:
        """Start what an earlier run stopped and was never seen to start."""
        if work.visit.error is not None:
            return
        dead = [service for service in stopped if not runs(work.visit.facts, service)]
        alive = [service for service in stopped if service not in dead]
        work.log.running_again(alive)
        if not dead:
            return
        self.watch(work.name, f"starting {', '.join(dead)}")
        said = order(
            starting(dead),
            host=work.name,
            connect=self._door(work.intents.host, work.sessions),
            seconds=self.options.patience.settle,
        )
        started = [service for service in dead if service in said.told - said.failures.keys()]
        for service in dead:
            why = said.why(service) or "no record of it came"
            words = "is started now" if service in started else f"could not be started: {why}"
            words = f"an earlier run stopped it, and it {words}"
            work.done.append(RestartRun(what=service, status="failed", message=words))
        work.log.running_again(started)

    def _settle(self, work: HostWork) -> None:
        """Without a restart to come, the after-checks have to hold soon."""
        done = work.visit
        work.todo = self._wanted(work)
        if done.failed or work.todo or not done.touched or all(c.ok for c in done.after):
            return
        self._visit_again(work, NOTHING)

    def _wanted(self, work: HostWork) -> Restart:
        """What the changes need, and what the plan showed and is still outstanding."""
        needs = self.journal.open_needs([work.name]).get(work.name, [])
        still = to_do(open_needs(needs, work.visit.facts))
        asked = work.intents.outstanding
        if work.intents.plan is None:
            # Rolling back once more finishes what the first rollback left.
            steps = {step.id for step in work.intents.steps}
            mine = [need for need in needs if need.step in steps]
            asked = to_do(open_needs(mine, work.visit.facts))
        names = {name.casefold() for name in asked.services}
        old = Restart(
            still.reboot and asked.reboot,
            tuple(name for name in still.services if name.casefold() in names),
        )
        return work.visit.ledger.restart | old

    # Restarts

    def _restarts(self, works: Sequence[HostWork]) -> None:
        needing = [w for w in works if w.todo and not w.visit.failed]
        if needing and not self.stop.begin_no_more.is_set():
            allowed = self.permit({work.name: work.todo.coalesced for work in needing})
            chosen = [w for w in needing if self._choose(w, allowed)]
            in_turn(
                chosen,
                self._restart,
                at_once=self.options.restarts_at_once,
                workers=self.options.workers,
                stop=self.stop,
            )
        for work in needing:
            if not work.finished:
                work.began = time.monotonic()
                self._finish_host(work)

    @staticmethod
    def _choose(work: HostWork, allowed: Restart) -> bool:
        reboot = work.todo.reboot and allowed.reboot
        services = work.todo.services if allowed.services else ()
        work.todo = Restart(reboot, services).coalesced
        return bool(work.todo)

    def _restart(self, work: HostWork) -> bool:
        with turn(
            self._leases,
            work.groups,
            at_once=self.options.restarts_at_once,
            pause=self.stop.begin_no_more.wait,
            poll=self.options.patience.poll,
            tell=lambda what: self.watch(work.name, what),
        ) as mine:
            if not mine:
                return True
            work.put_off = self._gate.may_restart(work.intents) or ""
            if work.put_off:
                return True
            work.began = time.monotonic()
            with self._gate.restarting():
                healthy = self._visit_again(work, work.todo)
            self._finish_host(work)
            return healthy

    def _visit_again(self, work: HostWork, restart: Restart) -> bool:
        host, done = work.intents.host, work.visit
        resources = {step.id: step.resource for step in work.intents.steps}
        again = Restarting(
            host=host,
            restart=restart,
            facts=done.facts,
            after=done.after_checks,
            held=held_steps(done.ledger.lines.values(), resources),
            connect=self._door(host, work.sessions),
            log=work.log,
            patience=self.options.patience,
            wait=self.stop.end_now.wait,
            tell=lambda what: self.watch(host.name, what),
            services=tuple({*done.services, *restart.services}),
        )
        done.touched = done.touched or bool(restart)
        again.carry_out()
        work.done += again.results
        done.after = again.checks or done.after
        for step, found in again.lost.items():
            words = f"it was set and held, but after the restart it reads {found}"
            done.ledger.lost(step, words)
        return again.healthy

    # The end of a host

    def _finish_host(self, work: HostWork) -> None:
        needs = self.journal.open_needs([work.name]).get(work.name, [])
        # Later its times may prove less: a service may be started in an older process.
        proven = [need.id for need in needs if proof(need, work.visit.facts) == "done"]
        self.journal.close_needs(proven, "proven by the host's own times")
        left = open_needs(needs, work.visit.facts)
        seen = {restart.what.casefold() for restart in work.done}
        for need in dict.fromkeys((item.need, item.proven) for item in left):
            if need[0].casefold() not in seen:
                status = "outstanding" if need[1] else "unproven"
                why = work.put_off if need[1] else ""
                fields = {"what": need[0], "status": status, "message": why}
                work.done.append(RestartRun.model_validate(fields))
        waiting = [r.what for r in work.done if r.status == "outstanding"]
        if waiting:
            work.visit.after = tuple(not_yet(c, waiting) for c in work.visit.after)
        work.finished = True
        self._write(work, finished=True)
        self._leases.release(f"host:{work.name}")
        self.watch(work.name, "failed" if work.visit.failed else "done")

    def _write(self, work: HostWork, *, finished: bool = False) -> None:
        now = time.monotonic()
        work.seconds, work.began = work.seconds + now - work.began, now
        result: HostRun = work.visit.result().model_copy(
            update={
                "restarts": tuple(work.done),
                "finished": finished,
                "seconds": round(work.seconds, 2),
                "requests": sum(session.telemetry.requests for session in work.sessions),
            }
        )
        self.journal.host(self.run.id, result)
