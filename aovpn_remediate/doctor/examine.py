"""The examination of hosts, over the network and in a session. Nothing is changed."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from aovpn_remediate.doctor.checks import evaluate, not_examined, with_identities
from aovpn_remediate.doctor.observed import (
    Failure,
    LogonDetails,
    Observation,
    Reason,
    SessionFacts,
    Tls,
)
from aovpn_remediate.doctor.probes import network
from aovpn_remediate.doctor.probes.failures import failure_of
from aovpn_remediate.doctor.probes.logon import probe_logon
from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Stop
from aovpn_remediate.engine.parallel import in_parallel
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.reading.read import read
from aovpn_remediate.errors import RemediateError, error_of_host
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import Facts
from aovpn_remediate.results.examination import HostHealth, Level
from aovpn_remediate.transports.base import Session, Telemetry

_REFUSED_AFTER_LOGON = {Reason.QUOTA, Reason.DENIED, Reason.ENDPOINT}
"""Refusals that come only after the logon was accepted."""


def examine_fleet(
    hosts: Sequence[Host],
    connector: Connector,
    *,
    workers: int,
    stop: Stop,
    watch: Callable[[str, str], None],
) -> tuple[HostHealth, ...]:
    """Examine every host; return the results in order, whatever fails."""
    facts: dict[str, Facts] = {}

    def examine_host(host: Host) -> HostHealth:
        watch(host.name, "examining")
        event_log.begun(host.name)
        observed = examine(host, connector, stop)
        if observed.session is not None:
            facts[host.name] = observed.session.facts
        health = evaluate(host, observed)
        _log(health)
        watch(host.name, "failed" if health.level is Level.FAILED else "done")
        return health

    for host in hosts:
        watch(host.name, "waiting")
    results = in_parallel(hosts, examine_host, workers=workers, stop=stop)
    found = [health or not_examined(host) for host, health in zip(hosts, results, strict=True)]
    return with_identities(found, facts)


def _log(health: HostHealth) -> None:
    problems = [f for f in health.findings if f.level in (Level.WARNING, Level.FAILED)]
    event_log.examined(
        health.host,
        status=health.level,
        why="; ".join(f"{finding.check}: {finding.found}" for finding in problems),
        seconds=health.seconds,
        requests=health.requests,
    )


def examine(host: Host, connector: Connector, stop: Stop) -> Observation:
    """Observe as much of one host as can be reached."""
    began = time.monotonic()
    examination = _Examination(host, connector, stop)
    try:
        examination.run()
    except Exception as error:  # noqa: BLE001 - the other hosts go on
        examination.failure = failure_of(error_of_host(error), host)
    return Observation(
        at=datetime.now(UTC),
        addresses=examination.addresses,
        port_open=examination.port_open,
        tls=examination.tls,
        session=examination.session,
        logon=examination.logon,
        failure=examination.failure,
        seconds=round(time.monotonic() - began, 3),
        requests=examination.telemetry.requests,
    )


@dataclass
class _Examination:
    """The examination of one host, which ends with the first failure."""

    host: Host
    connector: Connector
    stop: Stop
    addresses: tuple[str, ...] | None = None
    port_open: bool = False
    tls: Tls | None = None
    session: SessionFacts | None = None
    logon: LogonDetails | None = None
    failure: Failure | None = None
    telemetry: Telemetry = field(default_factory=Telemetry)

    def run(self) -> None:
        """Probe the network, then a session, then the details of the logon."""
        connection = self.host.connection
        if not connection.proxy and connection.transport != "local":
            self._probe_network()
        if self.failure is None:
            self._probe_session()
        logged_on = self.failure is None or self.failure.reason in _REFUSED_AFTER_LOGON
        if logged_on and connection.transport == "psrp" and not self.stop.end_now.is_set():
            self._probe_logon()

    def _probe_network(self) -> None:
        addresses = network.resolve(self.host)
        if isinstance(addresses, Failure):
            self.failure = addresses
            return
        self.addresses = addresses
        self.failure = network.reach(self.host)
        self.port_open = self.failure is None
        if self.port_open and self.host.connection.scheme == "https":
            self._probe_tls()

    def _probe_tls(self) -> None:
        tls = network.handshake(self.host)
        if isinstance(tls, Failure):
            self.failure = tls
            return
        self.tls = tls
        if self.host.connection.verify:
            self.failure = tls.refused

    def _probe_session(self) -> None:
        try:
            with self.connector.session(self.host) as session:
                self.session = _read_facts(session, self.host)
            self.telemetry.requests += session.telemetry.requests
        except RemediateError as error:
            self.failure = failure_of(error, self.host)

    def _probe_logon(self) -> None:
        try:
            password = self.connector.password(self.host)
        except RemediateError:
            return  # the session had a password, but it is gone now
        self.logon = probe_logon(self.host, password, self.stop.end_now, self.telemetry)


def _read_facts(session: Session, host: Host) -> SessionFacts:
    """Read the facts of a host; compare its clock with the midpoint of the request."""
    before, began = datetime.now(UTC), time.monotonic()
    facts = read(session, host, (), ()).facts
    half = (time.monotonic() - began) / 2
    host_time = instant(facts.time)
    return SessionFacts(
        facts=facts,
        open_seconds=session.telemetry.open_seconds,
        clock=None if host_time is None else (host_time - before).total_seconds() - half,
        clock_error=half,
    )
