"""What has become of the steps of one host, written to the journal at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aovpn_remediate.engine.apply.changes import Change
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan.compare import needs, plain
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import StepRun, StepStatus


@dataclass
class StepRecorder:
    """A line for each step."""

    changes: dict[str, Change]
    log: HostJournal
    lines: dict[str, StepRun] = field(default_factory=dict)
    answers: dict[str, Answer] = field(default_factory=dict)
    """What each step's Get answered before the change."""
    restart: Restart = NOTHING
    """What the changes of this visit need."""

    def __post_init__(self) -> None:
        self.lines = {name: change.as_run() for name, change in self.changes.items()}

    def mark(self, step: str, status: StepStatus, message: str = "", **more: Any) -> None:
        """What has become of a step, not yet written."""
        update = {"status": status, "message": message, **more}
        self.lines[step] = self.lines[step].model_copy(update=update)

    def write(self, *steps: str) -> None:
        """These lines, as they are."""
        self.log.update_steps([self.lines[step] for step in steps])

    def see(self, step: str, state: State) -> None:
        """What was there after the Set."""
        shown = self.changes[step].resource.show(state)
        update = {"after": plain(state), "after_text": shown}
        self.lines[step] = self.lines[step].model_copy(update=update)

    def write_outcome(self, step: str) -> None:
        """A line after its record: with the restarts that it needs, where anything was changed."""
        line, change = self.lines[step], self.changes[step]
        seen_after = bool(line.after_text)
        moved = seen_after and not change.resource.same(line.after, line.before)
        if line.status == "unchanged" or not moved:
            self.write(step)
            return
        consequence = change.resource.consequence(self.answers[step], line.before, line.after)
        wanted = change.declared | consequence
        self.lines[step] = line.model_copy(update={"then": needs(wanted)})
        self.restart |= wanted
        self.log.record_change(self.lines[step], wanted)

    def lost(self, step: str, message: str) -> None:
        """A change that held, and does no more."""
        self.mark(step, "not_held", message)
        self.write(step)

    def with_status(self, *statuses: StepStatus) -> list[str]:
        """The steps of which this has become, in order."""
        return [step for step, line in self.lines.items() if line.status in statuses]
