"""Sending steps to be set, and what the records of them mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aovpn_remediate.engine.apply.recorder import StepRecorder
from aovpn_remediate.engine.plan.compare import recheck_state
from aovpn_remediate.engine.reading.read import Reading, gather
from aovpn_remediate.engine.reading.records import Line, Record, parse
from aovpn_remediate.errors import Disconnected, Unreadable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import Readable, Setting, setting
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.results import StepStatus
from aovpn_remediate.transports.base import Session


@dataclass(frozen=True, eq=False)
class _Again:
    """A step that was set, read once more when all are."""

    step: str
    resource: Resource

    @property
    def id(self) -> str:
        return again(self.step)


def again(step: str) -> str:
    """The name of the record of a step that was sent and is read once more."""
    return f"{step}#again"


@dataclass
class StepBatch:
    """One pipeline that sets steps, then reads them and the after-checks again."""

    host: Host
    recorder: StepRecorder
    after: tuple[Check, ...]
    services: tuple[str, ...]
    ending: frozenset[str]
    """What has to become of a step to end the changes on the host."""

    def send(self, session: Session, sets: Sequence[Setting], *, functions: bool) -> Reading:
        """Set the steps; gives the reading at the end.

        Raises `RemediateError`s where records are missing: those steps stay unknown.
        """
        for one in sets:
            self.recorder.mark(one.id, "unknown", "it was sent, and no record of it came back")
        self.recorder.write(*(one.id for one in sets))
        sent = [_Again(one.id, one.resource) for one in sets]
        reads: list[Readable] = [*sent, *self.after]
        script = setting(sets, reads, self.services, functions=functions)
        output = session.run(script, seconds=self.host.connection.deadline)
        lines = parse(output, host=self.host.name)
        for one in sets:
            self._take(one, self._record(one, lines))
        tail = gather(lines, host=self.host.name, expected=[item.id for item in reads])
        for item in sent:
            if self.recorder.lines[item.step].status == "changed":
                self._still_holds(item, tail[item.id])
        return tail

    def held_up(self, sets: Sequence[Setting]) -> list[Setting]:
        """Steps that were skipped only because one before them had just become right by itself."""
        found = [self.recorder.lines[one.id].status for one in sets]
        if self.ending.intersection(found) - {"skipped"}:
            return []
        skipped = [one for one, status in zip(sets, found, strict=True) if status == "skipped"]
        return skipped if len(skipped) < len(sets) else []

    def _record(self, one: Setting, lines: Iterator[Line]) -> Record:
        record = next(lines, None)
        if not isinstance(record, Record) or record.id != one.id:
            raise Disconnected(self.host.name, f"no record of {one.id} has come")
        return record

    def _take(self, one: Setting, record: Record) -> None:
        """One record: what it says is written before the next one is looked at."""
        status, message = self._meaning(one, record)
        self.recorder.mark(one.id, status, message, time=record.time)
        if record.after is not None:
            self._see_after(one, record)
        self.recorder.write_outcome(one.id)

    def _see_after(self, one: Setting, record: Record) -> None:
        try:
            state = one.resource.normalise(record.after_answer)
        except Unreadable as error:
            self.recorder.mark(one.id, "not_held", f"it was set, and cannot be read back: {error}")
            return
        self.recorder.see(one.id, state)
        if record.ok and not one.resource.same(state, one.state):
            self.recorder.mark(one.id, "not_held", "it was set, but it reads back differently")

    def _meaning(self, one: Setting, record: Record) -> tuple[StepStatus, str]:
        if record.ok and record.after is None:
            return "not_held", "not read back"
        if record.ok:
            # A key that was made stays where others live in it.
            return ("unchanged" if record.after == record.before else "changed"), ""
        match record.error.id if record.error else "":
            case "Skipped":
                return "skipped", "an earlier step on this host failed"
            case "NotHeld":
                return "not_held", "it was set, but it reads back as before"
            case "StalePlan":
                return self._refused_by_guard(one, record)
        return "failed", str(record.error or "no reason was given")

    def _refused_by_guard(self, one: Setting, record: Record) -> tuple[StepStatus, str]:
        change = self.recorder.changes[one.id]
        found = recheck_state(one.resource, record, as_seen=change.as_seen, at_goal=change.at_goal)
        if found.verdict == "unchanged":
            return "unchanged", "somebody has just set it"
        return "stale", "somebody changed it a moment ago"

    def _still_holds(self, item: _Again, record: Record) -> None:
        try:
            state = item.resource.normalise(record.before_answer)
        except Unreadable as error:
            self.recorder.lost(item.step, f"it was set and held, and cannot be read again: {error}")
            return
        if not item.resource.same(state, self.recorder.lines[item.step].goal):
            self.recorder.see(item.step, state)
            self.recorder.lost(item.step, "it was set and held, and was then changed back")
