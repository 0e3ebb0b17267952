"""One visit to one host: read again, set what is still as it was seen, read back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

from aovpn_remediate.engine.changes import check, judge, needs, plain
from aovpn_remediate.engine.intents import HostIntents, Intent
from aovpn_remediate.engine.plan import block, read, warnings
from aovpn_remediate.engine.records import Reading, Record, gather, parse
from aovpn_remediate.engine.results import (
    FAILED_STATUSES,
    CheckResult,
    Facts,
    HostRun,
    PlaybookOnHost,
    StepRun,
    StepStatus,
)
from aovpn_remediate.engine.unsettled import Settled, settle
from aovpn_remediate.errors import Disconnected, RemediateError, TransportError, Unreadable
from aovpn_remediate.rendering.batch import Readable, Setting, setting
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.transports.base import Session


class Log(Protocol):
    """Where a visit writes what becomes of its host, at once: the journal."""

    def steps(self, steps: Iterable[StepRun]) -> None:
        """Before they are sent, and after each record."""
        ...

    def changed(self, step: StepRun, restart: Restart) -> None:
        """A step that was set, with the restarts that it needs."""
        ...

    def settled(self, item: Settled) -> None:
        """What became of a step of an earlier run."""
        ...


@dataclass(frozen=True, eq=False)
class _Again:
    """A step that was set, read once more at the end."""

    id: str
    resource: Resource


@dataclass
class Visit:
    """The work on one host, and what has become of it so far."""

    intents: HostIntents
    log: Log
    tell: Callable[[str], None]
    """Progress, in a few words."""
    facts: Facts = field(default_factory=Facts)
    before: tuple[CheckResult, ...] = ()
    after: tuple[CheckResult, ...] = ()
    books: tuple[PlaybookOnHost, ...] = ()
    error: RemediateError | None = None
    runs: dict[str, StepRun] = field(default_factory=dict)
    restart: Restart = NOTHING
    """What the changes of this visit need."""
    touched: bool = False

    def __post_init__(self) -> None:
        self.runs = {step.id: step.as_run() for step in self.intents.steps}
        self.books = self.intents.plan.playbooks if self.intents.plan else ()
        self._blocked: set[str] = set()
        self._answers: dict[str, Any] = {}

    # The whole of it

    def carry_out(self, session: Session) -> None:
        """Read, decide, set, read back. Raises `TransportError` where the reading fails."""
        self.tell("reading")
        found = read(session, self.intents.host, self._reads(), self.services)
        self.facts = found.facts
        for item in settle(self.intents.unsettled, found):
            self.log.settled(item)
        self._take_checks(found)
        waiting = self._decide(found)
        functions = not session.keeps_functions
        while waiting:
            waiting = self._set(session, waiting, functions=functions)
            # The prologue remembers that a step was refused until it is sent anew.
            functions = True

    def _reads(self) -> tuple[Readable, ...]:
        parts = self.intents
        return (*parts.unsettled, *parts.before, *parts.steps, *parts.after)

    @property
    def services(self) -> tuple[str, ...]:
        """The services whose facts decide about restarts."""
        names = [need.need for need in self.intents.needs] + [*self.intents.also_services]
        for step in self.intents.steps:
            names += [*step.declared.services, *step.resource.may_restart]
        return tuple({n.casefold(): n for n in names if n != "reboot"}.values())

    @property
    def failed(self) -> bool:
        """Whether a step ended the changes on this host."""
        return self.error is not None or any(
            run.status in FAILED_STATUSES and not self._is_blocked(run.id)
            for run in self.runs.values()
        )

    def _is_blocked(self, step: str) -> bool:
        return step.split("/", maxsplit=1)[0] in self._blocked

    # Deciding

    def _take_checks(self, found: Reading) -> None:
        self.before = tuple(check(item, found[item.id]) for item in self.intents.before)
        self.after = tuple(check(item, found[item.id]) for item in self.intents.after)
        books = []
        for book in self.books:
            mine = [c for c in self.before if c.id.split("/")[0] == book.name]
            standing = block(book, mine) if book.status == "applies" else book
            if standing.status != "applies":
                self._blocked.add(book.name)
            books.append(standing)
        self.books = tuple(books)

    def _decide(self, found: Reading) -> list[Setting]:
        """What is to be set; nothing where a step is stale or unreadable."""
        waiting = []
        for step in self.intents.steps:
            run = self._judged(step, found[step.id])
            self.runs[step.id] = run
            if run.status == "not_done":
                waiting.append(
                    Setting(step.id, step.resource, step.goal, found[step.id].before or "null")
                )
        ending = [r for r in self.runs.values() if r.status in ("stale", "unreadable")]
        if ending and waiting and self.intents.alone:
            for one in waiting:
                self._mark(one.id, "skipped", message=f"nothing is set here: see {ending[0].id}")
            waiting = []
        self.log.steps(self.runs.values())
        return waiting

    def _judged(self, step: Intent, record: Record) -> StepRun:
        if self._is_blocked(step.id):
            why = next(b.reason for b in self.books if b.name == step.id.split("/")[0])
            return step.as_run("skipped", message=f"a before-check keeps the playbook off: {why}")
        found = judge(step.resource, record, seen=step.seen, at_goal=step.at_goal)
        if found.verdict == "unreadable":
            return step.as_run("unreadable", message=found.reason)
        self._answers[step.id] = found.answer
        common: dict[str, Any] = {
            "before": plain(found.state),
            "before_text": step.resource.show(found.state),
            "read": True,
        }
        if found.verdict == "unchanged" and step.readable:
            return step.as_run("unchanged", **common)
        if found.verdict == "set" and step.sets:
            return step.as_run("not_done", **common)
        if step.manual and step.resource.same(found.state, step.seen):
            return step.as_run("manual", message=step.manual, **common)
        message = found.reason or "the host is neither as the plan saw it nor as wanted"
        return step.as_run("stale", message=f"{message}: plan again", **common)

    # Setting

    def _set(self, session: Session, waiting: list[Setting], *, functions: bool) -> list[Setting]:
        """Send the steps; what the guard of an already right step held up is given back."""
        self.tell(f"setting {len(waiting)} {'step' if len(waiting) == 1 else 'steps'}")
        reads: list[Readable] = [_Again(f"{one.id}#again", one.resource) for one in waiting]
        reads += self.intents.after
        for one in waiting:
            self._mark(one.id, "unknown", message="sent; no record of it has come")
        self.log.steps([self.runs[one.id] for one in waiting])
        self.touched = True
        script = setting(waiting, reads, self.services, functions=functions)
        lines = parse(
            session.run(script, seconds=self.intents.host.connection.deadline),
            host=self.intents.host.name,
        )
        expected = {one.id: one for one in waiting}
        try:
            self._take_records(expected, lines)
            tail = gather(
                lines,
                host=self.intents.host.name,
                expected=[item.id for item in reads],
            )
        except RemediateError as error:
            self.error = error
            return []
        self._take_tail(tail, waiting)
        return self._held_up(waiting)

    def _take_records(self, expected: dict[str, Setting], lines: Iterator[Any]) -> None:
        """A record for each step that was sent, in their order."""
        for step, one in expected.items():
            record = next(lines, None)
            if not isinstance(record, Record) or record.id != step:
                raise Disconnected(self.intents.host.name, f"no record of {step} has come")
            self._take(one, record)

    def _take(self, one: Setting, record: Record) -> None:
        run = self.runs[one.id]
        more: dict[str, Any] = {"time": record.time}
        try:
            after = one.resource.normalise(record.after_answer)
            more |= {"after": plain(after), "after_text": one.resource.show(after)}
            held = one.resource.same(after, one.state)
        except Unreadable as error:
            held, after = False, None
            more["message"] = str(error)
        if record.ok:
            words = {} if held else {"message": "it reads back otherwise"}
            self._mark(one.id, "changed" if held else "not_held", **{**words, **more})
        else:
            status, message = self._refusal(one, record)
            self._mark(one.id, status, **{**more, "message": message})
        self._write(one, run.before)

    def _refusal(self, one: Setting, record: Record) -> tuple[StepStatus, str]:
        """What an error in a record means."""
        said = str(record.error or "no reason was given")
        kind = record.error.id if record.error else ""
        if kind == "Skipped":
            return "skipped", "an earlier step on this host failed"
        if kind == "NotHeld":
            return "not_held", "it was set, but it reads back as before"
        if kind == "StalePlan":
            step = self._intent(one.id)
            found = judge(one.resource, record, seen=step.seen, at_goal=step.at_goal)
            if found.verdict == "unchanged":
                return "unchanged", "somebody has just set it"
            return "stale", "it was changed a moment ago by somebody else: plan again"
        return "failed", said

    def _write(self, one: Setting, before: dict[str, Any] | None) -> None:
        """To the journal, with the restarts where anything was changed."""
        run = self.runs[one.id]
        if run.after is None and run.status not in ("changed", "not_held", "failed"):
            self.log.steps([run])
            return
        if one.resource.same(run.after, before) or run.status == "unchanged":
            self.log.steps([run])
            return
        step = self._intent(one.id)
        wanted = step.declared | one.resource.consequence(self._answers[one.id], before, run.after)
        self.runs[one.id] = run.model_copy(update={"then": needs(wanted)})
        self.restart |= wanted
        self.log.changed(self.runs[one.id], wanted)

    def _take_tail(self, tail: Reading, waiting: list[Setting]) -> None:
        """The after-checks, and whether every change still holds."""
        self.facts = tail.facts
        self.after = tuple(check(item, tail[item.id]) for item in self.intents.after)
        for one in waiting:
            if self.runs[one.id].status == "changed":
                self._still_holds(one, tail[f"{one.id}#again"])

    def _still_holds(self, one: Setting, record: Record) -> None:
        try:
            state = one.resource.normalise(record.before_answer)
            message = "it was set and held, and then it was changed back"
            holds = one.resource.same(state, one.state)
            more = {"after": plain(state), "after_text": one.resource.show(state)}
        except Unreadable as error:
            holds, message, more = False, str(error), {}
        if not holds:
            self._mark(one.id, "not_held", message=message, **more)
            self.log.steps([self.runs[one.id]])

    def lose(self, step: str, found: str) -> None:
        """A change that did not outlive the restart."""
        message = f"it was set and held, but after the restart it reads {found}"
        self._mark(step, "not_held", message=message)
        self.log.steps([self.runs[step]])

    def _held_up(self, waiting: list[Setting]) -> list[Setting]:
        """Steps skipped only because an earlier one had just become right by itself."""
        for place, one in enumerate(waiting):
            if self.runs[one.id].status in FAILED_STATUSES:
                refused = place > 0 and self.runs[waiting[place - 1].id].status == "unchanged"
                rest = waiting[place:] if refused else []
                return [o for o in rest if self.runs[o.id].status == "skipped"]
        return []

    def _intent(self, step: str) -> Intent:
        return next(intent for intent in self.intents.steps if intent.id == step)

    # What no record tells

    @property
    def unknown(self) -> list[Intent]:
        """The steps that were sent and of which no record came."""
        return [s for s in self.intents.steps if self.runs[s.id].status == "unknown"]

    def read_unknown(self, session: Session) -> None:
        """Read again what was sent without a record: nothing is ever set twice."""
        steps = self.unknown
        found = read(session, self.intents.host, tuple(steps), self.services)
        self.facts = found.facts
        for step in steps:
            self._resolve(step, found[step.id], found.facts.time)

    def _resolve(self, step: Intent, record: Record, now: str | None) -> None:
        run = self.runs[step.id]
        before: State = run.before
        try:
            state = step.resource.normalise(record.before_answer)
        except Unreadable as error:
            self._mark(step.id, "unknown", message=f"no record of it came; {error}")
            return
        more = {"after": plain(state), "after_text": step.resource.show(state)}
        if step.at_goal(state):
            words = "no record of it came; it reads back as wanted"
            self._mark(step.id, "changed", message=words, time=now, **more)
        elif step.resource.same(state, before):
            self._mark(step.id, "failed", message="no record of it came; it was not set", **more)
        else:
            self._mark(step.id, "not_held", message="no record of it came", **more)
        self._write(Setting(step.id, step.resource, step.goal, ""), run.before)

    def _mark(self, step: str, status: StepStatus, **more: Any) -> None:
        self.runs[step] = self.runs[step].model_copy(update={"status": status, **more})

    def result(self) -> HostRun:
        """What has become of the host so far."""
        error = self.error
        return HostRun(
            host=self.intents.host.name,
            address=self.intents.host.address,
            groups=self.intents.host.groups,
            error=str(error) if error else None,
            error_kind=type(error).__name__ if error else "",
            touched=self.touched,
            facts=self.facts,
            warnings=warnings(self.intents.host),
            playbooks=self.books,
            before=self.before,
            steps=tuple(self.runs.values()),
            after=self.after,
        )


def visit(
    intents: HostIntents,
    connect: Callable[[], Session],
    log: Log,
    tell: Callable[[str], None],
) -> Visit:
    """The whole first visit; a lost connection is taken up once, to read and never to set."""
    work = Visit(intents, log, tell)
    try:
        with connect() as session:
            work.carry_out(session)
    except RemediateError as error:
        work.error = work.error or error
    if work.unknown:
        tell("reading what no record told")
        try:
            with connect() as session:
                work.read_unknown(session)
        except TransportError as error:
            work.error = work.error or error
    return work
