"""Confirmed commits of a run: an automatic rollback is on the host before anything is set there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aovpn_remediate.engine.apply.changes import Guard, HostChanges
from aovpn_remediate.engine.confirm.host import confirm_host
from aovpn_remediate.engine.confirm.records import RollbackRecord, ScheduleRecord, one
from aovpn_remediate.engine.control import Clock
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.errors import NotAllowed
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.journal.pending_confirmations import (
    PendingConfirmation,
    PendingConfirmations,
    PendingStatus,
)
from aovpn_remediate.rendering.batch import (
    RollbackStep,
    cancelling_rollback,
    inspecting_rollback,
    rolling_back,
    scheduling_rollback,
)
from aovpn_remediate.results import Confirmation, HostRun, Run
from aovpn_remediate.transports.base import Session

_LATE_START = timedelta(minutes=10)
"""Windows starts a task that it has missed only so long after a boot."""
LONGEST_ROLLBACK = _LATE_START + timedelta(minutes=10)
"""Past its time a host may start its rollback late, and take so long for both."""
_SAFETY_MARGIN = timedelta(minutes=1)
_USER_HIVES = ("HKEY_CURRENT_USER\\", "HKEY_CLASSES_ROOT\\")


def rolled_back_by(pending: PendingConfirmation) -> datetime | None:
    """Return when a host has certainly rolled back; None where its time is unknown."""
    end = instant(pending.until)
    began, seconds = instant(pending.since), pending.document.get("seconds")
    if end is None and began is not None and isinstance(seconds, int):
        end = began + timedelta(seconds=seconds)
    return None if end is None else end + LONGEST_ROLLBACK


@dataclass(frozen=True)
class RunConfirmations:
    """The confirmations that concern one run: its own, and those pending from earlier runs."""

    run: Run
    journal: PendingConfirmations
    clock: Clock
    within: float | None = None
    """Seconds to confirm in; None: as the playbooks say, if they do."""
    self_confirm: bool = False
    """True if the run itself confirms a host that is healthy in the end."""

    def refusal(self, host: str) -> NotAllowed | None:
        """Return the reason to skip a host: another run's changes may still be rolled back."""
        for pending in self.journal.open_confirmations([host]):
            end = rolled_back_by(pending)
            if not self._is_own(pending) and (end is None or self.clock() < end):
                until = f"{end:%Y-%m-%dT%H:%M:%SZ}" if end else "the host has rolled back"
                words = (
                    f"run {pending.run} has not been confirmed on this host: use "
                    f"`confirm {pending.run}` or `rollback {pending.run}`, or wait until {until}"
                )
                return NotAllowed(host, words)
        return None

    def guard(self, changes: HostChanges) -> Guard | None:
        """Return what has to be done before anything is set on a host; None for nothing."""
        host = changes.host
        found = self.journal.open_confirmations([host.name])
        expired = tuple(pending for pending in found if not self._is_own(pending))
        seconds = None if self.run.action == "rollback" else self._seconds(changes)
        own = tuple(pending for pending in found if self._is_own(pending))
        if seconds is None:
            own = ()
        if seconds is None and not expired:
            return None
        return _Guard(self, host, seconds, expired, own)

    def expired(self, confirmation: Confirmation | None) -> str:
        """Return why a host is not restarted: it rolls back, and makes its own restarts for it."""
        until = instant(confirmation.until) if confirmation is not None else None
        if until is None or self.clock() < until:
            return ""
        return f"not confirmed in time: it rolls back automatically at {until:%Y-%m-%dT%H:%M:%SZ}"

    def at_end(
        self, result: HostRun, host: Host, connect: Callable[[], Session]
    ) -> Confirmation | None:
        """Return the state of the confirmation at the end of a host, confirmed here if it may be.

        A rollback confirms what it has rolled back: the host has nothing left to do.
        """
        if self.run.action == "rollback":
            self._confirm_rolled_back(result, host, connect)
            return None
        is_pending = any(restart.status == "outstanding" for restart in result.restarts)
        is_healthy = not (result.failed or is_pending) and all(check.ok for check in result.after)
        scheduled = result.confirm or self._scheduled_earlier(host.name)
        if scheduled is None or not self.self_confirm or not is_healthy:
            return scheduled
        pending = _on_host(self.journal.confirmations_of(scheduled.run), host.name)
        if pending is None:
            return scheduled
        steps = {step.id: step for step in result.steps}
        # An earlier run that was killed may have cancelled the rollback without recording it.
        again = scheduled.run != self.run.id
        return confirm_host(pending, steps, host, connect, self.journal, again=again)

    def _scheduled_earlier(self, host: str) -> Confirmation | None:
        """Return the rollback that a run before this one scheduled, and that still counts."""
        for pending in self.journal.open_confirmations([host]):
            if self._is_own(pending) and pending.status == "armed":
                return Confirmation(run=pending.run, until=pending.until or "")
        return None

    def _confirm_rolled_back(
        self, result: HostRun, host: Host, connect: Callable[[], Session]
    ) -> None:
        if result.failed:
            return
        for pending in self.journal.open_confirmations([host.name]):
            if self._is_own(pending):
                confirm_host(pending, {}, host, connect, self.journal)

    def _is_own(self, pending: PendingConfirmation) -> bool:
        """Return true for this run and those that it rolls back or resumes."""
        return pending.run in (self.run.id, *self.run.of)

    def _seconds(self, changes: HostChanges) -> int | None:
        if self.within is not None:
            return round(self.within)
        books = changes.plan.playbooks if changes.plan else ()
        here = {book.name for book in books if book.status == "applies"}
        asked = [
            book.confirm_within
            for book in self.run.playbooks
            if book.name in here and book.confirm_within is not None
        ]
        return round(min(asked)) if asked else None


