"""Transports to hosts: `connect` logs on to a host and returns a session with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Session
from aovpn_remediate.transports.deadlines import Timeouts

for _library in ("pypsrp", "requests_credssp", "spnego", "winrm"):
    # Errors are logged again in plain words; without a handler these would go to standard error.
    logging.getLogger(_library).addHandler(logging.NullHandler())

Opener = Callable[[Host, str | None, threading.Event, Timeouts], Session]
"""Opens a session: host, password, the event that cancels it, and its timeouts."""


# Late imports: the libraries behind the transports take a fifth of a second to import.
def _psrp(host: Host, password: str | None, cancel: threading.Event, timeouts: Timeouts) -> Session:
    from aovpn_remediate.transports.psrp.session import PsrpSession

    return PsrpSession(host, password, cancel, timeouts)


def _winrm(
    host: Host, password: str | None, cancel: threading.Event, timeouts: Timeouts
) -> Session:
    from aovpn_remediate.transports.winrm.session import WinRmSession

    return WinRmSession(host, password, cancel, timeouts)


def _local(
    host: Host, password: str | None, cancel: threading.Event, timeouts: Timeouts
) -> Session:
    from aovpn_remediate.transports.local import LocalSession

    return LocalSession(host, password, cancel, timeouts)


TRANSPORTS: dict[str, Opener] = {"psrp": _psrp, "winrm": _winrm, "local": _local}
"""Each transport by its name in the inventory."""


def connect(
    host: Host,
    *,
    secrets: Callable[[Host], str | None],
    cancel: threading.Event,
    timeouts: Timeouts | None = None,
) -> Session:
    """Log on to a host over the transport named in the inventory, and open a session.

    `secrets` returns the password of a host, or None where there is none. Raises `TransportError`,
    and any error that `secrets` raises.
    """
    connection = host.connection
    password = None if connection.transport == "local" else secrets(host)
    opener = TRANSPORTS[connection.transport]
    return opener(host, password, cancel, timeouts or Timeouts.of(connection))
