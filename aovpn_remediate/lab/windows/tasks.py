"""What commit-confirm has put on a simulated host: files and scheduled tasks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Stage = Literal["armed", "begun", "undone", "nothing"]


@dataclass
class Task:
    """A way back that waits: its script, and when it runs, by the clock of the host."""

    run: str
    at: datetime
    script: str


@dataclass
class Tasks:
    """All that commit-confirm has left on a host, by run: it outlives reboots."""

    waiting: dict[str, Task] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    outcomes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def left(self) -> list[str]:
        """Everything that is there, in a word each: nothing, once a run is confirmed."""
        return [
            *(f"waiting {run}" for run in self.waiting),
            *(f"running {run}" for run in self.running),
            *(f"outcome {run}" for run in self.outcomes),
        ]

    def take_due(self, now: datetime) -> Task | None:
        """The first way back that is due; from then on it is under way."""
        due = sorted((task for task in self.waiting.values() if task.at <= now), key=_at)
        if not due:
            return None
        task = self.waiting.pop(due[0].run)
        self.running.add(task.run)
        return task

    def stage(self, run: str) -> Stage:
        """How far a way back is."""
        if run in self.waiting:
            return "armed"
        if any(line.startswith('{"undone":') for line in self.outcomes.get(run, ())):
            return "undone"
        return "begun" if run in self.running else "nothing"


def _at(task: Task) -> datetime:
    return task.at
