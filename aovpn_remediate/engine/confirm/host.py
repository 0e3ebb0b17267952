"""Keeping the changes of one host that would set itself back, or saying what became of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aovpn_remediate.engine.confirm.records import DisarmRecord, Outcome, one, outcome
from aovpn_remediate.errors import Disconnected, RemediateError, TimedOut
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.journal.pending_confirmations import (
    PendingConfirmation,
    PendingConfirmations,
    PendingStatus,
)
from aovpn_remediate.rendering.batch import disarming, forgetting
from aovpn_remediate.results import Confirmation, StepRun
from aovpn_remediate.transports.base import Session

_CLOSED: Mapping[PendingStatus, str] = {
    "confirmed": "",
    "undone": "it was not confirmed in time, and set itself back",
    "gone": "nothing of it was left on the host",
}


def as_known(arm: PendingConfirmation) -> Confirmation | None:
    """What the journal knows for certain; None where the host has to be asked."""
    if arm.status in ("arming", "armed"):
        return None
    return Confirmation.model_validate(
        {
            "run": arm.run,
            "until": arm.until or "",
            "status": arm.status,
            "message": _CLOSED[arm.status],
        }
    )


def confirm_host(
    arm: PendingConfirmation,
    steps: Mapping[str, StepRun],
    host: Host,
    connect: Callable[[], Session],
    journal: PendingConfirmations,
    *,
    again: bool = False,
) -> Confirmation:
    """Take away what would set a host back; the truth comes from the host, over a new session.

    `again`: it may have been asked before, and then has nothing any more.
    """
    asking = _Asking(arm, steps, host, journal)
    try:
        with connect() as session:
            return asking.ask(session, again=again)
    except (Disconnected, TimedOut):
        pass  # asked twice does no harm: the answer alone may have been lost
    except RemediateError as error:
        return asking.unreached(error)
    try:
        with connect() as session:
            return asking.ask(session, again=True)
    except RemediateError as error:
        return asking.unreached(error)


@dataclass(frozen=True)
class _Asking:
    arm: PendingConfirmation
    steps: Mapping[str, StepRun]
    host: Host
    journal: PendingConfirmations

    def ask(self, session: Session, *, again: bool = False) -> Confirmation:
        deadline = self.host.connection.deadline
        lines = session.run(disarming(self.arm.run), seconds=deadline)
        said = one(lines, DisarmRecord, host=self.host.name)
        told = outcome(said.outcome or (), self.steps)
        if not said.ok or said.found is None:
            why = f"the host did not take it away: {said.error or 'no reason was given'}"
            return self._confirmation("failed", message=why)
        match said.found:
            case "armed":
                return self._closed("confirmed", said)
            case "nothing" if again:
                return self._closed("confirmed", said)
            case "nothing":
                why = f"{_CLOSED['gone']}: `verify {self.arm.run}` tells whether the changes hold"
                return self._closed("gone", said, message=why)
            case "running":
                why = "it was not confirmed in time, and sets itself back right now"
                return self._confirmation("undoing", message=why, time=told.began)
        found = self._undone(told) if said.found == "undone" else self._broken_off(told)
        self.journal.close_confirmation(self.arm.run, self.host.name, "undone")
        # What the host tells is on record now; that it stays there as well would do no harm.
        list(session.run(forgetting(self.arm.run), seconds=deadline))
        return found

    def _undone(self, told: Outcome) -> Confirmation:
        words = f"{_CLOSED['undone']} at {_short(told.undone)}"
        if told.problems:
            words += ", but not all of it"
        return self._confirmation("undone", message=words, time=told.undone, problems=told.problems)

    def _broken_off(self, told: Outcome) -> Confirmation:
        words = (
            f"it was not confirmed in time, began to set itself back at {_short(told.began)} and "
            f"did not come to the end: `verify {self.arm.run}` and `rollback {self.arm.run}`"
        )
        return self._confirmation(
            "unfinished", message=words, time=told.began, problems=told.problems
        )

    def unreached(self, error: RemediateError) -> Confirmation:
        """The host does not answer: it goes its own way."""
        when = f"at {self.arm.until}" if self.arm.until else "at its time, if it was armed"
        words = f"cannot be reached, and sets itself back {when}: {error}"
        return self._confirmation("unreached", message=words)

    def _closed(
        self, status: PendingStatus, said: DisarmRecord, *, message: str = ""
    ) -> Confirmation:
        self.journal.close_confirmation(self.arm.run, self.host.name, status)
        return self._confirmation(status, message=message, time=said.time)

    def _confirmation(self, status: str, **more: Any) -> Confirmation:
        fields = {"run": self.arm.run, "until": self.arm.until or "", "status": status, **more}
        return Confirmation.model_validate(fields)


def _short(time: str) -> str:
    """To the second."""
    return f"{time[:19]}Z" if time else "a time that it did not tell"
