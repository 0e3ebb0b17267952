"""What a host writes about setting itself back, validated: a host may send anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.engine.reading.records import ErrorRecord
from aovpn_remediate.errors import Disconnected, Unreadable
from aovpn_remediate.results import StepRun

T = TypeVar("T", bound=BaseModel)
Stage = Literal["armed", "running", "begun", "undone", "nothing"]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class ArmRecord(_Line):
    """Whether the host will set itself back, and when by its own clock."""

    arm: str
    ok: bool
    until: str | None = None
    error: ErrorRecord | None = None


class DisarmRecord(_Line):
    """What was found of a way back; `armed` has been taken away, unless it was only looked at."""

    disarm: str
    ok: bool
    found: Stage | None = None
    time: str = ""
    outcome: tuple[str, ...] | None = Field(default=None, strict=False)
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
    """The only record that a script writes; raises `Disconnected` for anything else."""
    found = list(lines)
    if len(found) != 1:
        raise Disconnected(host, f"{len(found)} records have come, not one")
    try:
        return kind.model_validate_json(found[0])
    except ValidationError:
        words = f"the host wrote what is no record: {found[0][:80]!r}"
        raise Disconnected(host, words) from None


@dataclass(frozen=True)
class Outcome:
    """What became of a way back."""

    began: str
    undone: str
    problems: tuple[str, ...]


def outcome(lines: Iterable[str], steps: Mapping[str, StepRun]) -> Outcome:
    """What the lines tell, with what is not as it was before the run: a line each."""
    began = undone = ""
    problems: list[str] = []
    for line in lines:
        if (time := _read(line, _TimeLine)) and (time.began or time.undone):
            began, undone = time.began or began, time.undone or undone
        elif step := _read(line, _StepLine):
            problems += _wrong_with_step(step, steps)
        elif restart := _read(line, _RestartLine):
            what = restart.restart or restart.start
            problems += [] if restart.ok else [f"{what}: {restart.error or 'no reason was given'}"]
        else:
            problems.append(f"it wrote what is no record: {line[:80]!r}")
    return Outcome(began, undone, tuple(problems))


def _wrong_with_step(said: _StepLine, steps: Mapping[str, StepRun]) -> Iterator[str]:
    if not said.ok:
        yield f"{said.id}: {said.error or 'no reason was given'}"
        return
    step = steps.get(said.id)
    if step is None or said.after is None:
        return
    resource = resource_of(step.resource)
    try:
        state = resource.normalise(json.loads(said.after))
    except (ValueError, RecursionError, Unreadable) as error:
        yield f"{said.id}: it was set back, and cannot be read: {error}"
        return
    if not resource.restored(state, step.before):
        yield f"{said.id}: it was set back, but it reads {resource.show(state)}"


def _read(line: str, kind: type[T]) -> T | None:
    try:
        return kind.model_validate_json(line)
    except ValidationError:
        return None
