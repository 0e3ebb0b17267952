"""The accuracy of a plan: its prediction for each step, the outcome, and why they differ.

A pure function of a run, which holds for each step the state that the plan saw and its goal. Texts
are as hosts gave them: each format makes them safe in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aovpn_remediate.reports.vocabulary import HAPPENED
from aovpn_remediate.results import HostRun, Run, StepRun

Verdict = Literal["as_predicted", "not_as_predicted", "not_tried"]

WORDS: Mapping[Verdict, str] = {
    "as_predicted": "as predicted",
    "not_as_predicted": "not as predicted",
    "not_tried": "not tried or unknown",
}

_NOT_TRIED = ("not_done", "skipped", "unknown")


@dataclass(frozen=True)
class StepAccuracy:
    """One step on one host; `why` is empty if it went as predicted."""

    host: str
    step: str
    predicted: str
    """`absent -> dword 1`, `stays dword 1`, or that the plan could not read it."""
    happened: str
    verdict: Verdict
    """`not_tried`: the step was not tried, so that its prediction was not tested."""
    why: str = ""


@dataclass(frozen=True)
class Accuracy:
    """All steps of a run, in its order."""

    steps: tuple[StepAccuracy, ...]

    def number(self, verdict: Verdict) -> int:
        """Count the steps with this verdict."""
        return sum(step.verdict == verdict for step in self.steps)

    @property
    def as_predicted(self) -> int:
        """The number of steps that went as predicted."""
        return self.number("as_predicted")

    @property
    def not_as_predicted(self) -> int:
        """The number of steps that did not go as predicted."""
        return self.number("not_as_predicted")

    @property
    def not_tried(self) -> int:
        """The number of steps that were not tried."""
        return self.number("not_tried")

    @property
    def deviations(self) -> tuple[StepAccuracy, ...]:
        """The steps that did not go as predicted, or were not tried."""
        return tuple(step for step in self.steps if step.verdict != "as_predicted")

    def __str__(self) -> str:
        """Return such as `4 of 6 steps as predicted, 2 not as predicted`."""
        total = len(self.steps)
        parts = [f"{self.as_predicted} of {total} step{'' if total == 1 else 's'} as predicted"]
        others: tuple[Verdict, ...] = ("not_as_predicted", "not_tried")
        parts += [f"{n} {WORDS[verdict]}" for verdict in others if (n := self.number(verdict))]
        return ", ".join(parts)


def accuracy(run: Run) -> Accuracy:
    """Return the accuracy of the plan of a run, or of the states that a rollback was to restore."""
    return Accuracy(tuple(step_accuracy(host, step) for host in run.hosts for step in host.steps))


def step_accuracy(host: HostRun, step: StepRun) -> StepAccuracy:
    """Compare one step with its prediction."""
    verdict, why = _evaluate(host, step)
    return StepAccuracy(
        host=host.host,
        step=step.id,
        predicted=_predicted(step),
        happened=_happened(step),
        verdict=verdict,
        why=why,
    )


def _predicted(step: StepRun) -> str:
    if not step.planned_text:
        return "could not be read"
    if step.status == "manual":
        return f"{step.planned_text}, manual action needed to make it {step.goal_text}"
    if step.status == "waived":
        return f"{step.planned_text}, waived"
    if _has_difference(step):
        return f"{step.planned_text} -> {step.goal_text}"
    return f"stays {step.planned_text}"


def _has_difference(step: StepRun) -> bool:
    """Return True if the plan saw a difference."""
    return step.planned != step.goal or step.planned_text != step.goal_text


def _happened(step: StepRun) -> str:
    words = HAPPENED.get(step.status, step.status.replace("_", " "))
    if step.status == "changed":
        return f"{words}: {step.before_text} -> {step.after_text or step.goal_text}"
    return words


def _evaluate(host: HostRun, step: StepRun) -> tuple[Verdict, str]:
    if step.status in _NOT_TRIED:
        return "not_tried", step.message or host.error or host.left or HAPPENED[step.status]
    if _as_predicted(step):
        return "as_predicted", ""
    return "not_as_predicted", _why(step)


def _as_predicted(step: StepRun) -> bool:
    """Return True if the step was set, left, waived or unreadable just as the plan predicted."""
    if step.status == "unchanged":
        return not _has_difference(step)
    if step.status == "unreadable":
        return not step.planned_text
    return step.status in ("changed", "manual", "waived")


def _why(step: StepRun) -> str:
    """Return the state that was found instead, and the message."""
    found = ""
    if step.status == "unchanged":
        found = f"already {step.before_text}, set since the plan was made"
    elif step.status == "stale":
        found = f"the plan saw {step.planned_text or 'nothing'}, but {step.before_text} was found"
    elif step.status == "not_held" and step.after_text:
        found = f"it reads {step.after_text}, not {step.goal_text}"
    parts = [part for part in (found, step.message) if part]
    return ": ".join(parts) or _happened(step)
