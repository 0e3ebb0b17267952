"""One visit to one host: read again, set what is still as it was seen, read back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from aovpn_remediate.engine.apply.changes import Change, Guard, HostChanges
from aovpn_remediate.engine.apply.recheck import recheck
from aovpn_remediate.engine.apply.recorder import StepRecorder
from aovpn_remediate.engine.apply.send import StepBatch, again
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.compare import check, needed_restart
from aovpn_remediate.engine.plan.host import kept_off, standings, warnings
from aovpn_remediate.engine.plan.unknown import Outcome, outcome, resolve, resolve_late
from aovpn_remediate.engine.reading.read import Reading, read
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.errors import RemediateError, Unreadable
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import Readable, RollbackStep, Setting
from aovpn_remediate.resources.restart import REBOOT, Restart
from aovpn_remediate.results import CheckResult, Confirmation, Facts, HostRun, PlaybookOnHost
from aovpn_remediate.results.common import playbook_of
from aovpn_remediate.transports.base import Session

_READS: Mapping[Outcome, str] = {
    "changed": "it reads back as wanted",
    "failed": "it was not set",
    "not_held": "it reads back differently",
}


@dataclass
class HostApply:
    """The work on one host, and what has become of it so far."""

    changes: HostChanges
    log: HostJournal
    tell: Callable[[str], None]
    """Progress, in a few words."""
    facts: Facts = field(default_factory=Facts)
    before: tuple[CheckResult, ...] = ()
    after: tuple[CheckResult, ...] = ()
    books: tuple[PlaybookOnHost, ...] = ()
    error: RemediateError | None = None
    touched: bool = False
    guard: Guard | None = None
    """Called before anything is set."""
    confirmation: Confirmation | None = None

    def __post_init__(self) -> None:
        self.recorder = StepRecorder({step.id: step for step in self.changes.steps}, self.log)
        self.books = self.changes.plan.playbooks if self.changes.plan else ()

    @property
    def services(self) -> tuple[str, ...]:
        """The services whose facts decide about restarts, each once."""
        names = [need.need for need in self.changes.needs if need.need != REBOOT]
        names += self.changes.also_services
        for step in self.changes.steps:
            names += [*step.declared.services, *step.resource.may_restart]
        return Restart(services=tuple(names)).stops

    @property
    def failed(self) -> bool:
        """Whether a step ended the changes on this host: then nothing is restarted."""
        off = kept_off(self.books)
        return self.error is not None or any(
            line.status in self.changes.ending and playbook_of(step) not in off
            for step, line in self.recorder.lines.items()
        )

    @property
    def after_checks(self) -> tuple[Check, ...]:
        """Those of the playbooks that are not kept off this host."""
        off = kept_off(self.books)
        return tuple(item for item in self.changes.after if playbook_of(item.id) not in off)

    def carry_out(self, session: Session) -> None:
        """Read, decide, set, read back. Raises `RemediateError` where a reading is not whole."""
        self.tell("reading")
        parts = self.changes
        reads: list[Readable] = [*parts.unknown_steps, *parts.before, *parts.steps, *parts.after]
        found = read(session, parts.host, tuple(reads), self.services)
        for item in resolve(parts.unknown_steps, found):
            self.log.record_earlier_change(item.run, item.step, item.restart)
        waiting = self._decide(found)
        if waiting and self.guard is not None:
            self._ask_guard(self.guard, session, waiting)
        sending = StepBatch(
            parts.host, self.recorder, self.after_checks, self.services, parts.ending
        )
        functions = not session.keeps_functions
        while waiting:
            self.tell(f"setting {len(waiting)} of {len(parts.steps)} steps")
            self.touched = True
            tail = sending.send(session, waiting, functions=functions)
            self._look(tail)
            self._credit(waiting, tail)
            waiting = sending.held_up(waiting)
            # The prologue remembers that a step was refused until it is sent anew.
            functions = True

    def _ask_guard(self, guard: Guard, session: Session, waiting: Sequence[Setting]) -> None:
        """Schedule the automatic rollback. Raises `RemediateError`: nothing is set then."""
        self.tell("scheduling its automatic rollback")
        try:
            self.confirmation = guard(session, [self._rollback_step(one) for one in waiting])
        except RemediateError:
            for one in waiting:
                self.recorder.mark(one.id, "skipped", "nothing is set on this host")
            self.recorder.write(*(one.id for one in waiting))
            raise

    def _rollback_step(self, one: Setting) -> RollbackStep:
        step, before = self.recorder.changes[one.id], self.recorder.lines[one.id].before
        answer = self.recorder.answers[one.id]
        needs = needed_restart(step.declared, step.resource, answer, step.goal, before)
        return RollbackStep(one.id, one.resource, before, one.expected, needs)

    def _look(self, found: Reading) -> None:
        self.facts = found.facts
        self.after = tuple(check(item, found[item.id]) for item in self.after_checks)

    def _decide(self, found: Reading) -> list[Setting]:
        """What is to be set; nothing where a step is stale or unreadable."""
        self.before = tuple(check(item, found[item.id]) for item in self.changes.before)
        self.books = standings(self.books, self.before)
        self._look(found)
        off = kept_off(self.books)
        recorder = self.recorder
        for step in self.changes.steps:
            recorder.lines[step.id], recorder.answers[step.id] = recheck(step, found[step.id], off)
        waiting = recorder.with_status("not_done")
        ending = recorder.with_status("stale", "unreadable")
        if ending and self.changes.alone:
            for step_id in waiting:
                recorder.mark(step_id, "skipped", f"nothing is set on this host: see {ending[0]}")
            waiting = []
        recorder.write(*recorder.lines)
        return [self._setting(recorder.changes[step_id], found) for step_id in waiting]

    def _credit(self, sent: Sequence[Setting], tail: Reading) -> None:
        """What somebody has just set, an earlier run may have: its script can outlive it."""
        unchanged = self.recorder.with_status("unchanged")
        just_set = {s.resource.thing(): again(s.id) for s in sent if s.id in unchanged}
        for item in resolve_late(self.changes.unknown_steps, just_set, tail):
            self.log.record_earlier_change(item.run, item.step, item.restart)

    @staticmethod
    def _setting(step: Change, found: Reading) -> Setting:
        return Setting(step.id, step.resource, step.goal, found[step.id].before or "null")

    def read_unknown(self, session: Session) -> None:
        """Read again what was sent without a record: nothing is ever set twice."""
        steps = tuple(self.recorder.changes[name] for name in self.recorder.with_status("unknown"))
        found = read(session, self.changes.host, (*steps, *self.after_checks), self.services)
        self._look(found)
        for step in steps:
            self._resolve(step, found[step.id])

    def _resolve(self, step: Change, record: Record) -> None:
        recorder, line = self.recorder, self.recorder.lines[step.id]
        try:
            state = step.resource.normalise(record.before_answer)
        except Unreadable as error:
            recorder.mark(step.id, "unknown", f"no record of it came, and: {error}")
            recorder.write(step.id)
            return
        recorder.see(step.id, state)
        became = outcome(step.resource, state, before=line.before, goal=line.goal)
        words = f"no record of it came; {_READS[became]}"
        recorder.mark(step.id, became, words, time=None if became == "failed" else self.facts.time)
        recorder.write_outcome(step.id)

    def result(self) -> HostRun:
        """What has become of the host so far."""
        host = self.changes.host
        return HostRun(
            host=host.name,
            address=host.address,
            groups=host.groups,
            error=str(self.error) if self.error else None,
            error_kind=type(self.error).__name__ if self.error else "",
            touched=self.touched,
            facts=self.facts,
            warnings=warnings(host),
            playbooks=self.books,
            before=self.before,
            steps=tuple(self.recorder.lines.values()),
            after=self.after,
            confirm=self.confirmation,
        )


def apply_host(
    changes: HostChanges,
    connect: Callable[[], Session],
    log: HostJournal,
    tell: Callable[[str], None],
    guard: Guard | None = None,
) -> HostApply:
    """The whole first visit; a lost connection is taken up once, to read and never to set."""
    work = HostApply(changes, log, tell, guard=guard)
    try:
        with connect() as session:
            work.carry_out(session)
    except RemediateError as error:
        work.error = error
    if work.recorder.with_status("unknown"):
        tell("reading what no record told")
        try:
            with connect() as session:
                work.read_unknown(session)
        except RemediateError as error:
            work.error = work.error or error
    return work
