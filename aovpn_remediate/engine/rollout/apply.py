"""The first visit of a host in a run: what is wanted of it is set, if it may be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.apply.changes import HostIntents
from aovpn_remediate.engine.apply.host import Visit, apply_host
from aovpn_remediate.engine.plan.unknown import unsettled
from aovpn_remediate.engine.reading.restart_needs import open_needs, runs, to_do
from aovpn_remediate.engine.restart.commands import order
from aovpn_remediate.engine.rollout.context import RunContext
from aovpn_remediate.engine.rollout.host import HostLog, HostWork
from aovpn_remediate.engine.rollout.restart import RestartTurns
from aovpn_remediate.errors import NotAllowed, RemediateError, Unreadable
from aovpn_remediate.rendering.batch import starting
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import RestartRun


@dataclass(frozen=True)
class FirstVisits:
    """The first visits of one run."""

    context: RunContext
    turns: RestartTurns

    def carry_out(self, intents: HostIntents) -> HostWork:
        """Visit one host; it is finished here, unless a restart is to come."""
        context, host = self.context, intents.host
        work = self._work(intents)
        if why := context.gate.may_begin(intents):
            left = intents.as_run().model_copy(update={"left": why})
            context.journal.host(context.run.id, left)
            work.result = left
            return work
        if (refusal := self._refusal(intents)) is not None:
            work.visit.error = refusal
            context.write(work, finished=True)
            context.leases.release(f"host:{host.name}")
            context.watch(host.name, "failed")
            return work
        event_log.begun(host.name, context.run.id)
        stopped = context.journal.stopped(host.name)
        work = self._work(self._with_left_over(intents, stopped))
        with context.gate.visiting():
            work.visit = apply_host(
                work.intents,
                context.door(work),
                work.log,
                context.teller(host.name),
                context.confirming.guard(intents),
            )
            self._revive(work, stopped)
            self._settle(work)
        if work.todo and not work.visit.failed:
            context.write(work)
            context.watch(host.name, "waiting for its restart")
        else:
            self.turns.none_is_needed(work)
            context.finish(work)
        return work

    def _work(self, intents: HostIntents) -> HostWork:
        name = intents.host.name
        log = HostLog(self.context.journal, self.context.run.id, name)
        return HostWork(
            intents=intents,
            visit=Visit(intents, log, self.context.teller(name)),
            log=log,
            began=time.monotonic(),
        )

    def _with_left_over(self, intents: HostIntents, stopped: Sequence[str]) -> HostIntents:
        journal, host = self.context.journal, intents.host.name
        return replace(
            intents,
            needs=tuple(journal.open_needs([host]).get(host, [])),
            unsettled=unsettled(journal.unknown_steps([host]).get(host, [])),
            also_services=tuple(stopped),
        )

    def _refusal(self, intents: HostIntents) -> RemediateError | None:
        """Why a host is not visited."""
        host, plan = intents.host.name, intents.plan
        if plan is not None and plan.error is not None:
            return Unreadable(f"the plan could not read it, make a new one: {plan.error}")
        owner = self.context.leases.take(f"host:{host}")
        if owner is not None:
            return NotAllowed(host, f"{owner} is at work on this host")
        return self.context.confirming.refusal(host)

    def _revive(self, work: HostWork, stopped: Sequence[str]) -> None:
        """Start what an earlier run stopped and was never seen to start."""
        if work.visit.error is not None:
            return
        dead = [service for service in stopped if not runs(work.visit.facts, service)]
        alive = [service for service in stopped if service not in dead]
        work.log.running_again(alive)
        if not dead:
            return
        self.context.watch(work.name, f"starting {', '.join(dead)}")
        said = order(
            starting(dead),
            host=work.name,
            connect=self.context.door(work),
            seconds=self.context.options.patience.settle,
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
        self.turns.visit_again(work, NOTHING)

    def _wanted(self, work: HostWork) -> Restart:
        """What the changes need, and what the plan showed and is still outstanding."""
        needs = self.context.journal.open_needs([work.name]).get(work.name, [])
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
