"""The apply phase of a run: each host is read and its changes are set, if they may be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.apply.changes import Change, HostChanges
from aovpn_remediate.engine.apply.host import HostApply, apply_host
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.unknown import unknown_steps
from aovpn_remediate.engine.reading.restart_needs import is_gone, open_needs, runs, to_do
from aovpn_remediate.engine.restart.commands import send_command
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostProgress
from aovpn_remediate.engine.rollout.restart import RestartPhase
from aovpn_remediate.engine.rollout.stopping import StoppingSets
from aovpn_remediate.errors import JournalError, NotAllowed, RemediateError, Unreadable
from aovpn_remediate.rendering.batch import starting
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import RestartRun


@dataclass(frozen=True)
class ApplyPhase:
    """The first phase of one run, before its restarts."""

    context: RunContext
    restarts: RestartPhase
    stopping: StoppingSets

    def carry_out(self, changes: HostChanges) -> HostProgress:
        """Apply the changes of one host; without a restart to come, this is its end."""
        progress = self._progress(changes)
        try:
            self._carry_out(progress)
        except JournalError:
            raise
        except Exception as error:  # noqa: BLE001 - the other hosts go on
            self.context.fail(progress, error)
        return progress

    def _carry_out(self, progress: HostProgress) -> None:
        context, changes, host = self.context, progress.changes, progress.changes.host
        if why := context.windows.may_begin(changes):
            left = changes.as_run().model_copy(update={"left": why})
            context.journal.update_host(context.run.id, left)
            progress.result = left
            return
        if (refusal := self._refusal(changes)) is not None:
            progress.host_apply.error = refusal
            context.record(progress, finished=True)
            context.leases.release(f"host:{host.name}")
            context.watch(host.name, "failed")
            return
        event_log.begun(host.name, context.run.id)
        stopped = context.journal.stopped_services(host.name)
        progress.changes = self._with_leftovers(changes, stopped)
        with context.windows.measure_apply():
            with self.stopping.in_turn(progress, context.confirmations.guard(changes)) as guard:
                progress.host_apply = apply_host(
                    progress.changes,
                    context.connector(progress),
                    progress.journal,
                    context.reporter(host.name),
                    guard=guard,
                    backups=context.backups,
                )
            started = self._start_stopped(progress, stopped)
            self._wait_for_checks(progress, started=started)
        if progress.restart and not progress.host_apply.failed:
            context.record(progress)
            context.watch(host.name, "waiting for its restart")
        else:
            self.restarts.not_needed(progress)
            context.finish(progress)

    def _progress(self, changes: HostChanges) -> HostProgress:
        name = changes.host.name
        journal = HostJournal(self.context.journal, self.context.run.id, name)
        return HostProgress(
            changes=changes,
            host_apply=HostApply(changes, journal, self.context.reporter(name)),
            journal=journal,
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
        """Return the reason to skip a host; take its lease where there is none."""
        host, plan = changes.host.name, changes.plan
        if plan is not None and plan.error is not None:
            return Unreadable(f"the plan could not read this host, make a new plan: {plan.error}")
        if changes.high_impact and not self.context.options.confirm_high_impact:
            return _not_confirmed(host, changes.high_impact[0])
        owner = self.context.leases.take(f"host:{host}")
        if owner is not None:
            return NotAllowed(host, f"{owner} is already working on this host")
        return self.context.confirmations.refusal(host)

    def _start_stopped(self, progress: HostProgress, stopped: Sequence[str]) -> bool:
        """Start services that an earlier run stopped and that were not seen to run again.

        Returns true if one was started.
        """
        if progress.host_apply.error is not None:
            return False
        facts = progress.host_apply.facts
        # One that does not exist any more needs no start either.
        settled = [s for s in stopped if runs(facts, s) or is_gone(facts, s)]
        to_start = [service for service in stopped if service not in settled]
        progress.journal.record_running(settled)
        if not to_start:
            return False
        self.context.watch(progress.name, f"starting {', '.join(to_start)}")
        reply = send_command(
            starting(to_start),
            host=progress.name,
            connect=self.context.connector(progress),
            seconds=self.context.options.patience.settle,
        )
        started = [s for s in to_start if s in reply.recorded - reply.failures.keys()]
        for service in to_start:
            why = reply.reason(service) or "the host sent no record of it"
            words = "this run started it" if service in started else f"it did not start: {why}"
            words = f"an earlier run left it stopped, and {words}"
            progress.restarts.append(RestartRun(what=service, status="failed", message=words))
        progress.journal.record_running(started)
        return bool(started)

    def _wait_for_checks(self, progress: HostProgress, *, started: bool) -> None:
        """Decide on the restart; without one, wait for the after-checks to pass."""
        apply = progress.host_apply
        progress.restart = self._restart_needed(progress)
        all_passed = all(check.ok for check in apply.after)
        untouched = not apply.touched and not started
        if apply.failed or progress.restart or untouched or all_passed:
            return
        self.restarts.restart_and_prove(progress, NOTHING)

    def _restart_needed(self, progress: HostProgress) -> Restart:
        """Return what the changes need, and what the plan showed and is still pending."""
        needs = self.context.journal.pending_restarts([progress.name]).get(progress.name, [])
        still = to_do(open_needs(needs, progress.host_apply.facts))
        asked = progress.changes.outstanding
        if progress.changes.plan is None:
            # Rolling back once more finishes what the first rollback left.
            steps = {step.id for step in progress.changes.steps}
            own = [need for need in needs if need.step in steps]
            asked = to_do(open_needs(own, progress.host_apply.facts))
        names = {name.casefold() for name in asked.services}
        earlier = Restart(
            still.reboot and asked.reboot,
            tuple(name for name in still.services if name.casefold() in names),
        )
        return progress.host_apply.recorder.restart | earlier


def _not_confirmed(host: str, change: Change) -> NotAllowed:
    what = f"{change.id} is of high impact ({change.high_impact}): nothing was set on this host"
    return NotAllowed(host, f"{what}; allow it with --confirm-high-impact")
