"""Commit-confirm in a run: hosts that set themselves back unless somebody keeps the changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from aovpn_remediate.engine.apply.changes import Guard, HostChanges
from aovpn_remediate.engine.confirm.host import confirm_host
from aovpn_remediate.engine.confirm.records import ArmRecord, DisarmRecord, one
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
    WayBack,
    arming,
    disarming,
    looking_back,
    undoing,
)
from aovpn_remediate.results import Confirmation, HostRun, Run
from aovpn_remediate.transports.base import Session

UNDO_TAKES = timedelta(minutes=10)
"""After its time a host may be at setting itself back for so long, or start late."""
_TOO_LATE = timedelta(minutes=1)
_OF_A_USER = ("HKEY_CURRENT_USER\\", "HKEY_CLASSES_ROOT\\")


def over(arm: PendingConfirmation) -> datetime | None:
    """When a host has certainly set itself back; None where nothing is known."""
    end = instant(arm.until)
    began, seconds = instant(arm.since), arm.document.get("seconds")
    if end is None and began is not None and isinstance(seconds, int):
        end = began + timedelta(seconds=seconds)
    return None if end is None else end + UNDO_TAKES


@dataclass(frozen=True)
class Confirming:
    """What one run has to do with confirmations: its own, and those that earlier runs wait for."""

    run: Run
    journal: PendingConfirmations
    clock: Clock
    within: float | None = None
    """Seconds; None: as long as the playbooks say, if they say so."""
    by_itself: bool = False
    """Whether the run confirms a host that is well in the end."""

    def refusal(self, host: str) -> NotAllowed | None:
        """Why a host is not visited: another run's changes may still go."""
        for arm in self.journal.open_confirmations([host]):
            end = over(arm)
            if not self._is_mine(arm) and (end is None or self.clock() < end):
                until = f"{end:%Y-%m-%dT%H:%M:%SZ}" if end else "it has set itself back"
                words = (
                    f"run {arm.run} is not confirmed on this host: `confirm {arm.run}`, "
                    f"`rollback {arm.run}`, or wait until {until}"
                )
                return NotAllowed(host, words)
        return None

    def guard(self, changes: HostChanges) -> Guard | None:
        """What has to be done before anything is set on a host; None for nothing."""
        host = changes.host
        arms = self.journal.open_confirmations([host.name])
        late = tuple(arm for arm in arms if not self._is_mine(arm))
        seconds = None if self.run.action == "rollback" else self._seconds(changes)
        mine = tuple(arm for arm in arms if self._is_mine(arm)) if seconds is not None else ()
        if seconds is None and not late:
            return None
        return _Guard(self, host, seconds, late, mine)

    def too_late(self, confirmation: Confirmation | None) -> str:
        """Why a host is not restarted: it sets itself back, and restarts what that needs."""
        until = instant(confirmation.until) if confirmation is not None else None
        if until is None or self.clock() < until:
            return ""
        return f"nobody confirmed it: it sets itself back at {until:%Y-%m-%dT%H:%M:%SZ}"

    def at_end(
        self, result: HostRun, host: Host, connect: Callable[[], Session]
    ) -> Confirmation | None:
        """What becomes of the confirmation when a host has come to its end in this run."""
        steps = {step.id: step for step in result.steps}
        if self.run.action == "rollback":
            self._rolled_back(result, host, connect)
            return None
        waits = any(restart.status == "outstanding" for restart in result.restarts)
        well = not (result.failed or waits) and all(check.ok for check in result.after)
        armed = result.confirm or self._armed_before(host.name)
        if armed is None or not self.by_itself or not well:
            return armed
        arm = _of(self.journal.confirmations_of(armed.run), host.name)
        if arm is None:
            return armed
        # Killed after it had asked, an earlier run could not write down what the host said.
        again = armed.run != self.run.id
        return confirm_host(arm, steps, host, connect, self.journal, again=again)

    def _armed_before(self, host: str) -> Confirmation | None:
        """What a run that this one goes on with has put there, and this one had no need to."""
        for arm in self.journal.open_confirmations([host]):
            if self._is_mine(arm) and arm.status == "armed":
                return Confirmation(run=arm.run, until=arm.until or "")
        return None

    def _rolled_back(self, result: HostRun, host: Host, connect: Callable[[], Session]) -> None:
        """Nothing is left to set back: the host need not do it, and finds nothing if it does."""
        if result.failed:
            return
        for arm in self.journal.open_confirmations([host.name]):
            if self._is_mine(arm):
                confirm_host(arm, {}, host, connect, self.journal)

    def _is_mine(self, arm: PendingConfirmation) -> bool:
        """Of the runs that this one takes back or goes on with."""
        return arm.run in (self.run.id, *self.run.of)

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


