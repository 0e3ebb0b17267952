"""Invoke-AovpnArm and -Disarm, and Invoke-AovpnUndo, which a scheduled task runs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from aovpn_remediate.lab.backend import Output, ScriptFailure
from aovpn_remediate.lab.windows.kinds import kind_of
from aovpn_remediate.lab.windows.kinds.base import Parameters
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.restarts import ServiceCall, invoke_restart, invoke_start
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.script import Call, read_script
from aovpn_remediate.lab.windows.steps import Step, StepCall, validated
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
    """Schedule a script on the host. Raises `ScriptFailure` if the lab could not run it later."""
    _check_script(call)
    host = pipeline.host
    record: dict[str, Any] = {"arm": call.Run, "ok": True, "until": None}
    try:
        _check_schedulable(pipeline, call)
        at = (host.now + timedelta(seconds=call.Seconds)).replace(microsecond=0)
        host.tasks.waiting[call.Run] = Task(call.Run, at, call.Script)
        record["until"] = f"{time_text(at)[:19]}Z"
    except Thrown as thrown:
        record["ok"] = False
        record["error"] = pipeline.error(thrown)
    return Output(json_text(host.seed.engine, record))


def _check_script(call: ArmCall) -> None:
    calls = [item for item in read_script(call.Script) if isinstance(item, Call)]
    runs = [
        validated(UndoCall, item.arguments).Run
        for item in calls
        if item.function == "Invoke-AovpnUndo"
    ]
    if runs != [call.Run] or len(calls) != 1:
        raise ScriptFailure("the lab does not understand the scheduled script", "ParseException")


def _check_schedulable(pipeline: Pipeline, call: ArmCall) -> None:
    quirks, tasks = pipeline.host.quirks, pipeline.host.tasks
    if quirks.language_mode != "FullLanguage":
        message = f"In {quirks.language_mode} no automatic rollback can be scheduled."
        raise Thrown(message, "LanguageMode")
    if quirks.foreign_folder:
        folder = r"C:\ProgramData\aovpn-remediate"
        message = f"Others than SYSTEM and Administrators have or had rights to {folder}"
        raise Thrown(message, "UnsafeFolder")
    if call.Run in tasks.waiting:
        message = f"The file 'undo-{call.Run}.ps1' already exists."
        raise Thrown(message, "IOException")
    if quirks.refuses_tasks:
        raise Thrown(quirks.refuses_tasks, "HRESULT 0x80070005")
    if quirks.disables_tasks:
        message = "The task of the automatic rollback is registered, but it is disabled."
        raise Thrown(message, "TaskDiffers")


def invoke_disarm(pipeline: Pipeline, call: DisarmCall) -> Output:
    """Report the automatic rollback, and cancel it unless it has begun."""
    host, tasks = pipeline.host, pipeline.host.tasks
    stage = tasks.stage(call.Run)
    record: dict[str, Any] = {
        "disarm": call.Run,
        "ok": True,
        "found": stage,
        "time": time_text(host.now),
        "outcome": list(tasks.outcomes.get(call.Run, ())),
    }
    if stage == "failed":
        record["result"] = tasks.waiting[call.Run].result
    if not call.Look and stage == "armed":
        tasks.waiting.pop(call.Run)
    if call.Forget and stage in ("failed", "undone", "begun"):
        tasks.waiting.pop(call.Run, None)
        tasks.running.discard(call.Run)
        tasks.outcomes.pop(call.Run, None)
    return Output(json_text(host.seed.engine, record))


def invoke_undo(pipeline: Pipeline, call: UndoCall) -> Output:
    """Roll back each step that differs from its earlier state, then restart what that needs."""
    outcome = pipeline.host.tasks.outcomes.setdefault(call.Run, [])
    engine, host = pipeline.host.seed.engine, pipeline.host
    outcome.append(json_text(engine, {"began": time_text(host.now)}))
    reboot, services = False, list[str]()
    for step in call.Steps:
        record = _roll_back(pipeline, step)
        outcome.append(json_text(engine, record))
        if record["moved"]:
            reboot = reboot or step.Reboot
            services += step.Services
    for service in [] if reboot else _without_repeats(services):
        outcome += _restart(pipeline, service)
    outcome.append(json_text(engine, {"undone": time_text(host.now), "reboot": reboot}))
    host.tasks.running.discard(call.Run)
    if reboot:
        outcome.append(json_text(engine, {"restart": "reboot", "ok": True}))
        host.reboot()
    return Output("")


def _roll_back(pipeline: Pipeline, step: UndoStep) -> dict[str, Any]:
    kind = kind_of(step.Kind)
    call = StepCall(Id=step.Id, Kind=step.Kind, Target=step.Target, Desired=step.Desired)
    record: dict[str, Any] = {}
    item = Step(pipeline, call, kind, validated(kind.target, step.Target), record)
    result: dict[str, Any] = {"id": step.Id, "ok": True, "moved": False}
    try:
        item.read()
        if record["before"] != step.Before:
            item.set()
    except Thrown as thrown:
        item.read_after_failure()
        # The reader of the outcome compares the states itself.
        if thrown.error_id != "NotHeld":
            result |= {"ok": False, "error": pipeline.error(thrown)}
    found, after = record.get("before"), record.get("after")
    moved = after is not None and found != after
    return {**result, "moved": moved, "found": found, "after": after}


def _without_repeats(services: list[str]) -> list[str]:
    once = {fold(name): name for name in reversed(services)}
    if "RASMAN" in once:
        once.pop("REMOTEACCESS", None)
    return list(reversed(once.values()))


def _restart(pipeline: Pipeline, name: str) -> list[str]:
    line = invoke_restart(pipeline, ServiceCall(Service=name, Seconds=120)).text
    down = [ServiceCall(Service=each, Seconds=120) for each in json.loads(line)["down"]]
    return [line, *(invoke_start(pipeline, call).text for call in down)]
