"""The context of a run that all of its hosts share, and the end of one host in it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.apply.backup import RunBackups
from aovpn_remediate.engine.confirm.guard import RunConfirmations
from aovpn_remediate.engine.control import Stop, Watch
from aovpn_remediate.engine.reading.restart_needs import open_needs, proof
from aovpn_remediate.engine.rollout.host import HostProgress, pending_check
from aovpn_remediate.engine.rollout.options import Options
from aovpn_remediate.engine.rollout.windows import ChangeWindows
from aovpn_remediate.errors import error_of_host
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.results import RestartRun, Run
from aovpn_remediate.transports.base import Session


@dataclass(frozen=True)
class RunContext:
    """One run: its fleet, journal and leases, its options, and its observers."""

    run: Run
    fleet: Inventory
    journal: Journal
    connect: Callable[[Host], Session]
    options: Options
    stop: Stop
    watch: Watch
    leases: Leases
    windows: ChangeWindows
    confirmations: RunConfirmations
    backups: RunBackups

    def connector(self, progress: HostProgress) -> Callable[[], Session]:
        """Return a function that opens sessions with a host, counted in its result."""

        def connect() -> Session:
            session = self.connect(progress.changes.host)
            progress.sessions.append(session)
            return session

        return connect

    def reporter(self, host: str) -> Callable[[str], None]:
        """Return a function that reports what is being done on a host."""
        return lambda what: self.watch(host, what)

    def finish(self, progress: HostProgress) -> None:
        """End a host: record its pending restarts and its confirmation, and release its lease."""
        self._add_pending_restarts(progress)
        pending = [r.what for r in progress.restarts if r.status == "outstanding"]
        if pending:
            progress.host_apply.after = tuple(
                pending_check(check, pending) for check in progress.host_apply.after
            )
        so_far = progress.host_apply.result().model_copy(
            update={"restarts": tuple(progress.restarts)}
        )
        progress.host_apply.confirmation = self.confirmations.at_end(
            so_far, progress.changes.host, self.connector(progress)
        )
        progress.finished = True
        self.record(progress, finished=True)
        self.leases.release(f"host:{progress.name}")
        self.watch(progress.name, "failed" if progress.host_apply.failed else "done")

    def fail(self, progress: HostProgress, error: Exception) -> None:
        """End a host on which something unexpected was raised; its pending restarts are kept."""
        apply = progress.host_apply
        apply.error = apply.error or error_of_host(error)
        progress.finished = True
        self.record(progress, finished=True)
        self.leases.release(f"host:{progress.name}")
        self.watch(progress.name, "failed")

    def _add_pending_restarts(self, progress: HostProgress) -> None:
        needs = self.journal.pending_restarts([progress.name]).get(progress.name, [])
        # Later its times may prove less: a service may be started in an older process.
        proven = [need.id for need in needs if proof(need, progress.host_apply.facts) == "done"]
        self.journal.close_restarts(proven, "proven by the host's own times")
        left = open_needs(needs, progress.host_apply.facts)
        seen = {restart.what.casefold() for restart in progress.restarts}
        for need, proven_pending in dict.fromkeys((item.need, item.proven) for item in left):
            if need.casefold() not in seen:
                status = "outstanding" if proven_pending else "unproven"
                why = progress.postponed if proven_pending else ""
                fields = {"what": need, "status": status, "message": why}
                progress.restarts.append(RestartRun.model_validate(fields))

    def record(self, progress: HostProgress, *, finished: bool = False) -> None:
        """Record the result of a host so far in the journal."""
        now = time.monotonic()
        progress.seconds, progress.began = progress.seconds + now - progress.began, now
        result = progress.host_apply.result().model_copy(
            update={
                "restarts": tuple(progress.restarts),
                "finished": finished,
                "seconds": round(progress.seconds, 2),
                "requests": sum(session.telemetry.requests for session in progress.sessions),
            }
        )
        progress.result = result
        self.journal.update_host(self.run.id, result)
        if finished:
            event_log.ended(result, self.run.id)
