"""The confirmation of one host: its automatic rollback is cancelled, or its outcome reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aovpn_remediate.engine.confirm.records import (
    RollbackOutcome,
    RollbackRecord,
    one,
    read_outcome,
)
from aovpn_remediate.errors import Disconnected, RemediateError, TimedOut, error_of_host
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.journal.pending_confirmations import (
    PendingConfirmation,
    PendingConfirmations,
    PendingStatus,
)
from aovpn_remediate.rendering.batch import cancelling_rollback, forgetting_rollback
from aovpn_remediate.results import Confirmation, StepRun
from aovpn_remediate.transports.base import Session

_CLOSED: Mapping[PendingStatus, str] = {
    "confirmed": "",
    "undone": "not confirmed in time, and rolled back automatically",
    "unfinished": "not confirmed in time, and its automatic rollback did not finish",
    "failed": "not confirmed in time, and its automatic rollback failed: nothing was rolled back",
    "gone": "its automatic rollback was no longer on the host",
}
_ENDS: Mapping[str, PendingStatus] = {
    "failed": "failed",
    "undone": "undone",
    "begun": "unfinished",
}


def closed_confirmation(pending: PendingConfirmation) -> Confirmation | None:
    """Return the outcome that the journal knows; None where the host has to be asked."""
    if pending.status in ("arming", "armed"):
        return None
    return Confirmation.model_validate(
        {
            "run": pending.run,
            "until": pending.until or "",
            "status": pending.status,
            "message": _CLOSED[pending.status],
        }
    )


def confirm_host(
    pending: PendingConfirmation,
    steps: Mapping[str, StepRun],
    host: Host,
    connect: Callable[[], Session],
    journal: PendingConfirmations,
    *,
    again: bool = False,
) -> Confirmation:
    """Cancel the automatic rollback of a host over a new session, and return what it answers.

    `again`: it may have been cancelled before, so that finding nothing means confirmed.
    """
    attempt = _Attempt(pending, steps, host, journal)
    try:
        with connect() as session:
            return attempt.cancel(session, again=again)
    except (Disconnected, TimedOut):
        pass  # cancelling twice does no harm: the answer alone may have been lost
    except Exception as error:  # noqa: BLE001 - the other hosts go on
        return attempt.unreached(error_of_host(error))
    try:
        with connect() as session:
            return attempt.cancel(session, again=True)
    except Exception as error:  # noqa: BLE001 - the other hosts go on
        return attempt.unreached(error_of_host(error))


@dataclass(frozen=True)
class _Attempt:
    """One host to confirm."""

    pending: PendingConfirmation
    steps: Mapping[str, StepRun]
    host: Host
    journal: PendingConfirmations

    def cancel(self, session: Session, *, again: bool = False) -> Confirmation:
        """Cancel the rollback. Raises `RemediateError` where the host's answer is not whole."""
        deadline = self.host.connection.deadline
        lines = session.run(cancelling_rollback(self.pending.run), seconds=deadline)
        record = one(lines, RollbackRecord, host=self.host.name)
        outcome = read_outcome(record.outcome or (), self.steps)
        if not record.ok or record.found is None:
            reason = record.error or "no reason was given"
            why = f"the host did not cancel its automatic rollback: {reason}"
            return self._confirmation("failed", message=why)
        match record.found:
            case "armed":
                return self._closed("confirmed", record)
            case "nothing" if again:
                return self._closed("confirmed", record)
            case "nothing":
                why = f"{_CLOSED['gone']}: use `verify {self.pending.run}` to check the changes"
                return self._closed("gone", record, message=why)
            case "running":
                why = "not confirmed in time, and rolling back automatically at this moment"
                return self._confirmation("undoing", message=why, time=outcome.began)
        self.journal.close_confirmation(self.pending.run, self.host.name, _ENDS[record.found])
        # The outcome is in the journal now; on the host it would do no harm either.
        list(session.run(forgetting_rollback(self.pending.run), seconds=deadline))
        return self._ended(record, outcome)

    def _ended(self, record: RollbackRecord, outcome: RollbackOutcome) -> Confirmation:
        if record.found == "failed":
            return self._failed(record)
        if record.found == "undone":
            return self._undone(outcome)
        return self._unfinished(outcome, record)

    def _undone(self, outcome: RollbackOutcome) -> Confirmation:
        words = f"{_CLOSED['undone']} at {_to_the_second(outcome.undone)}"
        if outcome.problems:
            words += ", but not completely"
        return self._confirmation(
            "undone", message=words, time=outcome.undone, problems=outcome.problems
        )

    def _failed(self, record: RollbackRecord) -> Confirmation:
        run = self.pending.run
        words = f"{_CLOSED['failed']}{_task(record)}: use `verify {run}`, then `rollback {run}`"
        return self._confirmation("failed", message=words, time=record.time)

    def _unfinished(self, outcome: RollbackOutcome, record: RollbackRecord) -> Confirmation:
        run, began = self.pending.run, _to_the_second(outcome.began)
        words = (
            f"not confirmed in time; its automatic rollback began at {began} and did not finish"
            f"{_task(record)}: use `verify {run}`, then `rollback {run}`"
        )
        return self._confirmation(
            "unfinished", message=words, time=outcome.began, problems=outcome.problems
        )

    def unreached(self, error: RemediateError) -> Confirmation:
        """Return the state of a host that does not answer: it keeps to its schedule."""
        until = self.pending.until
        when = f"at {until}" if until else "if its rollback was scheduled"
        words = f"unreachable, and rolls back automatically {when}: {error}"
        return self._confirmation("unreached", message=words)

    def _closed(
        self, status: PendingStatus, record: RollbackRecord, *, message: str = ""
    ) -> Confirmation:
        self.journal.close_confirmation(self.pending.run, self.host.name, status)
        return self._confirmation(status, message=message, time=record.time)

    def _confirmation(self, status: str, **more: Any) -> Confirmation:
        until = self.pending.until or ""
        fields = {"run": self.pending.run, "until": until, "status": status, **more}
        return Confirmation.model_validate(fields)


def _task(record: RollbackRecord) -> str:
    if record.result is None:
        return ""
    return f" (its scheduled task ended with {record.result}, {record.result:#x})"


def _to_the_second(time: str) -> str:
    return f"{time[:19]}Z" if time else "an unknown time"
