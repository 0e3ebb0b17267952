"""The first visit of a host in a run: what is wanted of it is set, if it may be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.apply.host import HostApply, apply_host
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.unknown import unknown_steps
from aovpn_remediate.engine.reading.restart_needs import open_needs, runs, to_do
from aovpn_remediate.engine.restart.commands import send_command
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostProgress
from aovpn_remediate.engine.rollout.restart import RestartPhase
from aovpn_remediate.errors import NotAllowed, RemediateError, Unreadable
from aovpn_remediate.rendering.batch import starting
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import RestartRun


@dataclass(frozen=True)
class ApplyPhase:
    """The first visits of one run."""

    context: RunContext
    turns: RestartPhase

    def carry_out(self, changes: HostChanges) -> HostProgress:
        """Visit one host; it is finished here, unless a restart is to come."""
        context, host = self.context, changes.host
        progress = self._progress(changes)
        if why := context.gate.may_begin(changes):
            left = changes.as_run().model_copy(update={"left": why})
            context.journal.update_host(context.run.id, left)
            progress.result = left
            return progress
        if (refusal := self._refusal(changes)) is not None:
            progress.host_apply.error = refusal
            context.write(progress, finished=True)
            context.leases.release(f"host:{host.name}")
            context.watch(host.name, "failed")
            return progress
        event_log.begun(host.name, context.run.id)
        stopped = context.journal.stopped_services(host.name)
        progress = self._progress(self._with_leftovers(changes, stopped))
        with context.gate.visiting():
            progress.host_apply = apply_host(
                progress.changes,
                context.door(progress),
                progress.log,
                context.teller(host.name),
                context.confirming.guard(changes),
            )
            self._revive(progress, stopped)
            self._settle(progress)
        if progress.todo and not progress.host_apply.failed:
            context.write(progress)
            context.watch(host.name, "waiting for its restart")
        else:
            self.turns.none_is_needed(progress)
            context.finish(progress)
        return progress

    def _progress(self, changes: HostChanges) -> HostProgress:
        name = changes.host.name
        log = HostJournal(self.context.journal, self.context.run.id, name)
        return HostProgress(
            changes=changes,
            host_apply=HostApply(changes, log, self.context.teller(name)),
            log=log,
            began=time.monotonic(),
        )

    def _with_leftovers(self, changes: HostChanges, stopped: Sequence[str]) -> HostChanges:
        journal, host = self.context.journal, changes.host.name
        return replace(
            changes,
            needs=tuple(journal.pending_restarts([host]).get(host, [])),
            unknown_steps=unknown_steps(journal.unknown_steps([host]).get(host, [])),
            also_services=tuple(stopped),
        )

    def _refusal(self, changes: HostChanges) -> RemediateError | None:
        """Why a host is not visited."""
        host, plan = changes.host.name, changes.plan
        if plan is not None and plan.error is not None:
            return Unreadable(f"the plan could not read it, make a new one: {plan.error}")
        owner = self.context.leases.take(f"host:{host}")
        if owner is not None:
            return NotAllowed(host, f"{owner} is at work on this host")
        return self.context.confirming.refusal(host)

    def _revive(self, progress: HostProgress, stopped: Sequence[str]) -> None:
        """Start what an earlier run stopped and was never seen to start."""
        if progress.host_apply.error is not None:
            return
        dead = [service for service in stopped if not runs(progress.host_apply.facts, service)]
        alive = [service for service in stopped if service not in dead]
        progress.log.record_running(alive)
        if not dead:
            return
        self.context.watch(progress.name, f"starting {', '.join(dead)}")
        said = send_command(
            starting(dead),
            host=progress.name,
            connect=self.context.door(progress),
            seconds=self.context.options.patience.settle,
        )
        started = [service for service in dead if service in said.told - said.failures.keys()]
        for service in dead:
            why = said.why(service) or "no record of it came"
            words = "is started now" if service in started else f"could not be started: {why}"
            words = f"an earlier run stopped it, and it {words}"
            progress.done.append(RestartRun(what=service, status="failed", message=words))
        progress.log.record_running(started)

    def _settle(self, progress: HostProgress) -> None:
        """Without a restart to come, the after-checks have to hold soon."""
        done = progress.host_apply
        progress.todo = self._wanted(progress)
        if done.failed or progress.todo or not done.touched or all(c.ok for c in done.after):
            return
        self.turns.visit_again(progress, NOTHING)

    def _wanted(self, progress: HostProgress) -> Restart:
        """What the changes need, and what the plan showed and is still outstanding."""
        needs = self.context.journal.pending_restarts([progress.name]).get(progress.name, [])
        still = to_do(open_needs(needs, progress.host_apply.facts))
        asked = progress.changes.outstanding
        if progress.changes.plan is None:
            # Rolling back once more finishes what the first rollback left.
            steps = {step.id for step in progress.changes.steps}
            mine = [need for need in needs if need.step in steps]
            asked = to_do(open_needs(mine, progress.host_apply.facts))
        names = {name.casefold() for name in asked.services}
        old = Restart(
            still.reboot and asked.reboot,
            tuple(name for name in still.services if name.casefold() in names),
        )
        return progress.host_apply.recorder.restart | old
