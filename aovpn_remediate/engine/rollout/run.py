"""A run over a fleet: batch after batch, each with an apply phase and a restart phase."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from aovpn_remediate.engine.apply.backup import RunBackups
from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.confirm.guard import RunConfirmations
from aovpn_remediate.engine.control import GoOn, Permit, Stop, Watch, no_approval
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.restart.queue import RestartQueue
from aovpn_remediate.engine.rollout.apply import ApplyPhase
from aovpn_remediate.engine.rollout.batches import Batch, arranged
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostProgress
from aovpn_remediate.engine.rollout.options import Options
from aovpn_remediate.engine.rollout.restart import RestartPhase
from aovpn_remediate.engine.rollout.stopping import StoppingSets
from aovpn_remediate.engine.rollout.windows import ChangeWindows, changes_something, refuse_closed
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results import Plan, Run
from aovpn_remediate.transports.base import Session

_MOST_NAMES = 5


@dataclass
class Rollout:
    """One run of `apply` or `rollback`, from its first batch to its end."""

    run: Run
    fleet: Inventory
    journal: Journal
    connect: Callable[[Host], Session]
    options: Options
    stop: Stop
    watch: Watch
    permit: Permit
    go_on: GoOn = no_approval
    plan: Plan | None = None
    """The plan that is applied; the journal keeps it, so that the run can be resumed."""
    done: frozenset[str] = frozenset()
    """Hosts of the plan that earlier runs have finished."""

    def __post_init__(self) -> None:
        self.run = self.run.model_copy(update={"options": self.options.recorded()})
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
            windows=ChangeWindows(self.options.clock, self.options.override_window),
            confirmations=RunConfirmations(
                run=self.run,
                journal=self.journal,
                clock=self.options.clock,
                within=self.options.confirm_within,
                self_confirm=self.options.self_confirm,
            ),
            backups=RunBackups(
                run=self.run.id,
                folder=Path(self.options.backup_dir or self.journal.folder),
                left_out=self.options.no_backup,
            ),
        )
        self._restart_phase = RestartPhase(self._context)
        stopping = StoppingSets(
            self._context, self._restart_phase.capacity, lambda: self._permission(())
        )
        self._apply_phase = ApplyPhase(self._context, self._restart_phase, stopping)

    def carry_out(self, changes: Sequence[HostChanges]) -> Run:
        """Carry out the run, and return it as the journal has it.

        Raises `UsageError` where all hosts to be changed are outside their change windows.
        """
        batches = arranged(changes, self.options, self.options.clock(), self.done)
        self._waiting = {item.host.name: item for batch in batches for item in batch.items}
        self._hosts = len(self._waiting)
        if not self.options.override_window:
            to_change = [item.host for item in self._waiting.values() if changes_something(item)]
            refuse_closed(to_change, self.options.clock())
        own = [item for item in changes if item.host.name not in self.done]
        with self._leases.heartbeat():
            self._leases.take(f"run:{self.run.id}")
            self.journal.start(self.run, [item.as_run() for item in own], self.plan)
            for host in self._waiting:
                self.watch(host, "waiting")
            try:
                self._mark_skipped(own)
                self._in_batches(batches)
            finally:
                # Also when this program fails: the journal then shows what was not begun.
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
            progresses = [
                progress for progress in self._apply_batch(batch.items) if progress is not None
            ]
            self._restart_batch(progresses)
            rest = batches[number + 1 :]
            self._stopped = self._stopped or self._reason_to_stop(batch, progresses, rest)
            if self._stopped or self.stop.begin_no_more.is_set():
                break
        if self._stopped:
            for item in list(self._waiting.values()):
                self._mark_left(item, f"not tried: {self._stopped}")

    def _reason_to_stop(
        self,
        batch: Batch[HostChanges],
        progresses: Sequence[HostProgress],
        rest: Sequence[Batch[HostChanges]],
    ) -> str:
        """Return why the next batch is not begun; empty where it is."""
        if not rest:
            return ""
        failed = [item.host.name for item in batch.items if item.host.name in self._failed]
        are_tolerated = self.options.max_failures is not None and not batch.canary
        if failed and not are_tolerated:
            what = "canary" if batch.canary else "batch"
            return f"the {what} failed: {listed(failed, _MOST_NAMES)}"
        if self.stop.begin_no_more.is_set():
            return ""
        if batch.canary and (
            pending := [progress.name for progress in progresses if progress.is_pending]
        ):
            return f"the canary is pending: {listed(pending, _MOST_NAMES)}"
        if batch.canary and not rest[0].canary and self.options.pause_after_canary:
            names = tuple(name for name in self._begun if name not in self._failed)
            if not self.go_on(names) and not self.stop.begin_no_more.is_set():
                return "paused after the canary, waiting for approval"
        return ""

    def _mark_skipped(self, changes: Sequence[HostChanges]) -> None:
        for item in changes:
            if item.host.name in self.options.skip:
                self._mark_left(item, "skipped (--skip)")

    def _mark_left(self, item: HostChanges, why: str) -> None:
        left = item.as_run().model_copy(update={"left": why})
        self.journal.update_host(self.run.id, left)

    # Apply phase

    def _apply_batch(self, changes: Sequence[HostChanges]) -> list[HostProgress | None]:
        if any(item.stopped_by_sets for item in changes):
            # Asked for here, where nothing is under way.
            self._permission(())
        return in_parallel(
            changes,
            self._apply_host,
            workers=self.options.workers,
            stop=self.stop,
            enough=self._count,
        )

    def _apply_host(self, changes: HostChanges) -> HostProgress:
        self._waiting.pop(changes.host.name)
        self._begun.append(changes.host.name)
        return self._apply_phase.carry_out(changes)

    def _count(self, progress: HostProgress) -> bool:
        """Count a host that has finished and failed. Return true if no other may be begun."""
        is_pending = progress.restart and not progress.finished and not progress.host_apply.failed
        if progress.failed and not is_pending:
            self._failed.add(progress.name)
        limit, failed = self.options.max_failures, len(self._failed)
        if limit is not None and limit.reached(failed, self._hosts):
            self._stopped = f"{failed} of {self._hosts} hosts failed (--max-failures {limit})"
        return bool(self._stopped)

    # Restart phase

    def _restart_batch(self, progresses: Sequence[HostProgress]) -> None:
        needing = [each for each in progresses if each.restart and not each.host_apply.failed]
        if needing and not self._stopped and not self.stop.begin_no_more.is_set():
            allowed = self._permission(needing)
            queue = RestartQueue(
                restart=self._restart_phase.carry_out,
                at_once=self.options.restarts_at_once,
                workers=self.options.workers,
                stop=self.stop,
                poll=self.options.patience.poll,
                enough=self._count,
                blocked=self._blocked,
            )
            queue.carry_out([each for each in needing if _limit_to(allowed, each)])
        for progress in needing:
            if not progress.finished:
                progress.began = time.monotonic()
                progress.postponed = progress.postponed or self._why_not_restarted(progress)
                self._context.finish(progress)
                self._count(progress)

    def _why_not_restarted(self, progress: HostProgress) -> str:
        if self._stopped:
            return f"not restarted: {self._stopped}"
        unhealthy = next((self._blocked[g] for g in progress.groups if g in self._blocked), None)
        if not progress.restart or unhealthy is None:
            return ""
        return f"not restarted: {unhealthy} is not healthy after its restart"

    def _permission(self, needing: Sequence[HostProgress]) -> Restart:
        """Return the permitted restarts, asked for once, also for the hosts of later batches."""
        if self._allowed is None:
            needs = {progress.name: progress.restart.coalesced for progress in needing}
            for name, item in self._waiting.items():
                need = item.outstanding | Restart(services=item.stopped_by_sets)
                if need:
                    needs[name] = need.coalesced
            self._allowed = self.permit(needs)
        return self._allowed

    _waiting: dict[str, HostChanges] = field(default_factory=dict, init=False)
    """The hosts that were not begun yet."""
    _hosts: int = field(default=0, init=False)
    _begun: list[str] = field(default_factory=list, init=False)
    _failed: set[str] = field(default_factory=set, init=False)
    _stopped: str = field(default="", init=False)
    """The reason why no other host is begun."""
    _allowed: Restart | None = field(default=None, init=False)
    _blocked: dict[str, str] = field(default_factory=dict, init=False)
    """The groups with a host that a restart left unhealthy, and its name."""


def _limit_to(allowed: Restart, progress: HostProgress) -> bool:
    reboot = progress.restart.reboot and allowed.reboot
    services = progress.restart.services if allowed.services else ()
    progress.restart = replace(progress.restart, reboot=reboot, services=services).coalesced
    return bool(progress.restart)
