"""Looking at hosts: what is asked over the network and in a session. Nothing is changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Protocol

from aovpn_remediate.doctor.checks import judge, not_begun
from aovpn_remediate.doctor.observed import HostApply, Observation, Reason, Tls, Trouble, Wire
from aovpn_remediate.doctor.probes import network
from aovpn_remediate.doctor.probes.failures import trouble_of
from aovpn_remediate.doctor.probes.shells import look_at_wire
from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.control import Stop
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.reading.read import read
from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results.examination import HostHealth, Level
from aovpn_remediate.transports.base import Session, Telemetry

_KNOWN_BY_THE_HOST = {Reason.QUOTA, Reason.DENIED, Reason.ENDPOINT}
"""Refusals that only somebody hears whose logon was accepted."""


class Connector(Protocol):
    """Logs on to hosts, as every verb does."""

    def __call__(self, host: Host) -> Session:
        """A session. Raises `RemediateError`s."""
        ...

    def password(self, host: Host) -> str | None:
        """The password of a host. Raises `SecretError`."""
        ...


def examine_fleet(
    hosts: Sequence[Host],
    door: Connector,
    *,
    workers: int,
    stop: Stop,
    watch: Callable[[str, str], None],
) -> tuple[HostHealth, ...]:
    """Every host, in order, whatever comes."""

    def visit(host: Host) -> HostHealth:
        watch(host.name, "examining")
        event_log.begun(host.name)
        found = judge(host, examine(host, door, stop))
        _log(found)
        watch(host.name, "failed" if found.level is Level.FAILED else "done")
        return found

    for host in hosts:
        watch(host.name, "waiting")
    results = in_parallel(hosts, visit, workers=workers, stop=stop)
    return tuple(found or not_begun(host) for host, found in zip(hosts, results, strict=True))


def _log(found: HostHealth) -> None:
    ill = [f for f in found.findings if f.level in (Level.WARNING, Level.FAILED)]
    event_log.examined(
        found.host,
        status=found.level,
        why="; ".join(f"{finding.check}: {finding.found}" for finding in ill),
        seconds=found.seconds,
        requests=found.requests,
    )


def examine(host: Host, door: Connector, stop: Stop) -> Observation:
    """Everything that can be seen of one host."""
    began = time.monotonic()
    look = _Look(host, door, stop)
    look.all()
    return Observation(
        at=datetime.now(UTC),
        addresses=look.addresses,
        port_open=look.port_open,
        tls=look.tls,
        visit=look.visit,
        wire=look.wire,
        trouble=look.trouble,
        seconds=round(time.monotonic() - began, 3),
        requests=look.telemetry.requests,
    )


@dataclass
class _Look:
    """One host while it is examined: it ends with the first trouble."""

    host: Host
    door: Connector
    stop: Stop
    addresses: tuple[str, ...] | None = None
    port_open: bool = False
    tls: Tls | None = None
    visit: HostApply | None = None
    wire: Wire | None = None
    trouble: Trouble | None = None
    telemetry: Telemetry = field(default_factory=Telemetry)

    def all(self) -> None:
        """From the outside in."""
        connection = self.host.connection
        if not connection.proxy and connection.transport != "local":
            self._way()
        if self.trouble is None:
            self._session()
        proved = self.trouble is None or self.trouble.reason in _KNOWN_BY_THE_HOST
        if proved and connection.transport == "psrp" and not self.stop.end_now.is_set():
            self._wire()

    def _way(self) -> None:
        found = network.resolve(self.host)
        if isinstance(found, Trouble):
            self.trouble = found
            return
        self.addresses = found
        self.trouble = network.reach(self.host)
        self.port_open = self.trouble is None
        if self.port_open and self.host.connection.scheme == "https":
            self._tls()

    def _tls(self) -> None:
        found = network.handshake(self.host)
        if isinstance(found, Trouble):
            self.trouble = found
            return
        self.tls = found
        if self.host.connection.verify:
            self.trouble = found.refused

    def _session(self) -> None:
        try:
            with self.door(self.host) as session:
                self.visit = _ask(session, self.host)
            self.telemetry.requests += session.telemetry.requests
        except RemediateError as error:
            self.trouble = trouble_of(error, self.host)

    def _wire(self) -> None:
        try:
            password = self.door.password(self.host)
        except RemediateError:
            return  # It was there a moment ago.
        self.wire = look_at_wire(self.host, password, self.stop.end_now, self.telemetry)


def _ask(session: Session, host: Host) -> HostApply:
    """The facts of a host, and its clock against the middle of the time that asking took."""
    before, began = datetime.now(UTC), time.monotonic()
    facts = read(session, host, (), ()).facts
    half = (time.monotonic() - began) / 2
    theirs = instant(facts.time)
    return HostApply(
        facts=facts,
        open_seconds=session.telemetry.open_seconds,
        clock=None if theirs is None else (theirs - before).total_seconds() - half,
        clock_error=half,
    )
