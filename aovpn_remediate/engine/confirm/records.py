"""The records of a host about its automatic rollback, validated: a host may send anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.engine.reading.records import ErrorRecord
from aovpn_remediate.errors import Disconnected, Unreadable
from aovpn_remediate.results import StepRun

T = TypeVar("T", bound=BaseModel)
RollbackStage = Literal["armed", "failed", "running", "begun", "undone", "nothing"]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class ScheduleRecord(_Line):
    """The answer to scheduling a rollback: done or not, and its time by the host's own clock."""

    arm: str
    ok: bool
    until: str | None = None
    error: ErrorRecord | None = None


class RollbackRecord(_Line):
    """The rollback as found on the host; `armed` has been cancelled, unless it was only read."""

    disarm: str
    ok: bool
    found: RollbackStage | None = None
    time: str = ""
    outcome: tuple[str, ...] | None = Field(default=None, strict=False)
    result: int | None = None
    """The result of its scheduled task, where it has failed or ended before its end."""
    error: ErrorRecord | None = None


class _StepLine(_Line):
    id: str
    ok: bool
    found: str | None = None
    after: str | None = None
    error: ErrorRecord | None = None


class _RestartLine(_Line):
    restart: str = ""
    start: str = ""
    ok: bool
    error: ErrorRecord | None = None


class _TimeLine(_Line):
    began: str = ""
    undone: str = ""


def one(lines: Iterable[str], kind: type[T], *, host: str) -> T:
    """Return the only record of a script. Raises `Disconnected` for anything else."""
    found = list(lines)
    if len(found) != 1:
        raise Disconnected(host, f"expected one record, got {len(found)}")
    try:
        return kind.model_validate(json.loads(found[0]))
    except (ValueError, RecursionError):
        words = f"the host sent an invalid record: {found[0][:80]!r}"
        raise Disconnected(host, words) from None


@dataclass(frozen=True)
class RollbackOutcome:
    """The outcome of an automatic rollback."""

    began: str
    undone: str
    problems: tuple[str, ...]
    """A line for each thing that is not as it was before the run."""


def read_outcome(lines: Iterable[str], steps: Mapping[str, StepRun]) -> RollbackOutcome:
    """Return the outcome from the lines that the rollback has written, compared with the run."""
    began = undone = ""
    problems: list[str] = []
    for line in lines:
        if (time := _read(line, _TimeLine)) and (time.began or time.undone):
            began, undone = time.began or began, time.undone or undone
        elif step := _read(line, _StepLine):
            problems += _problems_of_step(step, steps)
        elif restart := _read(line, _RestartLine):
            what = restart.restart or restart.start
            problems += [] if restart.ok else [f"{what}: {restart.error or 'no reason was given'}"]
        else:
            problems.append(f"the host wrote an invalid record: {line[:80]!r}")
    return RollbackOutcome(began, undone, tuple(problems))


def _problems_of_step(record: _StepLine, steps: Mapping[str, StepRun]) -> Iterator[str]:
    if not record.ok:
        yield f"{record.id}: {record.error or 'no reason was given'}"
        return
    step = steps.get(record.id)
    if step is None or record.after is None:
        return
    resource = resource_of(step.resource)
    try:
        state = resource.normalise(json.loads(record.after))
    except (ValueError, RecursionError, Unreadable) as error:
        yield f"{record.id}: it was rolled back, but could not be read: {error}"
        return
    if not resource.restored(state, step.before):
        yield f"{record.id}: it was rolled back, but it reads {resource.show(state)}"


def _read(line: str, kind: type[T]) -> T | None:
    try:
        return kind.model_validate(json.loads(line))
    except (ValueError, RecursionError):
        return None
