"""Invoke-AovpnArm, Invoke-AovpnDisarm, and Invoke-AovpnUndo, which a host calls by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from aovpn_remediate.lab.backend import Output, ScriptFailure
from aovpn_remediate.lab.windows.kinds import kind_of
from aovpn_remediate.lab.windows.kinds.base import Parameters
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.restarts import ServiceCall, invoke_restart, invoke_start
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.script import Call, read_script
from aovpn_remediate.lab.windows.steps import Step, StepCall, understood
from aovpn_remediate.lab.windows.tasks import Task
from aovpn_remediate.lab.windows.text import json_text, time_text
from aovpn_remediate.lab.windows.thrown import Thrown


class UndoStep(Parameters):
    """One step of Invoke-AovpnUndo."""

    Id: str
    Kind: str
    Target: dict[str, Any]
    Desired: Any
    Before: str
    Reboot: bool
    Services: list[str]


class UndoCall(Parameters):
    """The parameters of Invoke-AovpnUndo."""

    Run: str
    Steps: list[UndoStep]


class ArmCall(Parameters):
    """The parameters of Invoke-AovpnArm."""

    Run: str
    Seconds: int
    Script: str


class DisarmCall(Parameters):
    """The parameters of Invoke-AovpnDisarm."""

    Run: str
    Look: bool = False
    Forget: bool = False


def invoke_arm(pipeline: Pipeline, call: ArmCall) -> Output:
    """Have the host run a script later; refuses one that it would not understand then."""
    _refuse_unknown(call)
    host = pipeline.host
    record: dict[str, Any] = {"arm": call.Run, "ok": True, "until": None}
    try:
        _refuse_arming(pipeline, call)
        at = (host.now + timedelta(seconds=call.Seconds)).replace(microsecond=0)
        host.tasks.waiting[call.Run] = Task(call.Run, at, call.Script)
        record["until"] = f"{time_text(at)[:19]}Z"
    except Thrown as thrown:
        record["ok"] = False
        record["error"] = pipeline.error(thrown)
    return Output(json_text(host.seed.engine, record))


def _refuse_unknown(call: ArmCall) -> None:
    calls = [item for item in read_script(call.Script) if isinstance(item, Call)]
    runs = [
        understood(UndoCall, item.arguments).Run
        for item in calls
        if item.function == "Invoke-AovpnUndo"
    ]
    if runs != [call.Run] or len(calls) != 1:
        raise ScriptFailure("the lab does not understand what to run later", "ParseException")


def _refuse_arming(pipeline: Pipeline, call: ArmCall) -> None:
    quirks, tasks = pipeline.host.quirks, pipeline.host.tasks
    if quirks.language_mode != "FullLanguage":
        words = f"In {quirks.language_mode} no task can be made that sets the host back."
        raise Thrown(words, "LanguageMode")
    if quirks.foreign_folder:
        folder = r"C:\ProgramData\aovpn-remediate"
        words = f"Others than SYSTEM and Administrators have or had rights to {folder}"
        raise Thrown(words, "UnsafeFolder")
    if call.Run in tasks.waiting:
        words = f"The file 'undo-{call.Run}.ps1' already exists."
        raise Thrown(words, "IOException")
    if quirks.refuses_tasks:
        raise Thrown(quirks.refuses_tasks, "HRESULT 0x80070005")
    if quirks.disables_tasks:
        words = "The task that sets the host back is there, but it is disabled."
        raise Thrown(words, "TaskDiffers")


def invoke_disarm(pipeline: Pipeline, call: DisarmCall) -> Output:
    """What there is of a way back; it is taken away, unless it is under way or done."""
    host, tasks = pipeline.host, pipeline.host.tasks
    stage = tasks.stage(call.Run)
    record: dict[str, Any] = {
        "disarm": call.Run,
        "ok": True,
        "found": stage,
        "time": time_text(host.now),
        "outcome": list(tasks.outcomes.get(call.Run, ())),
    }
    if not call.Look:
        tasks.waiting.pop(call.Run, None)
    if call.Forget and stage in ("undone", "begun"):
        tasks.running.discard(call.Run)
        tasks.outcomes.pop(call.Run, None)
    return Output(json_text(host.seed.engine, record))


def invoke_undo(pipeline: Pipeline, call: UndoCall) -> Output:
    """Set each step back that is not as it was, then restart what that needs."""
    tell = pipeline.host.tasks.outcomes.setdefault(call.Run, [])
    engine, host = pipeline.host.seed.engine, pipeline.host
    tell.append(json_text(engine, {"began": time_text(host.now)}))
    reboot, services = False, list[str]()
    for step in call.Steps:
        record = _set_back(pipeline, step)
        tell.append(json_text(engine, record))
        if record["moved"]:
            reboot = reboot or step.Reboot
            services += step.Services
    for service in [] if reboot else _coalesced(services):
        tell += _restart(pipeline, service)
    tell.append(json_text(engine, {"undone": time_text(host.now), "reboot": reboot}))
    host.tasks.running.discard(call.Run)
    if reboot:
        tell.append(json_text(engine, {"restart": "reboot", "ok": True}))
        host.reboot()
    return Output("")


def _set_back(pipeline: Pipeline, step: UndoStep) -> dict[str, Any]:
    kind = kind_of(step.Kind)
    call = StepCall(Id=step.Id, Kind=step.Kind, Target=step.Target, Desired=step.Desired)
    record: dict[str, Any] = {}
    work = Step(pipeline, call, kind, understood(kind.target, step.Target), record)
    said: dict[str, Any] = {"id": step.Id, "ok": True, "moved": False}
    try:
        work.read()
        if record["before"] != step.Before:
            work.set()
    except Thrown as thrown:
        work.read_after_failure()
        # Whether it held is judged by who reads the outcome.
        if thrown.error_id != "NotHeld":
            said |= {"ok": False, "error": pipeline.error(thrown)}
    found, after = record.get("before"), record.get("after")
    moved = after is not None and found != after
    return {**said, "moved": moved, "found": found, "after": after}


def _coalesced(services: list[str]) -> list[str]:
    once = {fold(name): name for name in reversed(services)}
    if "RASMAN" in once:
        once.pop("REMOTEACCESS", None)
    return list(reversed(once.values()))


def _restart(pipeline: Pipeline, name: str) -> list[str]:
    lines = [invoke_restart(pipeline, ServiceCall(Service=name)).text]
    service = pipeline.host.services.find(name)
    if '"was":"running"' in lines[0] and service is not None and service.started is None:
        lines.append(invoke_start(pipeline, ServiceCall(Service=name)).text)
    return lines
