"""The restart phase of a run: decides when each host may be restarted, and restarts it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from aovpn_remediate.engine.reading.read import read
from aovpn_remediate.engine.restart.capacity import Capacity
from aovpn_remediate.engine.restart.drain import disconnects_users
from aovpn_remediate.engine.restart.host import HostRestart, steps_to_hold
from aovpn_remediate.engine.restart.queue import Attempt, group_slots
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostProgress
from aovpn_remediate.errors import JournalError, RemediateError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.resources.roles import ROLE_SERVICES
from aovpn_remediate.results import Facts


@dataclass
class RestartPhase:
    """The restarts of one run.

    A host is restarted when its groups have a free slot, its automatic rollback is not due, its
    change window is open, few enough VPN users are connected, and enough other hosts serve.
    """

    context: RunContext
    capacity: Capacity = field(init=False)

    def __post_init__(self) -> None:
        context = self.context
        self.capacity = Capacity(
            context.fleet,
            context.leases,
            self._read_facts,
            context.options.workers,
            context.options.patience.settle,
        )

    def carry_out(self, progress: HostProgress) -> Attempt:
        """Try to restart a host; one that was restarted has come to its end."""
        try:
            return self._in_its_turn(progress)
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001 - the other hosts go on
            self.context.fail(progress, error)
            return Attempt.UNHEALTHY

    def _in_its_turn(self, progress: HostProgress) -> Attempt:
        context = self.context
        with group_slots(
            context.leases,
            progress.groups,
            at_once=context.options.restarts_at_once,
            pause=context.stop.begin_no_more.wait,
            poll=context.options.patience.poll,
            report=context.reporter(progress.name),
        ) as has_slots:
            if not has_slots:
                return Attempt.HEALTHY
            expired = context.confirmations.expired(progress.host_apply.confirmation)
            progress.postponed = context.windows.may_restart(progress.changes) or expired
            if progress.postponed:
                return Attempt.HEALTHY
            progress.began = time.monotonic()
            has_floor = self.capacity.floors_of(progress.changes.host)
            # As long as users are connected, the other hosts need not be read.
            if has_floor and (waiting := self._wait_for_users(progress)) is not None:
                return waiting
            return self._restart_in_capacity(progress)

    def _wait_for_users(self, progress: HostProgress) -> Attempt | None:
        """Return the attempt's outcome while too many VPN users are connected; None to go on."""
        drain = self.context.options.drain
        if not disconnects_users(progress.restart, progress.host_apply.facts):
            return None
        try:
            now = self._read_facts(progress.changes.host, progress)
        except RemediateError as error:
            refusal = f"its VPN sessions could not be read: {error}"
        else:
            # Also where any number may be disconnected: the run records how many were.
            progress.host_apply.facts = _with_sessions(progress.host_apply.facts, now)
            refusal = drain.refusal(now)
        if not refusal or drain.most is None:
            return None
        progress.drains_since = progress.drains_since or time.monotonic()
        if time.monotonic() - progress.drains_since < drain.timeout:
            self.context.watch(progress.name, f"waiting: {refusal}")
            return Attempt.RETRY
        if drain.force:
            return None
        progress.postponed = (
            f"{refusal}; waited {drain.timeout:g} s "
            "(to restart anyway and disconnect the users: --force-restart)"
        )
        return Attempt.HEALTHY

    def _restart_in_capacity(self, progress: HostProgress) -> Attempt:
        """Restart a host, if enough of the others in its groups serve."""
        context = self.context
        with self.capacity.clearance(progress.changes.host, progress.host_apply.facts) as clearance:
            if clearance.temporary:
                context.watch(progress.name, f"waiting: {clearance.refusal}")
                return Attempt.RETRY
            progress.postponed = clearance.refusal
            if progress.postponed:
                return Attempt.HEALTHY
            # Users may have connected while the other hosts were read.
            if (waiting := self._wait_for_users(progress)) is not None:
                return waiting
            if context.stop.begin_no_more.is_set():
                return Attempt.HEALTHY
            with context.windows.measure_restart():
                is_healthy = self.restart_and_prove(progress, progress.restart)
        # After its lease is released: a run killed in between would keep it until it expires.
        context.finish(progress)
        return Attempt.HEALTHY if is_healthy else Attempt.UNHEALTHY

    def _read_facts(self, host: Host, progress: HostProgress | None = None) -> Facts:
        """Return the facts of a host now. Raises `RemediateError`."""
        context = self.context
        connect = context.connector(progress) if progress else lambda: context.connect(host)
        with connect() as session:
            return read(session, host, (), tuple(ROLE_SERVICES.values())).facts

    def not_needed(self, progress: HostProgress) -> None:
        """Note that a host was applied and needs no restart."""
        if not progress.host_apply.failed:
            self.capacity.serves_again(progress.changes.host)

    def restart_and_prove(self, progress: HostProgress, restart: Restart) -> bool:
        """Restart a host, or nothing of it, and wait until it is healthy. Return true if it is."""
        context, host, apply = self.context, progress.changes.host, progress.host_apply
        changes = {change.id: change for change in progress.changes.steps}
        host_restart = HostRestart(
            host=host,
            restart=restart,
            facts=apply.facts,
            after=apply.after_checks,
            changed=steps_to_hold(apply.recorder.steps.values(), changes),
            connect=context.connector(progress),
            journal=progress.journal,
            patience=context.options.patience,
            wait=context.stop.end_now.wait,
            report=context.reporter(host.name),
            services=tuple({*apply.services, *restart.services}),
        )
        apply.touched = apply.touched or bool(restart)
        host_restart.carry_out()
        progress.restarts += host_restart.results
        apply.after = host_restart.checks or apply.after
        waiting = apply.recorder.waiting
        for step, found in host_restart.changed_back.items():
            was = "the restart was to bring it" if step in waiting else "it was as wanted"
            apply.recorder.write_not_held(step, f"{was}, but after the restart it reads {found}")
        if host_restart.healthy and restart:
            for step in waiting:
                apply.recorder.write_restarted(step)
        return host_restart.healthy


def _with_sessions(facts: Facts, now: Facts) -> Facts:
    """Return facts with the current number of VPN sessions."""
    unknown = {name: why for name, why in facts.unknown.items() if name != "sessions"}
    if (why := now.unknown.get("sessions")) is not None:
        unknown["sessions"] = why
    return facts.model_copy(update={"sessions": now.sessions, "unknown": unknown})
