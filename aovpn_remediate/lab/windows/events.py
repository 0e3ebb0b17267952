"""Get-AovpnEvents: events of a log, as the seed has them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Parameters
from aovpn_remediate.lab.windows.model import EventSeed
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.text import json_text, time_text
from aovpn_remediate.lab.windows.thrown import Thrown, blocked_by_language_mode

_EVERYWHERE = set(map(fold, ("Application", "Security", "System")))
_CONNECTORS = fold("Microsoft-Intune-CertificateConnectors/")
_USER = re.compile(r"\bfor User\s+(\S{1,256})")
_LONGEST_FIELD = 256


class EventsCall(Parameters):
    """The parameters of Get-AovpnEvents."""

    Id: str
    Logs: list[str]
    Wanted: dict[str, dict[str, list[int | str]]]
    Signs: list[int]
    Token: str
    Seconds: int
    Most: int


def get_events(pipeline: Pipeline, call: EventsCall) -> Output:
    """Return a line for each event, newest first, then one about the log."""
    host, engine = pipeline.host, pipeline.host.seed.engine
    about: dict[str, Any] = {"log": call.Id, "name": None, "ok": True, "all": True, "logged": None}
    lines: list[Any] = []
    try:
        lines = _read(host, call, about)
    except Thrown as thrown:
        about |= {"ok": False, "error": pipeline.error(thrown)}
    return Output("\n".join(json_text(engine, line) for line in (*lines, about)))


def _read(host: Host, call: EventsCall, about: dict[str, Any]) -> list[Any]:
    name = next((log for log in call.Logs if _is_there(host, log)), None)
    if name is None:
        return []
    about["name"] = name
    if reason := host.quirks.unreadable_logs.get(name):
        raise Thrown(
            f"The log {name} cannot be read, which needs an administrator or a member of Event "
            f"Log Readers: {reason}"
        )
    ids = {int(number) for of in call.Wanted.values() for number in of}
    found = _newest(host, name, ids, call)
    about |= {"all": len(found) < call.Most, "logged": bool(found)}
    if not found and call.Signs:
        about["logged"] = bool(_newest(host, name, set(call.Signs), call))
    return [line for at, event in found for line in _lines(host, at, event, call)]


def _is_there(host: Host, log: str) -> bool:
    if fold(log).startswith(_CONNECTORS) and host.services.fact("PFXCertificateConnectorSvc"):
        return True
    logs = {fold(event.log) for event in host.seed.events} | _EVERYWHERE
    return fold(log) in logs | {fold(name) for name in host.quirks.unreadable_logs}


def _newest(
    host: Host, log: str, ids: set[int], call: EventsCall
) -> list[tuple[datetime, EventSeed]]:
    since = host.now - timedelta(seconds=call.Seconds)
    found = [
        (at, event)
        for event in host.seed.events
        for at in [host.began - timedelta(seconds=event.seconds_ago)]
        if fold(event.log) == fold(log) and event.id in ids and since <= at
    ]
    return sorted(found, key=lambda one: one[0], reverse=True)[: call.Most]


def _lines(host: Host, at: datetime, event: EventSeed, call: EventsCall) -> Iterator[Any]:
    if call.Token:
        fields = _user(event, call.Token)
    else:
        of = {fold(provider): ids for provider, ids in call.Wanted.items()}
        asked = of.get(fold(event.provider), {}).get(str(event.id))
        fields = None if asked is None else _fields(host, event, asked)
    if fields is not None:
        yield {
            "event": call.Id,
            "provider": event.provider,
            "id": event.id,
            "time": time_text(at),
            "host": event.host or host.seed.name,
            "fields": fields,
        }


def _user(event: EventSeed, token: str) -> dict[str, str] | None:
    if not any(fold(token) in fold(text) for text in event.data):
        return None
    users = [user[1] for text in event.data if (user := _USER.search(text))]
    return {"token": token, **({"user": users[-1]} if users else {})}


def _fields(host: Host, event: EventSeed, asked: list[int | str]) -> dict[str, str]:
    values = tuple(event.named.values()) or event.data
    found = {}
    for field in asked:
        if isinstance(field, int):
            value = values[field] if field < len(values) else None
        elif host.quirks.language_mode == "ConstrainedLanguage":
            raise blocked_by_language_mode()
        else:
            value = event.named.get(field)
        if value is not None:
            found[str(field)] = value[:_LONGEST_FIELD]
    return found
