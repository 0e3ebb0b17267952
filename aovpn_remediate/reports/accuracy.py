"""The accuracy of a plan: what it predicted, what happened, and why they differ.

A pure function of a run, which keeps for each step what the plan saw and what was to be. Texts are
as hosts gave them: a format makes them safe in its own way.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from aovpn_remediate.reports.vocabulary import HAPPENED
from aovpn_remediate.results import HostRun, Run, StepRun

Verdict = Literal["kept", "not_kept", "untold"]

WORDS: Mapping[Verdict, str] = {
    "kept": "as predicted",
    "not_kept": "not as predicted",
    "untold": "not tried or unknown",
}

_UNTRIED = ("not_done", "skipped", "unknown")


@dataclass(frozen=True)
class StepAccuracy:
    """One step on one host: `why` is empty where it went as predicted."""

    host: str
    step: str
    predicted: str
    """`absent -> dword 1`, `stays dword 1`, or what the plan could not say."""
    happened: str
    verdict: Verdict
    """`untold`: the step was not tried, so that nothing is known of its prediction."""
    why: str = ""


@dataclass(frozen=True)
class Accuracy:
    """All steps of a run, in its order."""

    steps: tuple[StepAccuracy, ...]

    def number(self, verdict: Verdict) -> int:
        """The number of steps with this verdict."""
        return sum(step.verdict == verdict for step in self.steps)

    @property
    def kept(self) -> int:
        """The number of steps that went as predicted."""
        return self.number("kept")

    @property
    def not_kept(self) -> int:
        """The number of steps that went otherwise."""
        return self.number("not_kept")

    @property
    def untold(self) -> int:
        """The number of steps that were not tried."""
        return self.number("untold")

    @property
    def otherwise(self) -> tuple[StepAccuracy, ...]:
        """The steps that did not go as predicted."""
        return tuple(step for step in self.steps if step.verdict != "kept")

    def __str__(self) -> str:
        """`4 of 6 steps as predicted, 2 not as predicted`."""
        total = len(self.steps)
        parts = [f"{self.kept} of {total} step{'' if total == 1 else 's'} as predicted"]
        others: tuple[Verdict, ...] = ("not_kept", "untold")
        parts += [f"{n} {WORDS[verdict]}" for verdict in others if (n := self.number(verdict))]
        return ", ".join(parts)


def accuracy(run: Run) -> Accuracy:
    """Give the accuracy of the plan of a run, or of what a rollback was to restore."""
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
    if _moves(step):
        return f"{step.planned_text} -> {step.goal_text}"
    return f"stays {step.planned_text}"


def _moves(step: StepRun) -> bool:
    """True if the plan saw a difference."""
    return step.planned != step.goal or step.planned_text != step.goal_text


def _happened(step: StepRun) -> str:
    words = HAPPENED.get(step.status, step.status.replace("_", " "))
    if step.status == "changed":
        return f"{words}: {step.before_text} -> {step.after_text or step.goal_text}"
    return words


def _evaluate(host: HostRun, step: StepRun) -> tuple[Verdict, str]:
    if step.status in _UNTRIED:
        return "untold", step.message or host.error or host.left or HAPPENED[step.status]
    if _as_predicted(step):
        return "kept", ""
    return "not_kept", _why(step)


def _as_predicted(step: StepRun) -> bool:
    """True if it was set, left, waived or unreadable just as the plan said."""
    if step.status == "unchanged":
        return not _moves(step)
    if step.status == "unreadable":
        return not step.planned_text
    return step.status in ("changed", "manual", "waived")


def _why(step: StepRun) -> str:
    """Give what was found instead, and the message."""
    found = ""
    if step.status == "unchanged":
        found = f"it was {step.before_text} already, set since the plan was made"
    elif step.status == "stale":
        found = f"the plan saw {step.planned_text or 'nothing'}, found was {step.before_text}"
    elif step.status == "not_held" and step.after_text:
        found = f"it reads {step.after_text}, not {step.goal_text}"
    parts = [part for part in (found, step.message) if part]
    return ": ".join(parts) or _happened(step)
