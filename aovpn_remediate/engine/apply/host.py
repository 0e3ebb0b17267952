"""The changes of one host, carried out: read again, set what is still as planned, read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from aovpn_remediate.engine.apply.backup import RunBackups, refused
from aovpn_remediate.engine.apply.changes import Change, Guard, HostChanges
from aovpn_remediate.engine.apply.recheck import recheck
from aovpn_remediate.engine.apply.recorder import StepRecorder
from aovpn_remediate.engine.apply.send import StepBatch, last_read_id
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.compare import check, needed_restart
from aovpn_remediate.engine.plan.host import exclude_by_checks, excluded_playbooks, warnings
from aovpn_remediate.engine.plan.unknown import Outcome, outcome, resolve, resolve_late
from aovpn_remediate.engine.reading.read import Reading, read
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.engine.reading.restart_needs import marks_of
from aovpn_remediate.errors import RemediateError, Unreadable, error_of_host
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import Readable, RollbackStep, Setting
from aovpn_remediate.resources.restart import REBOOT, Restart
from aovpn_remediate.results import (
    BackupRun,
    CheckResult,
    Confirmation,
    Facts,
    HostRun,
    PlaybookOnHost,
)
from aovpn_remediate.results.backups import asked_for
from aovpn_remediate.results.common import playbook_of
from aovpn_remediate.transports.base import Session

_READS: Mapping[Outcome, str] = {
    "changed": "it reads back as set",
    "failed": "it was not set",
    "not_held": "it reads back as something else",
}


@dataclass
class HostApply:
    """The work on one host, and its outcome so far."""

    changes: HostChanges
    journal: HostJournal
    report: Callable[[str], None]
    """An observer of progress, in a few words."""
    facts: Facts = field(default_factory=Facts)
    before: tuple[CheckResult, ...] = ()
    after: tuple[CheckResult, ...] = ()
    playbooks: tuple[PlaybookOnHost, ...] = ()
    error: RemediateError | None = None
    touched: bool = False
    guard: Guard | None = None
    """A function to call before anything is set."""
    run_backups: RunBackups | None = None
    """None where the run takes no backups."""
    backups: tuple[BackupRun, ...] = ()
    confirmation: Confirmation | None = None

    def __post_init__(self) -> None:
        by_id = {change.id: change for change in self.changes.steps}
        self.recorder = StepRecorder(by_id, self.journal)
        self.playbooks = self.changes.plan.playbooks if self.changes.plan else ()

    @property
    def services(self) -> tuple[str, ...]:
        """The services whose facts decide about restarts, each once."""
        names = [need.need for need in self.changes.needs if need.need != REBOOT]
        names += self.changes.also_services
        for change in self.changes.steps:
            names += [*change.planned.declared.services, *change.resource.may_restart]
        return Restart(services=tuple(names)).stops

    @property
    def failed(self) -> bool:
        """True if a step ended the changes on this host: then nothing is restarted."""
        excluded = excluded_playbooks(self.playbooks)
        return self.error is not None or any(
            step.status in self.changes.ending and playbook_of(name) not in excluded
            for name, step in self.recorder.steps.items()
        )

    @property
    def after_checks(self) -> tuple[Check, ...]:
        """The after-checks of the playbooks that are not excluded from this host."""
        excluded = excluded_playbooks(self.playbooks)
        return tuple(item for item in self.changes.after if playbook_of(item.id) not in excluded)

    def carry_out(self, session: Session) -> None:
        """Read, recheck, set and read back. Raises `RemediateError` for an incomplete reading."""
        self.report("reading")
        changes = self.changes
        reads: tuple[Readable, ...] = (
            *changes.unknown_steps,
            *changes.before,
            *changes.steps,
            *changes.after,
        )
        found = read(session, changes.host, reads, self.services)
        for item in resolve(changes.unknown_steps, found):
            self.journal.record_earlier_change(item.run, item.step, item.step.then)
        to_set = self._recheck(found)
        with self._nothing_set_where_refused(to_set):
            self._back_up(session, to_set)
            if to_set and self.guard is not None:
                self.report("scheduling its automatic rollback")
                steps = [self._rollback_step(one) for one in to_set]
                self.confirmation = self.guard(session, steps)
        batch = StepBatch(
            changes.host, self.recorder, self.after_checks, self.services, changes.ending
        )
        functions = not session.keeps_functions
        while to_set:
            self.report(f"setting {len(to_set)} of {len(changes.steps)} steps")
            try:
                tail = batch.send(session, to_set, functions=functions)
            finally:
                self.touched = batch.sent
            self._keep(tail)
            if self.recorder.restart:
                self.journal.mark_restarts(tail.facts)
            self._resolve_late(to_set, tail)
            to_set = batch.to_resend(to_set)
            # The prologue remembers that a step was refused until it is sent anew.
            functions = True

    def _back_up(self, session: Session, to_set: Sequence[Setting]) -> None:
        """Take each backup that a step to be set or a playbook asks for, once.

        Raises `BackupFailed`.
        """
        if self.run_backups is None:
            return
        steps = (self.recorder.changes[one.id].backup for one in to_set)
        for name in asked_for(self.playbooks, steps):
            self.report("taking a backup")
            backup = self.run_backups.take(session, self.changes.host, name)
            self.backups += (backup,)
            self.journal.record_backup(self.result(), backup)
            if backup.status == "failed":
                raise refused(backup)

    @contextmanager
    def _nothing_set_where_refused(self, to_set: Sequence[Setting]) -> Iterator[None]:
        """Mark the steps as skipped where what has to come before them raises an error."""
        try:
            yield
        except Exception:
            for one in to_set:
                self.recorder.mark(one.id, "skipped", "nothing is set on this host")
            self.recorder.write(*(one.id for one in to_set))
            raise

    def _rollback_step(self, one: Setting) -> RollbackStep:
        change, before = self.recorder.changes[one.id], self.recorder.steps[one.id].before
        answer, declared = self.recorder.answers[one.id], change.planned.declared
        restart = needed_restart(declared, change.resource, answer, change.goal, before)
        return RollbackStep(one.id, one.resource, before, one.expected, restart)

    def _keep(self, found: Reading) -> None:
        """Keep the facts and the after-checks of the latest reading."""
        self.facts = found.facts
        self.journal.marks = marks_of(found.facts)
        self.after = tuple(check(item, found[item.id]) for item in self.after_checks)

    def _recheck(self, found: Reading) -> list[Setting]:
        """Return the steps to set: none where a step is stale or unreadable, except in a rollback.

        Every step is written as it is now.
        """
        self.before = tuple(check(item, found[item.id]) for item in self.changes.before)
        self.playbooks = exclude_by_checks(self.playbooks, self.before)
        self._keep(found)
        excluded, recorder = excluded_playbooks(self.playbooks), self.recorder
        for change in self.changes.steps:
            step, answer = recheck(change, found[change.id], excluded)
            recorder.steps[change.id], recorder.answers[change.id] = step, answer
        to_set = recorder.with_status("not_done")
        ending = recorder.with_status("stale", "unreadable")
        if ending and self.changes.all_or_nothing:
            for name in to_set:
                recorder.mark(name, "skipped", f"nothing is set on this host: see {ending[0]}")
            to_set = []
        recorder.write(*recorder.steps)
        return [self._setting(recorder.changes[name], found) for name in self._that_are_set(to_set)]

    def _that_are_set(self, to_do: Sequence[str]) -> list[str]:
        """Return the steps that have a Set; the others need nothing but their restart."""
        to_set = []
        for name in to_do:
            if self.recorder.changes[name].resource.read_only:
                self.recorder.write_waiting(name, self.facts.time)
            else:
                to_set.append(name)
        return to_set

    def _resolve_late(self, sent: Sequence[Setting], tail: Reading) -> None:
        """Resolve unknown steps of earlier runs that something else has just set.

        The script of an earlier run can outlive its connection and set a step late.
        """
        unchanged = self.recorder.with_status("unchanged")
        just_set = {s.resource.thing(): last_read_id(s.id) for s in sent if s.id in unchanged}
        for item in resolve_late(self.changes.unknown_steps, just_set, tail):
            self.journal.record_earlier_change(item.run, item.step, item.step.then)

    @staticmethod
    def _setting(change: Change, found: Reading) -> Setting:
        expected = found[change.id].before or "null"
        return Setting(change.id, change.resource, change.goal, expected)

    def read_unknown(self, session: Session) -> None:
        """Read the steps that were sent and returned no record: nothing is ever set twice."""
        steps = tuple(self.recorder.changes[name] for name in self.recorder.with_status("unknown"))
        found = read(session, self.changes.host, (*steps, *self.after_checks), self.services)
        self._keep(found)
        for change in steps:
            self._resolve(change, found[change.id])

    def _resolve(self, change: Change, record: Record) -> None:
        recorder, step = self.recorder, self.recorder.steps[change.id]
        try:
            state = change.resource.normalise(record.before_answer)
        except Unreadable as error:
            message = f"the host sent no record, and it could not be read: {error}"
            recorder.mark(change.id, "unknown", message)
            recorder.write(change.id)
            return
        recorder.note_after(change.id, state)
        status = outcome(change.resource, state, before=step.before, goal=step.goal)
        message = f"the host sent no record; {_READS[status]}"
        time = None if status == "failed" else self.facts.time
        recorder.mark(change.id, status, message, time=time)
        recorder.write_outcome(change.id)

    def result(self) -> HostRun:
        """Return the outcome of the host so far."""
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
            playbooks=self.playbooks,
            before=self.before,
            backups=self.backups,
            steps=tuple(self.recorder.steps.values()),
            after=self.after,
            confirm=self.confirmation,
        )


def apply_host(
    changes: HostChanges,
    connect: Callable[[], Session],
    journal: HostJournal,
    report: Callable[[str], None],
    *,
    guard: Guard | None = None,
    backups: RunBackups | None = None,
) -> HostApply:
    """Carry out the changes of a host; a lost connection is reopened once, only to read."""
    work = HostApply(changes, journal, report, guard=guard, run_backups=backups)
    try:
        with connect() as session:
            work.carry_out(session)
    except Exception as error:  # noqa: BLE001 - the other hosts go on
        work.error = error_of_host(error)
    if work.recorder.with_status("unknown"):
        report("reading the steps that returned no record")
        try:
            with connect() as session:
                work.read_unknown(session)
        except Exception as error:  # noqa: BLE001 - the other hosts go on
            work.error = work.error or error_of_host(error)
    return work
