"""Automatic rollbacks on a simulated host: their scheduled tasks and outcome files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

Stage = Literal["armed", "failed", "begun", "undone", "nothing"]


@dataclass
class Task:
    """A scheduled rollback: its script, and its time by the clock of the host."""

    run: str
    at: datetime
    script: str
    result: int = 0
    """The result with which it has failed; 0 where it has not."""


@dataclass
class Tasks:
    """The automatic rollbacks on a host by run; they survive reboots."""

    waiting: dict[str, Task] = field(default_factory=dict)
    running: set[str] = field(default_factory=set)
    outcomes: dict[str, list[str]] = field(default_factory=dict)

    @property
    def leftovers(self) -> list[str]:
        """A line for everything that exists; empty once all runs are confirmed."""
        return [
            *(f"waiting {run}" for run in self.waiting),
            *(f"running {run}" for run in self.running),
            *(f"outcome {run}" for run in self.outcomes),
        ]

    def take_due(self, now: datetime) -> Task | None:
        """Return the first rollback that is due, or None, and mark it as running."""
        waiting = [task for task in self.waiting.values() if not task.result]
        due = sorted((task for task in waiting if task.at <= now), key=_at)
        if not due:
            return None
        task = self.waiting.pop(due[0].run)
        self.running.add(task.run)
        return task

    def fail(self, task: Task, result: int) -> None:
        """Record that a task which was taken has ended with a result before it did anything."""
        self.running.discard(task.run)
        self.waiting[task.run] = replace(task, result=result)

    def stage(self, run: str) -> Stage:
        """Return the stage of the rollback of a run."""
        if run in self.waiting:
            return "failed" if self.waiting[run].result else "armed"
        if any(line.startswith('{"undone":') for line in self.outcomes.get(run, ())):
            return "undone"
        return "begun" if run in self.running else "nothing"


def _at(task: Task) -> datetime:
    return task.at
