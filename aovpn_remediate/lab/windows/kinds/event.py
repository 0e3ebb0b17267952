"""Events, as Get-AovpnEvent reads them: those of the seed, and the service as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Answer, Kind, Parameters
from aovpn_remediate.lab.windows.kinds.stored import Target as Stored
from aovpn_remediate.lab.windows.kinds.stored import answer_of


class Target(Parameters):
    """The log, which events of it, and the service since whose start they count."""

    Logs: list[str]
    Provider: str
    Ids: list[int]
    Text: str
    SinceStartOf: str


def _get(host: Host, target: Target) -> Answer:
    """Return the recorded answer; Windows is asked for events since the start alone."""
    recorded: Mapping[str, Any] = answer_of("event", host, Stored(**target.model_dump()))
    service = host.services.fact(target.SinceStartOf)
    newest = recorded["newest"]
    started = service["started"] if service else None
    if started is None or (newest and _at(newest["time"]) < _at(started)):
        newest = None
    return {**recorded, "newest": newest, "service": service}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


EVENT = Kind(
    name="event",
    calls_dotnet=False,
    target=Target,
    get=_get,
    subject=lambda target: target.Logs[0],
    desired=TypeAdapter(None),
    acts=lambda _host, _target, _desired: (),
)
