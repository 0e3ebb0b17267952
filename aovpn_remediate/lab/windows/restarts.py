"""Invoke-AovpnRestart, Invoke-AovpnStart and Invoke-AovpnReboot."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Nothing, Parameters
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.services import Service
from aovpn_remediate.lab.windows.text import json_text
from aovpn_remediate.lab.windows.thrown import Thrown


class ServiceCall(Parameters):
    """The parameters of Invoke-AovpnRestart and Invoke-AovpnStart."""

    Service: str


def invoke_restart(pipeline: Pipeline, call: ServiceCall) -> Output:
    """Restart a running service and its dependents; do nothing for any other service."""
    service = pipeline.host.services.find(call.Service)
    if service is None or service.started is None:
        return _record(pipeline, "restart", call.Service, service, lambda: None)
    restarted = _record(
        pipeline, "restart", call.Service, service, lambda: pipeline.host.restart(service)
    )
    return Output(restarted.text, pipeline.host.quirks.restart_seconds)


def invoke_start(pipeline: Pipeline, call: ServiceCall) -> Output:
    """Start a service."""
    service = pipeline.host.services.find(call.Service)
    if service is None:
        missing = Thrown(f"There is no service {call.Service}.", "NoService")
        return _record(pipeline, "start", call.Service, None, lambda: _throw(missing))
    return _record(pipeline, "start", call.Service, service, lambda: pipeline.host.start(service))


def invoke_reboot(pipeline: Pipeline, call: Nothing) -> Output:
    """Return the record; the host goes down after it is sent."""
    del call
    return Output(json_text(pipeline.host.seed.engine, {"restart": "reboot", "ok": True}))


def _throw(thrown: Thrown) -> None:
    raise thrown


def _record(
    pipeline: Pipeline, verb: str, name: str, service: Service | None, work: Callable[[], None]
) -> Output:
    host = pipeline.host
    record: dict[str, Any] = {verb: name, "ok": True, "was": _status(host, service)}
    try:
        work()
    except Thrown as thrown:
        record["ok"] = False
        record["error"] = pipeline.error(thrown)
    record["now"] = _status(host, service)
    return Output(json_text(host.seed.engine, record))


def _status(host: Host, service: Service | None) -> str | None:
    return None if service is None else host.services.status(service)