def _of(arms: Sequence[PendingConfirmation], host: str) -> PendingConfirmation | None:
    return next((arm for arm in arms if arm.host == host), None)


@dataclass(frozen=True)
class _Guard:
    """See `Guard`."""

    confirming: Confirming
    host: Host
    seconds: int | None
    late: tuple[PendingConfirmation, ...]
    """Those of other runs whose time is over, and of which nobody knows what came of them."""
    mine: tuple[PendingConfirmation, ...]
    """Those of the run that this one goes on with."""

    def __call__(self, session: Session, back: Sequence[WayBack]) -> Confirmation | None:
        for arm in self.late:
            self._settle(session, arm)
        for arm in self.mine:
            if (kept := self._kept(session, arm)) is not None:
                return kept
        return self._arm(session, self.seconds, back) if self.seconds is not None else None

    @property
    def _deadline(self) -> float:
        return self.host.connection.deadline

    def _look(self, session: Session, arm: PendingConfirmation) -> DisarmRecord:
        lines = session.run(looking_back(arm.run), seconds=self._deadline)
        return one(lines, DisarmRecord, host=self.host.name)

    def _settle(self, session: Session, arm: PendingConfirmation) -> None:
        """What is late may still come, and would take the new changes back."""
        found = self._look(session, arm)
        if found.found not in ("undone", "nothing"):
            state = {"armed": "is late", "running": "is under way", "begun": "was broken off"}
            words = (
                f"nothing was set: run {arm.run} was not confirmed, and its way back "
                f"{state.get(found.found or '', f'cannot be told ({found.error})')} on this host: "
                f"`confirm {arm.run}` or `rollback {arm.run}` first"
            )
            raise NotAllowed(self.host.name, words)
        self._close(arm, found.found)

    def _close(self, arm: PendingConfirmation, found: str) -> None:
        status: PendingStatus = "undone" if found == "undone" else "gone"
        self.confirming.journal.close_confirmation(arm.run, self.host.name, status)

    def _kept(self, session: Session, arm: PendingConfirmation) -> Confirmation | None:
        """The way back that the run before has put there: it leads to before that run."""
        if arm.status == "arming":
            # That run set nothing after it.
            list(session.run(disarming(arm.run), seconds=self._deadline))
            self.confirming.journal.close_confirmation(arm.run, self.host.name, "gone")
            return None
        found = self._look(session, arm).found
        if found in ("undone", "nothing"):
            # What is there now is as before that run: this one puts its own there.
            self._close(arm, found)
            return None
        if found != "armed":
            words = f"nothing was set: run {arm.run} was not confirmed: `confirm {arm.run}` first"
            raise NotAllowed(self.host.name, words)
        until = instant(arm.until)
        if until is None or self.confirming.clock() > until - _TOO_LATE:
            words = f"nothing was set: run {arm.run} was not confirmed, and goes back any moment"
            raise NotAllowed(self.host.name, words)
        return Confirmation(run=arm.run, until=arm.until or "")

    def _arm(self, session: Session, seconds: int, back: Sequence[WayBack]) -> Confirmation:
        run, journal, host = self.confirming.run.id, self.confirming.journal, self.host.name
        try:
            _refuse_of_a_user(back)
            script = arming(run, seconds, undoing(run, back))
        except ValueError as error:
            raise self._cannot(str(error)) from error
        journal.add_confirmation(
            run, host, {"seconds": seconds, "steps": [step.id for step in back]}
        )
        record = one(session.run(script, seconds=self._deadline), ArmRecord, host=host)
        if not record.ok or instant(record.until) is None:
            journal.close_confirmation(run, host, "gone")
            raise self._cannot(str(record.error or "no reason was given"))
        journal.rollback_scheduled(run, host, record.until or "")
        return Confirmation(run=run, until=record.until or "")

    def _cannot(self, why: str) -> NotAllowed:
        words = f"nothing was set, because the host could not be made to set itself back: {why}"
        return NotAllowed(self.host.name, words)


def _refuse_of_a_user(back: Sequence[WayBack]) -> None:
    for step in back:
        key = str(step.resource.target().get("Key", ""))
        if key.startswith(_OF_A_USER):
            raise ValueError(f"{step.id}: SYSTEM, which does it, finds another value at {key}")
