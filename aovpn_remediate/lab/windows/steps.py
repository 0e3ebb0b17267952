"""Invoke-AovpnStep: read a setting, or set it and read it back."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import Field, ValidationError

from aovpn_remediate.lab.backend import HostGone, Output, ScriptFailure
from aovpn_remediate.lab.windows.kinds import kind_of
from aovpn_remediate.lab.windows.kinds.base import Act, Answer, Kind, Parameters
from aovpn_remediate.lab.windows.registry import fold, long_path
from aovpn_remediate.lab.windows.runspace import Pipeline, SetRecord
from aovpn_remediate.lab.windows.text import json_text, time_text
from aovpn_remediate.lab.windows.thrown import Thrown, blocked_by_language_mode


class StepCall(Parameters):
    """The parameters of Invoke-AovpnStep."""

    Id: str
    Kind: str
    Target: dict[str, Any]
    Desired: Any = None
    Expected: str = ""
    Parts: tuple[str, ...] = Field(default=(), strict=False)
    Apply: bool = False


def invoke_step(pipeline: Pipeline, call: StepCall) -> Output:
    """Return a record: id, ok; before, after and time where known; error if not ok."""
    record: dict[str, Any] = {"id": call.Id, "ok": True}
    kind = kind_of(call.Kind)
    target = validated(kind.target, call.Target)
    step = Step(pipeline, call, kind, target, record)
    try:
        if call.Apply:
            step.refuse_after_failure()
        step.read()
        if call.Apply:
            step.check_expected()
            step.set()
    except Thrown as thrown:
        if call.Apply:
            pipeline.runspace.stopped = True
        record["ok"] = False
        record["error"] = pipeline.error(thrown)
        step.read_after_failure()
    pause = pipeline.host.quirks.slow if step.is_setting else 0.0
    return Output(json_text(pipeline.host.seed.engine, record), pause)


def validated(model: type[Parameters], arguments: Any) -> Any:
    """Validate arguments against a model. Raises `ScriptFailure` if they do not match."""
    try:
        return model.model_validate(arguments)
    except ValidationError as error:
        raise refusal(model.__doc__ or "", arguments, error) from error


def refusal(what: str, found: Any, error: ValidationError) -> ScriptFailure:
    """Return the failure of a script with data that the lab does not know."""
    problems = "; ".join(f"{problem['loc']}: {problem['msg']}" for problem in error.errors())
    return ScriptFailure(
        f"the lab does not understand {found!r} ({what}): {problems}", "ParseException"
    )


@dataclass
class Step:
    """One running call; its results go into the record."""

    pipeline: Pipeline
    call: StepCall
    kind: Kind[Any]
    target: Parameters
    record: dict[str, Any]
    before: Answer = None
    is_setting: bool = False

    def refuse_after_failure(self) -> None:
        """Raise `Thrown` if an earlier Set failed."""
        if self.pipeline.runspace.stopped:
            raise Thrown("An earlier step on this host failed.", "Skipped")

    def read(self) -> None:
        """Read the state before."""
        self.before = self._get()
        self.record["before"] = self._text(self.before)

    def check_expected(self) -> None:
        """Raise `Thrown` if the state has changed since the plan read it."""
        expected, parts = self.call.Expected, self.call.Parts
        own = self.before
        if parts and own is not None:
            own = {name: part for name, part in own.items() if name in parts}
        found = self._text(own)
        if found != expected and not _only_keys_created(expected, self.before):
            raise Thrown(f"Expected {expected}, found {found}.", "StalePlan")

    def set(self) -> None:
        """Set the desired state and read it back."""
        self.is_setting = True
        self.pipeline.require(f"Set-{self.kind.function}")
        acts = self._acts()
        self.pipeline.sets += 1
        try:
            self._perform(acts)
        finally:
            self.pipeline.host.enforce_policy()
            self._log_set()
        if self.pipeline.is_remote and self._loses_connection():
            raise HostGone
        after = self._read_back()
        is_done = _is_absent(self.call.Desired) and _is_absent(after)
        if not is_done and self.record["before"] == self.record["after"]:
            raise Thrown(f"Set, but it reads back as before: {self.record['after']}.", "NotHeld")

    def read_after_failure(self) -> None:
        """Read the state after a failed Set, which may have done part of its work."""
        if self.is_setting and "after" not in self.record:
            try:
                self._read_back()
            except Thrown:
                return

    def _loses_connection(self) -> bool:
        host = self.pipeline.host
        return host.cut_off or self.pipeline.sets == host.quirks.dies_after

    def _acts(self) -> Sequence[Act]:
        try:
            desired = self.kind.desired.validate_python(self.call.Desired)
        except ValidationError as error:
            raise refusal("a desired state", self.call.Desired, error) from error
        return self.kind.acts(self.pipeline.host, self.target, desired)

    def _perform(self, acts: Sequence[Act]) -> None:
        if self._is_in(self.pipeline.host.quirks.does_not_hold):
            return
        half = self._is_in(self.pipeline.host.quirks.half_done)
        for act in acts[: (len(acts) + 1) // 2] if half else acts:
            act()
        if self._is_in(self.pipeline.host.quirks.cuts_off):
            self.pipeline.host.cut_off = not self.pipeline.host.cut_off
        if half:
            raise Thrown("Access is denied.", "UnauthorizedAccessException")

    def _is_in(self, names: tuple[str, ...]) -> bool:
        subject = fold(self.kind.subject(self.target))
        return any(fold(name) == subject or fold(long_path(name)) == subject for name in names)

    def _read_back(self) -> Answer:
        self.record["time"] = time_text(self.pipeline.host.now)
        after = self._get()
        self.record["after"] = self._text(after)
        return after

    def _log_set(self) -> None:
        after = self.kind.get(self.pipeline.host, self.target)
        self.pipeline.log.append(
            SetRecord(
                self.pipeline.host.lab_time,
                self.pipeline.host.address,
                self.call.Id,
                self.kind.name,
                self.before,
                after,
            )
        )

    def _get(self) -> Answer:
        self.pipeline.require(f"Get-{self.kind.function}")
        if message := self.pipeline.host.quirks.unreadable.get(self.kind.name):
            raise Thrown(message)
        constrained = self.pipeline.host.quirks.language_mode == "ConstrainedLanguage"
        if constrained and self.kind.calls_dotnet:
            raise blocked_by_language_mode()
        return self.kind.get(self.pipeline.host, self.target)

    def _text(self, answer: Answer) -> str:
        return json_text(self.pipeline.host.seed.engine, answer)


def _is_absent(state: Answer) -> bool:
    return state is None or "missing" in state


def _only_keys_created(expected: str, state: Answer) -> bool:
    """Return True if only missing keys were created since, and the value is still absent."""
    if not expected.startswith('{"missing":') or not _is_absent(state):
        return False
    below = json.loads(expected)["missing"] + "\\"
    return state is None or str(state["missing"]).startswith(below)
