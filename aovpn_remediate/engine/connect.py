"""What a caller steers with, and the way to the hosts: credentials in turn until they pass."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aovpn_remediate import transports
from aovpn_remediate.engine.parallel import LogonGate, Stop
from aovpn_remediate.engine.rollout.options import Watch
from aovpn_remediate.errors import SecretError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.inventory.secrets import Secrets
from aovpn_remediate.transports.base import Session
from aovpn_remediate.transports.contact import knock

Ask = Callable[[str], str]
"""Asks a person for a secret; gets the words to ask with."""


def _nobody_watches(host: str, what: str) -> None:
    del host, what


def _nobody_to_ask(words: str) -> str:
    raise SecretError(f"{words}: there is no terminal to ask on")


@dataclass
class Control:
    """What a caller may steer with while a plan or a run is under way."""

    stop: Stop = field(default_factory=Stop)
    watch: Watch = _nobody_watches
    ask: Ask = _nobody_to_ask


@dataclass
class Door:
    """Logs on to these hosts; one credential is tried on few of them at first."""

    hosts: Sequence[Host]
    control: Control

    def __post_init__(self) -> None:
        self._gate = LogonGate(self.hosts, knock)
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
