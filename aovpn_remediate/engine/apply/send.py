"""Sending steps to be set, and the meaning of the records that come back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from aovpn_remediate.engine.apply.changes import holds_of
from aovpn_remediate.engine.apply.recheck import is_still_to_set, recheck_state
from aovpn_remediate.engine.apply.recorder import StepRecorder
from aovpn_remediate.engine.reading.read import Reading, gather
from aovpn_remediate.engine.reading.records import Line, Record, parse
from aovpn_remediate.errors import Disconnected, RemediateError, TransportError, Unreadable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import Readable, Setting, setting
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.results import StepStatus
from aovpn_remediate.transports.base import Session

_AFTER_A_FAILURE = "an earlier step on this host failed"


@dataclass(frozen=True, eq=False)
class _LastRead:
    """The reading of a step after all steps of its batch were set."""

    step: str
    resource: Resource

    @property
    def id(self) -> str:
        return last_read_id(self.step)


_MAY_BE_SENT = "it may have been sent, and the host sent no record"
_SENT = "it was sent, and the host sent no record"
_NOT_SENT = "it was not sent"


def last_read_id(step: str) -> str:
    """Return the id of the record of a step that is read again at the end of its batch."""
    return f"{step}#again"


@dataclass
class StepBatch:
    """One pipeline that sets steps, then reads them and the after-checks again."""

    host: Host
    recorder: StepRecorder
    after: tuple[Check, ...]
    services: tuple[str, ...]
    ending: frozenset[str]
    """The statuses of a step that end the changes on the host."""
    sent: bool = False
    """False as long as certainly nothing was sent."""
    moved: dict[str, str] = field(default_factory=dict, init=False)
    """The answers that are expected of the steps that have to be sent once more."""

    def send(self, session: Session, sets: Sequence[Setting], *, functions: bool) -> Reading:
        """Set the steps, and return the reading at the end.

        Raises `RemediateError` where records are missing: those steps stay unknown.
        """
        right = self.recorder.with_status("unchanged")
        last = [_LastRead(one.id, one.resource) for one in sets]
        last += [_LastRead(name, self.recorder.changes[name].resource) for name in right]
        reads: list[Readable] = [*last, *self.after]
        script = setting(sets, reads, self.services, functions=functions)
        steps = [one.id for one in sets]
        # Before it is sent: this program may be killed at any moment.
        self._write_all(steps, "unknown", _MAY_BE_SENT)
        was_sent, self.sent = self.sent, True
        output = session.run(script, seconds=self.host.connection.deadline)
        lines = parse(output, host=self.host.name)
        try:
            for one in sets:
                self._take(one, self._next_record(one, lines))
        except RemediateError as error:
            may_have_run = not isinstance(error, TransportError) or error.may_have_run
            self.sent = was_sent or may_have_run
            self._note_unrecorded(steps, may_have_run=may_have_run)
            raise
        tail = gather(lines, host=self.host.name, expected=[item.id for item in reads])
        for item in last:
            if item.step in right:
                self._prove_held(item, tail[item.id], "it was as wanted")
            elif self.recorder.steps[item.step].status == "changed":
                self._prove_held(item, tail[item.id], "it was set")
        return tail

    def _write_all(self, steps: Sequence[str], status: StepStatus, message: str) -> None:
        for step in steps:
            self.recorder.mark(step, status, message)
        self.recorder.write(*steps)

    def _note_unrecorded(self, steps: Sequence[str], *, may_have_run: bool) -> None:
        left = [step for step in steps if self.recorder.steps[step].status == "unknown"]
        status: StepStatus = "unknown" if may_have_run else "skipped"
        self._write_all(left, status, _SENT if may_have_run else _NOT_SENT)

    def to_resend(self, sets: Sequence[Setting]) -> list[Setting]:
        """Return the steps that were refused for what other steps of the run had set of them.

        With them those that were skipped only because an earlier one was refused, or turned out to
        be set already.
        """
        statuses = [self.recorder.steps[one.id].status for one in sets]
        refused = [one.id for one in sets if self.recorder.steps[one.id].status == "not_done"]
        if self.ending.intersection(statuses) - {"skipped"}:
            for step in refused:
                self.recorder.mark(step, "skipped", _AFTER_A_FAILURE)
            self.recorder.write(*refused)
            return []
        again = [
            replace(one, expected=self.moved[one.id]) if one.id in refused else one
            for one, status in zip(sets, statuses, strict=True)
            if status in ("skipped", "not_done")
        ]
        return again if refused or len(again) < len(sets) else []

    def _next_record(self, one: Setting, lines: Iterator[Line]) -> Record:
        record = next(lines, None)
        if not isinstance(record, Record) or record.id != one.id:
            raise Disconnected(self.host.name, f"the host sent no record of {one.id}")
        return record

    def _take(self, one: Setting, record: Record) -> None:
        """Write the outcome of one step before the next record is read."""
        status, message = self._meaning(one, record)
        self.recorder.mark(one.id, status, message, time=record.time)
        if record.after is not None:
            self._note_after(one, record)
        self.recorder.write_outcome(one.id)

    def _note_after(self, one: Setting, record: Record) -> None:
        try:
            state = one.resource.normalise(record.after_answer)
        except Unreadable as error:
            message = f"it was set, but could not be read back: {error}"
            self.recorder.mark(one.id, "not_held", message)
            return
        self.recorder.note_after(one.id, state)
        if record.ok and not one.resource.same(state, one.state):
            self.recorder.mark(one.id, "not_held", "it was set, but reads back as something else")

    def _meaning(self, one: Setting, record: Record) -> tuple[StepStatus, str]:
        if record.ok and record.after is None:
            return "not_held", "it was set, but not read back"
        if record.ok:
            # A new key stays where something else lives in it.
            return ("unchanged" if record.after == record.before else "changed"), ""
        match record.error.id if record.error else "":
            case "Skipped":
                return "skipped", _AFTER_A_FAILURE
            case "NotHeld":
                return "not_held", "it was set, but reads back as before"
            case "StalePlan":
                return self._refused_as_stale(one, record)
        return "failed", str(record.error or "no reason was given")

    def _refused_as_stale(self, one: Setting, record: Record) -> tuple[StepStatus, str]:
        change, before = self.recorder.changes[one.id], self.recorder.steps[one.id].before
        now = recheck_state(change, record)
        if now.verdict == "unchanged":
            return "unchanged", "something else set it in the meantime"
        if one.id not in self.moved and is_still_to_set(change, record, before):
            self.moved[one.id] = record.before or "null"
            self.recorder.note_before(one.id, now.state, now.answer)
            return "not_done", ""
        return "stale", "something else changed it in the meantime"

    def _prove_held(self, item: _LastRead, record: Record, was: str) -> None:
        try:
            state = item.resource.normalise(record.before_answer)
        except Unreadable as error:
            message = f"{was}, but could not be read again: {error}"
            self.recorder.write_not_held(item.step, message)
            return
        done, change = self.recorder.steps[item.step], self.recorder.changes[item.step]
        # In a rollback the next step may set back what this one has found as it was to be.
        is_shared = change.restores and item.resource.is_held(state, done.before, done.goal)
        is_goal = item.resource.same(state, done.goal) or holds_of(done, change)(state)
        if not (is_shared or is_goal):
            self.recorder.note_after(item.step, state)
            self.recorder.write_not_held(item.step, f"{was}, and then changed by something else")
