"""The steps of one host as a run records them: every new status goes to the journal at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aovpn_remediate.engine.apply.changes import Change, waits_for_restart
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.compare import needed_restart
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import StepRun, StepStatus


@dataclass
class StepRecorder:
    """A record of each step of one host, by the id of the step."""

    changes: dict[str, Change]
    journal: HostJournal
    steps: dict[str, StepRun] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """The answer of each step's Get before the change."""
    restart: Restart = NOTHING
    """The restarts that the changes made so far need."""

    def __post_init__(self) -> None:
        self.steps = {name: change.as_run() for name, change in self.changes.items()}

    def mark(self, step: str, status: StepStatus, message: str = "", **more: Any) -> None:
        """Give a step another status, without writing it yet."""
        update = {"status": status, "message": message, **more}
        self.steps[step] = self.steps[step].model_copy(update=update)

    def write(self, *steps: str) -> None:
        """Write steps to the journal as they are."""
        self.journal.update_steps([self.steps[step] for step in steps])

    def note_before(self, step: str, state: State, answer: Answer) -> None:
        """Note the state of a step right before its Set, where it has moved since it was read."""
        update = {"before": state, "before_text": self.changes[step].resource.show(state)}
        self.steps[step] = self.steps[step].model_copy(update=update)
        self.answers[step] = answer

    def note_after(self, step: str, state: State) -> None:
        """Note the state of a step after its Set."""
        update = {"after": state, "after_text": self.changes[step].resource.show(state)}
        self.steps[step] = self.steps[step].model_copy(update=update)

    def write_outcome(self, step: str) -> None:
        """Write a step after its record came, with the restarts that it needs if it has changed."""
        done, change = self.steps[step], self.changes[step]
        is_read_back = bool(done.after_text)
        has_moved = is_read_back and not change.resource.same(done.after, done.before)
        if done.status == "unchanged" or not has_moved:
            self.write(step)
            return
        then = needed_restart(
            done.declared, change.resource, self.answers[step], done.before, done.after
        )
        self.steps[step] = done.model_copy(update={"then": then})
        self.restart |= then
        self.journal.record_change(self.steps[step], then)

    def write_waiting(self, step: str, time: str | None) -> None:
        """Write a step of which nothing is set: it waits for the restart that it declares."""
        then = self.steps[step].declared
        self.mark(step, "not_done", f"nothing is set: it waits for {then}", time=time, then=then)
        self.restart |= then
        self.journal.record_change(self.steps[step], then)

    def write_restarted(self, step: str) -> None:
        """Write a step that waited for a restart, and is compliant after it."""
        self.mark(step, "changed", "nothing was set: the restart was all that it needed")
        self.note_after(step, self.steps[step].goal)
        self.write(step)

    def write_not_held(self, step: str, message: str) -> None:
        """Write a step that was set, and no longer is as it was set."""
        self.mark(step, "not_held", message)
        self.write(step)

    @property
    def waiting(self) -> tuple[str, ...]:
        """The steps of which nothing is set, and which wait for their restart."""
        return tuple(name for name, step in self.steps.items() if waits_for_restart(step))

    def with_status(self, *statuses: StepStatus) -> list[str]:
        """Return the ids of the steps with one of these statuses, in order."""
        return [name for name, step in self.steps.items() if step.status in statuses]
