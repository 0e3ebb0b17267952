"""The events of a fleet as evidence: read from the hosts of an inventory, their times corrected."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aovpn_remediate.diagnose.events.meaning import evidence_of
from aovpn_remediate.diagnose.events.record import Event
from aovpn_remediate.diagnose.evidence import NO_NPS_EVENTS, Evidence, What
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.engine.reading.events import HostEvent, LogRead, corrected
from aovpn_remediate.engine.reading.fleet_events import HostEvents, is_named, read_fleet_events
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.playbook.durations import in_words
from aovpn_remediate.resources.roles import ROLES
from aovpn_remediate.results import Facts
from aovpn_remediate.results.inspection import Unread

SHORTEST_TIME, LONGEST_TIME = 60.0, 7 * 86400.0
"""The limits, in seconds, of the time of which events are read."""


@dataclass(frozen=True)
class LiveEvents:
    """The evidence of the events of a fleet, and what could not be read."""

    evidence: tuple[Evidence, ...] = ()
    unread: tuple[Unread, ...] = ()
    cut: tuple[str, ...] = ()
    """Logs of which only the newest events were looked at."""
    clients: frozenset[str] = frozenset()
    """The names of the one client, if only one is looked at: as given, and its own."""
    hosts: tuple[HostEvents, ...] = ()


def refuse_time(since: float) -> None:
    """Refuse a time that is too short or too long. Raises `UsageError`."""
    if not SHORTEST_TIME <= since <= LONGEST_TIME:
        limits = f"{in_words(SHORTEST_TIME)} at least, and {in_words(LONGEST_TIME)} at most"
        raise UsageError(f"events are read of {limits}")


def hosts_to_read(hosts: Sequence[Host], client: str) -> list[Host]:
    """Return the hosts without the other clients, as far as their group `client` tells them.

    If the inventory does not know the client by this name, the facts of all hosts tell it.
    """
    known = {host.name for host in hosts if is_named(host, Facts(), client)}
    if not client or not known:
        return list(hosts)
    return [host for host in hosts if host.name in known or "client" not in host.groups]


def read_live(
    connector: Connector, *, since: float, client: str, workers: int, control: Control
) -> LiveEvents:
    """Read the events that failed connections leave on hosts.

    Of clients only `client` is read, if it is given.
    """
    read = read_fleet_events(
        connector, seconds=round(since), client=client, workers=workers, control=control
    )
    own = (host.facts.name or "" for host in read if is_named(host.host, host.facts, client))
    return LiveEvents(
        evidence=tuple(item for host in read for item in _evidence(host)),
        unread=tuple(unread for host in read for unread in _unread(host)),
        cut=tuple(
            f"{log.query.logs[0]} of {host.host.name}"
            for host in read
            for log in host.logs
            if not log.all
        ),
        clients=frozenset((client, *filter(None, own)) if client else ()),
        hosts=tuple(read),
    )


def _evidence(host: HostEvents) -> Iterator[Evidence]:
    for log in host.logs:
        for event in log.events:
            yield from evidence_of(_event(event, log, host))
        if log.query.signs and log.logged is False:
            yield Evidence(What.NPS_LOG, NO_NPS_EVENTS, host=host.host.name)


def _event(event: HostEvent, log: LogRead, host: HostEvents) -> Event:
    """Return an event as those from files are: what was not read is empty."""
    fields = dict(event.fields)
    text = ""
    if log.query.token:
        text = f"for User {fields.pop('user', '')} :: {fields.pop('token', '')}"
    positions = {int(name): value for name, value in fields.items() if name in _POSITIONS}
    return Event(
        # The log tells what writes it: the name of the provider may be another one.
        provider=next(iter(log.query.wanted)) if log.query.token else event.provider,
        id=event.id,
        at=corrected(event, host.ahead),
        host=event.host or host.host.name,
        named=fields,
        data=tuple(positions.get(at, "") for at in range(max(positions, default=-1) + 1)),
        binary=fields.get("Binary", ""),
        text=text,
    )


_POSITIONS = tuple(map(str, range(20)))


def _unread(host: HostEvents) -> Iterator[Unread]:
    if host.error:
        yield Unread(subject=host.host.name, reason=host.error)
        return
    reasons = {role: _reason(host, role) for role in ROLES if host.facts.roles.get(role) is None}
    for reason in dict.fromkeys(reasons.values()):
        roles = ", ".join(role for role, why in reasons.items() if why == reason)
        yield Unread(subject=host.host.name, reason=f"it may be {roles}: {reason}")
    for log in host.logs:
        if log.reason:
            yield Unread(subject=f"{log.query.logs[0]} of {host.host.name}", reason=log.reason)


def _reason(host: HostEvents, role: str) -> str:
    unknown = host.facts.unknown
    default = "the host did not report it"
    return unknown.get(f"roles.{role}") or unknown.get("product_type") or default
