"""What the turns of all hosts of one run share, and how one host ends."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.confirm.guard import Confirming
from aovpn_remediate.engine.control import Stop, Watch
from aovpn_remediate.engine.reading.restart_needs import open_needs, proof
from aovpn_remediate.engine.rollout.host import HostProgress, not_yet
from aovpn_remediate.engine.rollout.options import Options
from aovpn_remediate.engine.rollout.windows import ChangeWindows
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.results import RestartRun, Run
from aovpn_remediate.transports.base import Session


@dataclass(frozen=True)
class RunContext:
    """One run: where it writes, whom it tells, and what it may do."""

    run: Run
    fleet: Inventory
    journal: Journal
    connect: Callable[[Host], Session]
    options: Options
    stop: Stop
    watch: Watch
    leases: Leases
    gate: ChangeWindows
    confirming: Confirming

    def door(self, progress: HostProgress) -> Callable[[], Session]:
        """The way to a host; the sessions that are opened are counted with its work."""

        def connect() -> Session:
            session = self.connect(progress.changes.host)
            progress.sessions.append(session)
            return session

        return connect

    def teller(self, host: str) -> Callable[[str], None]:
        """Says what is being done on a host."""
        return lambda what: self.watch(host, what)

    def finish(self, progress: HostProgress) -> None:
        """The end of a host: what is outstanding is said, and its lease given back."""
        needs = self.journal.pending_restarts([progress.name]).get(progress.name, [])
        # Later its times may prove less: a service may be started in an older process.
        proven = [need.id for need in needs if proof(need, progress.host_apply.facts) == "done"]
        self.journal.close_restarts(proven, "proven by the host's own times")
        left = open_needs(needs, progress.host_apply.facts)
        seen = {restart.what.casefold() for restart in progress.done}
        for need in dict.fromkeys((item.need, item.proven) for item in left):
            if need[0].casefold() not in seen:
                status = "outstanding" if need[1] else "unproven"
                why = progress.put_off if need[1] else ""
                fields = {"what": need[0], "status": status, "message": why}
                progress.done.append(RestartRun.model_validate(fields))
        waiting = [r.what for r in progress.done if r.status == "outstanding"]
        if waiting:
            progress.host_apply.after = tuple(
                not_yet(c, waiting) for c in progress.host_apply.after
            )
        so_far = progress.host_apply.result().model_copy(update={"restarts": tuple(progress.done)})
        progress.host_apply.confirmation = self.confirming.at_end(
            so_far, progress.changes.host, self.door(progress)
        )
        progress.finished = True
        self.write(progress, finished=True)
        self.leases.release(f"host:{progress.name}")
        self.watch(progress.name, "failed" if progress.host_apply.failed else "done")

    def write(self, progress: HostProgress, *, finished: bool = False) -> None:
        """What has become of a host so far, into the journal."""
        now = time.monotonic()
        progress.seconds, progress.began = progress.seconds + now - progress.began, now
        result = progress.host_apply.result().model_copy(
            update={
                "restarts": tuple(progress.done),
                "finished": finished,
                "seconds": round(progress.seconds, 2),
                "requests": sum(session.telemetry.requests for session in progress.sessions),
            }
        )
        progress.result = result
        self.journal.update_host(self.run.id, result)
        if finished:
            event_log.ended(result, self.run.id)