def _on_host(confirmations: Sequence[PendingConfirmation], host: str) -> PendingConfirmation | None:
    return next((pending for pending in confirmations if pending.host == host), None)


@dataclass(frozen=True)
class _Guard:
    """The `Guard` of one host: it deals with earlier rollbacks, then schedules a new one."""

    confirmations: RunConfirmations
    host: Host
    seconds: int | None
    """Time to confirm in; None where this run needs no confirmation."""
    expired: tuple[PendingConfirmation, ...]
    """The rollbacks of other runs that were not confirmed in time, with an unknown outcome."""
    own: tuple[PendingConfirmation, ...]
    """The rollbacks of the runs that this one resumes."""

    def __call__(self, session: Session, steps: Sequence[RollbackStep]) -> Confirmation | None:
        for pending in self.expired:
            self._close_expired(session, pending)
        for pending in self.own:
            if (scheduled := self._still_scheduled(session, pending)) is not None:
                return scheduled
        if self.seconds is None:
            return None
        return self._schedule(session, self.seconds, steps)

    @property
    def _deadline(self) -> float:
        return self.host.connection.deadline

    def _inspect(self, session: Session, pending: PendingConfirmation) -> RollbackRecord:
        lines = session.run(inspecting_rollback(pending.run), seconds=self._deadline)
        return one(lines, RollbackRecord, host=self.host.name)

    def _close_expired(self, session: Session, pending: PendingConfirmation) -> None:
        """Refuse where the rollback is still to come: it would take the new changes back too."""
        found = self._inspect(session, pending)
        if found.found not in ("undone", "nothing"):
            states = {
                "armed": "is late",
                "failed": "failed",
                "running": "is running",
                "begun": "was interrupted",
            }
            state = states.get(found.found or "", f"could not be read ({found.error})")
            words = (
                f"nothing was set: run {pending.run} was not confirmed, and its automatic rollback "
                f"{state} on this host: use `confirm {pending.run}` or `rollback {pending.run}` "
                "first"
            )
            raise NotAllowed(self.host.name, words)
        self._close(pending, found.found)

    def _close(self, pending: PendingConfirmation, found: str) -> None:
        status: PendingStatus = "undone" if found == "undone" else "gone"
        self.confirmations.journal.close_confirmation(pending.run, self.host.name, status)

    def _still_scheduled(
        self, session: Session, pending: PendingConfirmation
    ) -> Confirmation | None:
        """Return the rollback of a resumed run, if the host has it: it leads to before that run."""
        if pending.status == "arming":
            # That run set nothing after it.
            list(session.run(cancelling_rollback(pending.run), seconds=self._deadline))
            self._close(pending, "nothing")
            return None
        found = self._inspect(session, pending).found
        if found in ("undone", "nothing"):
            # The host is as before that run, so that this run schedules its own rollback.
            self._close(pending, found)
            return None
        if found != "armed":
            words = (
                f"nothing was set: run {pending.run} was not confirmed: use "
                f"`confirm {pending.run}` first"
            )
            raise NotAllowed(self.host.name, words)
        until = instant(pending.until)
        if until is None or self.confirmations.clock() > until - _SAFETY_MARGIN:
            words = (
                f"nothing was set: run {pending.run} was not confirmed, and the host is about to "
                "roll back automatically"
            )
            raise NotAllowed(self.host.name, words)
        return Confirmation(run=pending.run, until=pending.until or "")

    def _schedule(
        self, session: Session, seconds: int, steps: Sequence[RollbackStep]
    ) -> Confirmation:
        run, journal = self.confirmations.run.id, self.confirmations.journal
        host = self.host.name
        try:
            _refuse_user_keys(steps)
            script = scheduling_rollback(run, seconds, rolling_back(run, steps))
        except ValueError as error:
            raise self._not_scheduled(str(error)) from error
        document = {"seconds": seconds, "steps": [step.id for step in steps]}
        journal.add_confirmation(run, host, document)
        record = one(session.run(script, seconds=self._deadline), ScheduleRecord, host=host)
        if not record.ok or instant(record.until) is None:
            journal.close_confirmation(run, host, "gone")
            raise self._not_scheduled(str(record.error or "no reason was given"))
        journal.rollback_scheduled(run, host, record.until or "")
        return Confirmation(run=run, until=record.until or "")

    def _not_scheduled(self, why: str) -> NotAllowed:
        words = f"nothing was set, because no automatic rollback could be scheduled: {why}"
        return NotAllowed(self.host.name, words)


def _refuse_user_keys(steps: Sequence[RollbackStep]) -> None:
    for step in steps:
        key = str(step.resource.target().get("Key", ""))
        if key.startswith(_USER_HIVES):
            raise ValueError(
                f"{step.id}: the rollback runs as SYSTEM, for which {key} is another key"
            )
