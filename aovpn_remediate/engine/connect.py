"""What a caller steers with, and the way to the hosts: credentials in turn until they pass."""

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
    """Logs on to these hosts; one credential is tried on few of them at first."""

    hosts: Sequence[Host]
    control: Control

    def __post_init__(self) -> None:
        self._gate = LogonGate(self.hosts, probe_port)
        self._secrets = Secrets(ask=self.control.ask)

    def __call__(self, host: Host) -> Session:
        """A session with a host. Raises `TransportError`, `SecretError`."""

        def log_on() -> Session:
            return transports.connect(
                host,
                secrets=self.password,
                cancel=self.control.stop.end_now,
            )

        return self._gate.connect(host, log_on)

    def password(self, host: Host) -> str | None:
        """The password of a host, read or asked for once. Raises `SecretError`."""
        return self._secrets.resolve(host.credential, host.name)


_MOST_REFUSALS = 2  # of one credential, on two hosts


@dataclass
class _Trial:
    """What is known of one credential."""

    accepted: bool = False
    refusals: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def passed(self) -> bool:
        """Whether some host has accepted it."""
        return self.accepted


class LogonGate:
    """A credential that several hosts share is tried on one, and after a refusal on one more.

    Refused twice, it is not tried on the others, so that no account is locked out.
    """

    def __init__(self, hosts: Sequence[Host], knock: Callable[[Host], None]) -> None:
        self._knock = knock  # a host that is down must not hold up the trial of a credential
        keys = Counter(credential(h) for h in hosts if h.connection.transport != "local")
        self._trials = {key: _Trial() for key, count in keys.items() if count > 1}

    def connect(self, host: Host, log_on: Callable[[], Session]) -> Session:
        """Log on, one at a time until the credential has proved good. Raises `TransportError`s."""
        trial = self._trials.get(credential(host))
        if trial is None or trial.passed():
            return log_on()
        self._knock(host)
        with trial.lock:
            if not trial.passed():
                return _try(trial, host, log_on)
        return log_on()


def _try(trial: _Trial, host: Host, log_on: Callable[[], Session]) -> Session:
    if trial.refusals >= _MOST_REFUSALS:
        raise LogonFailed(
            host.name,
            "not tried: its credential was refused by two other hosts, and more attempts could "
            "lock the account out",
        )
    try:
        session = log_on()
    except LogonFailed:
        trial.refusals += 1
        raise
    trial.accepted = True
    return session


def credential(host: Host) -> Hashable:
    """Hosts with the same one share an account."""
    return (host.credential.username, host.connection.auth, host.credential.password)
