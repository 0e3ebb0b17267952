"""Invoke-AovpnRestart, Invoke-AovpnStart and Invoke-AovpnReboot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows.kinds.base import Nothing, Parameters
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.services import Service
from aovpn_remediate.lab.windows.text import json_text
from aovpn_remediate.lab.windows.thrown import Thrown


class ServiceCall(Parameters):
    """The parameters of Invoke-AovpnRestart and Invoke-AovpnStart."""

    Service: str
    Seconds: int


def invoke_restart(pipeline: Pipeline, call: ServiceCall) -> Output:
    """Restart a service that is not stopped, and its dependents."""
    host, chain = pipeline.host, list[Service]()

    def restart(service: Service | None) -> None:
        if service is not None and service.started is not None:
            chain.extend(host.services.with_dependents(service))
            host.restart(service)

    record = _record(pipeline, "restart", call.Service, restart)
    record["down"] = [each.name for each in chain if each.started is None]
    seconds = host.quirks.restart_seconds if chain else 0.0
    return Output(json_text(host.seed.engine, record), seconds)


def invoke_start(pipeline: Pipeline, call: ServiceCall) -> Output:
    """Start a service."""

    def start(service: Service | None) -> None:
        if service is None:
            raise Thrown(f"There is no service {call.Service}.", "NoService")
        pipeline.host.start(service)

    record = _record(pipeline, "start", call.Service, start)
    return Output(json_text(pipeline.host.seed.engine, record))


def invoke_reboot(pipeline: Pipeline, call: Nothing) -> Output:
    """Return the record; the host goes down after it is sent."""
    del call
    return Output(json_text(pipeline.host.seed.engine, {"restart": "reboot", "ok": True}))


def _record(
    pipeline: Pipeline, verb: str, name: str, work: Callable[[Service | None], None]
) -> dict[str, Any]:
    services = pipeline.host.services
    record: dict[str, Any] = {verb: name, "ok": True, "was": None, "now": None}
    try:
        service = services.look_up(name)
        record["was"] = services.status(service) if service else None
        work(service)
    except Thrown as thrown:
        record["ok"] = False
        record["error"] = pipeline.error(thrown)
    if found := services.find(name):
        record["now"] = services.status(found)
    return record
