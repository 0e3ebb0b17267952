"""A run over a fleet: batch after batch, first visits in parallel, then the restarts in turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.confirm.guard import Confirming
from aovpn_remediate.engine.control import GoOn, Permit, Stop, Watch, nobody_to_ask
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.restart.queue import RestartQueue
from aovpn_remediate.engine.rollout.apply import ApplyPhase
from aovpn_remediate.engine.rollout.batches import Batch, arranged
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostProgress
from aovpn_remediate.engine.rollout.options import Options
from aovpn_remediate.engine.rollout.restart import RestartPhase
from aovpn_remediate.engine.rollout.windows import ChangeWindows, changes_something, refuse_closed
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Plan, Run
from aovpn_remediate.transports.base import Session

_MOST_NAMES = 5


@dataclass
class Rollout:
    """Everything that the hosts of one run share."""

    run: Run
    fleet: Inventory
    journal: Journal
    connect: Callable[[Host], Session]
    options: Options
    stop: Stop
    watch: Watch
    permit: Permit
    go_on: GoOn = nobody_to_ask
    plan: Plan | None = None
    """What is applied; the journal keeps it, so that the run can be resumed."""
    done: frozenset[str] = frozenset()
    """Hosts of the plan that an earlier run has brought to their end."""

    def __post_init__(self) -> None:
        self.run = self.run.model_copy(update={"options": self.options.kept()})
        self._leases = Leases(self.journal, owner=f"run {self.run.id} by {self.run.operator}")
        self._context = RunContext(
            run=self.run,
            fleet=self.fleet,
            journal=self.journal,
            connect=self.connect,
            options=self.options,
            stop=self.stop,
            watch=self.watch,
            leases=self._leases,
            gate=ChangeWindows(self.options.clock, self.options.override_window),
            confirming=Confirming(
                run=self.run,
                journal=self.journal,
                clock=self.options.clock,
                within=self.options.confirm_within,
                by_itself=self.options.self_confirm,
            ),
        )
        self._turns = RestartPhase(self._context)
        self._visits = ApplyPhase(self._context, self._turns)

    def carry_out(self, changes: Sequence[HostChanges]) -> Run:
        """The whole run, as it stands in the journal as well.

        Raises `UsageError` where all that is to be changed is outside its change windows.
        """
        batches = arranged(changes, self.options, self.options.clock(), self.done)
        self._waiting = {item.host.name: item for batch in batches for item in batch.items}
        self._size = len(self._waiting)
        if not self.options.override_window:
            to_change = [item.host for item in self._waiting.values() if changes_something(item)]
            refuse_closed(to_change, self.options.clock())
        mine = [item for item in changes if item.host.name not in self.done]
        with self._leases.heartbeat():
            self._leases.take(f"run:{self.run.id}")
            self.journal.start(self.run, [item.as_run() for item in mine], self.plan)
            for host in self._waiting:
                self.watch(host, "waiting")
            try:
                self._leave(mine)
                self._in_batches(batches)
            finally:
                # Also when this program fails: what was not begun is not done, and says so.
                finished = self._finished()
                self.journal.finish(finished)
        return self.journal.load(self.run.id)

    def _finished(self) -> Run:
        interrupted = self.stop.begin_no_more.is_set()
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        return self.run.model_copy(
            update={"finished": now, "interrupted": interrupted, "stopped": self._stopped}
        )

    # Batches

    def _in_batches(self, batches: Sequence[Batch[HostChanges]]) -> None:
        for number, batch in enumerate(batches):
            in_progress = [
                progress for progress in self._apply_phase(batch.items) if progress is not None
            ]
            self._restarts(in_progress)
            rest = batches[number + 1 :]
            self._stopped = self._stopped or self._why_stop(batch, in_progress, rest)
            if self._stopped or self.stop.begin_no_more.is_set():
                break
        if self._stopped:
            for item in list(self._waiting.values()):
                self._leave_one(item, f"not tried: {self._stopped}")

    def _why_stop(
        self,
        batch: Batch[HostChanges],
        in_progress: Sequence[HostProgress],
        rest: Sequence[Batch[HostChanges]],
    ) -> str:
        """Why the next batch is not begun; empty where it is."""
        if not rest:
            return ""
        failed = [item.host.name for item in batch.items if item.host.name in self._failed]
        bears = self.options.max_failures is not None and not batch.canary
        if failed and not bears:
            what = "canary" if batch.canary else "batch"
            return f"the {what} failed: {_listed(failed)}"
        if self.stop.begin_no_more.is_set():
            return ""
        if batch.canary and (
            waiting := [progress.name for progress in in_progress if progress.waits]
        ):
            return f"the canary is not done: {_listed(waiting)}"
        if batch.canary and not rest[0].canary and self.options.pause_after_canary:
            names = tuple(name for name in self._begun if name not in self._failed)
            if not self.go_on(names) and not self.stop.begin_no_more.is_set():
                return "the run waits for leave after the canary"
        return ""

    def _leave(self, changes: Sequence[HostChanges]) -> None:
        for item in changes:
            if item.host.name in self.options.skip:
                self._leave_one(item, "left out (--skip)")

    def _leave_one(self, item: HostChanges, why: str) -> None:
        left = item.as_run().model_copy(update={"left": why})
        self.journal.update_host(self.run.id, left)

    # First visits

    def _apply_phase(self, changes: Sequence[HostChanges]) -> list[HostProgress | None]:
        return in_parallel(
            changes,
            self._visit_first,
            workers=self.options.workers,
            stop=self.stop,
            enough=self._count,
        )

    def _visit_first(self, changes: HostChanges) -> HostProgress:
        self._waiting.pop(changes.host.name)
        self._begun.append(changes.host.name)
        return self._visits.carry_out(changes)

    def _count(self, progress: HostProgress) -> bool:
        """Count a host that has come to its end and failed; whether no other may be begun."""
        waits = progress.todo and not progress.finished and not progress.host_apply.failed
        if progress.failed and not waits:
            self._failed.add(progress.name)
        limit, failed = self.options.max_failures, len(self._failed)
        if limit is not None and limit.reached(failed, self._size):
            self._stopped = f"{failed} of {self._size} hosts failed (--max-failures {limit})"
        return bool(self._stopped)

    # Restarts

    def _restarts(self, in_progress: Sequence[HostProgress]) -> None:
        needing = [w for w in in_progress if w.todo and not w.host_apply.failed]
        if needing and not self._stopped and not self.stop.begin_no_more.is_set():
            allowed = self._permission(needing)
            queue = RestartQueue(
                restart=self._turns.carry_out,
                at_once=self.options.restarts_at_once,
                workers=self.options.workers,
                stop=self.stop,
                poll=self.options.patience.poll,
                enough=self._count,
                blocked=self._blocked,
            )
            queue.carry_out([w for w in needing if _choose(w, allowed)])
        for progress in needing:
            if not progress.finished:
                progress.began = time.monotonic()
                progress.put_off = progress.put_off or self._why_not_restarted(progress)
                self._context.finish(progress)
                self._count(progress)

    def _why_not_restarted(self, progress: HostProgress) -> str:
        if self._stopped:
            return f"not restarted: {self._stopped}"
        unwell = next((self._blocked[g] for g in progress.groups if g in self._blocked), None)
        may_be = bool(progress.todo) and unwell is not None
        return f"not restarted: {unwell} is not well after its restart" if may_be else ""

    def _permission(self, needing: Sequence[HostProgress]) -> Restart:
        """Asked once, also for the hosts of later batches, as the plan has it."""
        if self._allowed is None:
            needs = {progress.name: progress.todo.coalesced for progress in needing}
            for name, item in self._waiting.items():
                if item.outstanding:
                    needs[name] = item.outstanding.coalesced
            self._allowed = self.permit(needs)
        return self._allowed

    _waiting: dict[str, HostChanges] = field(default_factory=dict, init=False)
    """The hosts that have not been begun."""
    _size: int = field(default=0, init=False)
    _begun: list[str] = field(default_factory=list, init=False)
    _failed: set[str] = field(default_factory=set, init=False)
    _stopped: str = field(default="", init=False)
    """Why no other host is begun."""
    _allowed: Restart | None = field(default=None, init=False)
    _blocked: dict[str, str] = field(default_factory=dict, init=False)
    """The groups with a host that a restart left unhealthy, and which it is."""


def _choose(progress: HostProgress, allowed: Restart) -> bool:
    reboot = progress.todo.reboot and allowed.reboot
    services = progress.todo.services if allowed.services else ()
    progress.todo = Restart(reboot, services).coalesced
    return bool(progress.todo)


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMES
    words = ", ".join(names[:_MOST_NAMES])
    return f"{words} and {more} more" if more > 0 else words
