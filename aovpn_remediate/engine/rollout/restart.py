"""The turn of a host to be restarted: when it may be, and what comes of it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from aovpn_remediate.engine.reading.read import read
from aovpn_remediate.engine.restart.capacity import ROLE_SERVICES, Capacity
from aovpn_remediate.engine.restart.drain import cuts
from aovpn_remediate.engine.restart.host import HostRestart, held_steps
from aovpn_remediate.engine.restart.queue import Turn, turn
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostProgress
from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Facts


@dataclass
class RestartPhase:
    """The restarts of one run, each in its turn."""

    context: RunContext
    _capacity: Capacity = field(init=False)

    def __post_init__(self) -> None:
        context = self.context
        self._capacity = Capacity(
            context.fleet,
            context.leases,
            self._ask,
            context.options.workers,
            context.options.patience.settle,
        )

    def carry_out(self, progress: HostProgress) -> Turn:
        """Restart a host, if it may be now; it is finished then."""
        context = self.context
        with turn(
            context.leases,
            progress.groups,
            at_once=context.options.restarts_at_once,
            pause=context.stop.begin_no_more.wait,
            poll=context.options.patience.poll,
            tell=context.teller(progress.name),
        ) as mine:
            if not mine:
                return Turn.WELL
            too_late = context.confirming.too_late(progress.host_apply.confirmation)
            progress.put_off = context.gate.may_restart(progress.changes) or too_late
            if progress.put_off:
                return Turn.WELL
            progress.began = time.monotonic()
            counts = self._capacity.concerns(progress.changes.host)
            # As long as users are connected, the other hosts need not be asked.
            if counts and (drained := self._drained(progress)) is not None:
                return drained
            return self._in_capacity(progress)

    def _drained(self, progress: HostProgress) -> Turn | None:
        """What comes of the turn while too many VPN users are connected; None where it may be."""
        drain = self.context.options.drain
        if not cuts(progress.todo, progress.host_apply.facts):
            return None
        try:
            now = self._ask(progress.changes.host, progress)
        except RemediateError as error:
            refusal = f"its VPN sessions cannot be read: {error}"
        else:
            # Also where any number may be cut: the run says how many were.
            progress.host_apply.facts = _with_sessions(progress.host_apply.facts, now)
            refusal = drain.refusal(now)
        if not refusal or drain.most is None:
            return None
        progress.drains_since = progress.drains_since or time.monotonic()
        if time.monotonic() - progress.drains_since < drain.timeout:
            self.context.watch(progress.name, f"waiting: {refusal}")
            return Turn.LATER
        if drain.force:
            return None
        progress.put_off = f"{refusal}; waited {drain.timeout:g} s (--force-restart, to cut them)"
        return Turn.WELL

    def _in_capacity(self, progress: HostProgress) -> Turn:
        """Restart it, if enough of the others in its groups serve."""
        context = self.context
        with self._capacity.taking(progress.changes.host) as leave:
            if leave.soon:
                context.watch(progress.name, f"waiting: {leave.refusal}")
                return Turn.LATER
            progress.put_off = leave.refusal
            if progress.put_off:
                return Turn.WELL
            # Users may have come while the other hosts were asked.
            if (drained := self._drained(progress)) is not None:
                return drained
            if context.stop.begin_no_more.is_set():
                return Turn.WELL
            with context.gate.restarting():
                healthy = self.visit_again(progress, progress.todo)
        # After its leave is given back: killed in between, the run would leave it for good.
        context.finish(progress)
        return Turn.WELL if healthy else Turn.UNWELL

    def _ask(self, host: Host, progress: HostProgress | None = None) -> Facts:
        """What a host says of itself now. Raises `RemediateError`."""
        door = self.context.door(progress) if progress else lambda: self.context.connect(host)
        with door() as session:
            return read(session, host, (), tuple(ROLE_SERVICES.values())).facts

    def none_is_needed(self, progress: HostProgress) -> None:
        """A host was visited, and is not to be restarted."""
        if not progress.host_apply.failed:
            self._capacity.is_up(progress.changes.host)

    def visit_again(self, progress: HostProgress, restart: Restart) -> bool:
        """Restart a host, or nothing of it, and look until all is well; whether it is."""
        context, host, done = self.context, progress.changes.host, progress.host_apply
        resources = {step.id: step.resource for step in progress.changes.steps}
        again = HostRestart(
            host=host,
            restart=restart,
            facts=done.facts,
            after=done.after_checks,
            held=held_steps(done.recorder.lines.values(), resources),
            connect=context.door(progress),
            log=progress.log,
            patience=context.options.patience,
            wait=context.stop.end_now.wait,
            tell=context.teller(host.name),
            services=tuple({*done.services, *restart.services}),
        )
        done.touched = done.touched or bool(restart)
        again.carry_out()
        progress.done += again.results
        done.after = again.checks or done.after
        for step, found in again.lost.items():
            words = f"it was set and held, but after the restart it reads {found}"
            done.recorder.lost(step, words)
        return again.healthy


def _with_sessions(facts: Facts, now: Facts) -> Facts:
    """Facts with the number of VPN sessions as it is now."""
    unknown = {name: why for name, why in facts.unknown.items() if name != "sessions"}
    if (why := now.unknown.get("sessions")) is not None:
        unknown["sessions"] = why
    return facts.model_copy(update={"sessions": now.sessions, "unknown": unknown})
