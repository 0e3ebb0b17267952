"""Logging on to hosts: secrets become sessions, and a shared credential is tried on few first."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field

from aovpn_remediate import transports
from aovpn_remediate.engine.control import Control
from aovpn_remediate.errors import LogonFailed
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.inventory.secrets import Secrets
from aovpn_remediate.transports.base import Session
from aovpn_remediate.transports.contact import probe_port


@dataclass
class Connector:
    """The logons on a set of hosts, with a password per credential and a trial of shared ones."""

    hosts: Sequence[Host]
    control: Control

    def __post_init__(self) -> None:
        self._gate = LogonGate(self.hosts, probe_port)
        self._secrets = Secrets(ask=self.control.ask)

    def session(self, host: Host) -> Session:
        """Open a session with a host. Raises `TransportError`, `SecretError`."""

        def log_on() -> Session:
            return transports.connect(
                host,
                secrets=self.password,
                cancel=self.control.stop.end_now,
            )

        return self._gate.connect(host, log_on)

    def password(self, host: Host) -> str | None:
        """Return the password of a host, read or prompted for once. Raises `SecretError`."""
        return self._secrets.resolve(host.credential, host.name)


_MOST_REFUSALS = 2  # of one credential, on two hosts


@dataclass
class _Trial:
    """The trial of one shared credential."""

    accepted: bool = False
    refusals: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passed(self) -> bool:
        """Return true once a host has accepted it."""
        return self.accepted


class LogonGate:
    """A limit for shared credentials: tried on one host, and after a refusal on one more.

    A credential that was refused twice is not tried on the other hosts, so that no account is
    locked out.
    """

    def __init__(self, hosts: Sequence[Host], probe: Callable[[Host], None]) -> None:
        self._probe = probe  # a host that is down must not hold up the trial of a credential
        keys = Counter(credential(h) for h in hosts if h.connection.transport != "local")
        self._trials = {key: _Trial() for key, count in keys.items() if count > 1}

    def connect(self, host: Host, log_on: Callable[[], Session]) -> Session:
        """Log on, one host at a time until the credential is accepted. Raises `TransportError`."""
        trial = self._trials.get(credential(host))
        if trial is None or trial.passed():
            return log_on()
        self._probe(host)
        with trial.lock:
            if not trial.passed():
                return _try(trial, host, log_on)
        return log_on()


def _try(trial: _Trial, host: Host, log_on: Callable[[], Session]) -> Session:
    if trial.refusals >= _MOST_REFUSALS:
        raise LogonFailed(
            host.name,
            "not tried: two other hosts refused its credential, and more attempts could lock the "
            "account out",
        )
    try:
        session = log_on()
    except LogonFailed:
        trial.refusals += 1
        raise
    trial.accepted = True
    return session


def credential(host: Host) -> Hashable:
    """Return a key that is the same for hosts that share an account."""
    return (host.credential.username, host.connection.auth, host.credential.password)
