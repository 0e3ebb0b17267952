"""Events of many hosts at once: of each the logs of its roles, also where some cannot be read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.reading.event_sources import queries_for
from aovpn_remediate.engine.reading.events import LogRead, read_logs
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.reading.read import read
from aovpn_remediate.errors import error_of_host
from aovpn_remediate.inventory.model import Host, is_ip
from aovpn_remediate.results import Facts
from aovpn_remediate.transports.base import Session


@dataclass(frozen=True)
class HostEvents:
    """The logs of one host, or the reason why it could not be read."""

    host: Host
    facts: Facts = field(default_factory=Facts)
    logs: tuple[LogRead, ...] = ()
    ahead: timedelta = timedelta()
    """The lead of its clock over the one here."""
    error: str = ""
    error_kind: str = ""


def read_fleet_events(
    connector: Connector,
    *,
    seconds: int,
    client: str,
    workers: int,
    control: Control,
) -> list[HostEvents]:
    """Read the events of the last `seconds` of every host, in order, whatever fails.

    With `client`, of clients only the one of this name is read.
    """
    hosts = connector.hosts

    def read_host(host: Host) -> HostEvents:
        control.watch(host.name, "reading")
        event_log.begun(host.name)
        began = time.monotonic()
        requests = 0
        try:
            with connector.session(host) as session:
                found = _read(session, host, seconds, client)
            requests = session.telemetry.requests
        except Exception as raised:  # noqa: BLE001 - the other hosts go on
            error = error_of_host(raised)
            found = HostEvents(host, error=str(error), error_kind=type(error).__name__)
        _log(found, time.monotonic() - began, requests)
        control.watch(host.name, "failed" if found.error else "done")
        return found

    for host in hosts:
        control.watch(host.name, "waiting")
    results = in_parallel(hosts, read_host, workers=workers, stop=control.stop)
    return [
        found or HostEvents(host, error="not read: interrupted")
        for host, found in zip(hosts, results, strict=True)
    ]


def is_named(host: Host, facts: Facts, name: str) -> bool:
    """Return True for a host that an inventory, DNS or itself calls so, in any case of letters."""
    names = (host.name, host.address, facts.name or "")
    return label(name) in {label(one) for one in names if one}


def label(name: str) -> str:
    """Return `pc-7` for PC-7, PC-7.corp.example and PC-7$ alike; an address as it is."""
    name = name.strip().rstrip("$").casefold()
    return name if is_ip(name) else name.partition(".")[0]


def _read(session: Session, host: Host, seconds: int, client: str) -> HostEvents:
    """Read a host. The clock is compared at the midpoint of the request for its facts."""
    before, began = datetime.now(UTC), time.monotonic()
    facts = read(session, host, (), ()).facts
    middle = before + timedelta(seconds=time.monotonic() - began) / 2
    told = instant(facts.time)
    roles = dict(facts.roles)
    if client and not is_named(host, facts, client):
        roles["client"] = False
    queries = queries_for(roles)
    logs = read_logs(session, host, queries, seconds) if queries else ()
    return HostEvents(host, facts, logs, timedelta() if told is None else told - middle)


def _log(found: HostEvents, seconds: float, requests: int) -> None:
    unread = ", ".join(log.query.logs[0] for log in found.logs if log.reason)
    event_log.examined(
        found.host.name,
        status="failed" if found.error else "warning" if unread else "ok",
        why=found.error_kind or (f"could not read {unread}" if unread else ""),
        seconds=round(seconds, 3),
        requests=requests,
    )
