"""How hosts are reached: `connect` logs on to one and gives a session with it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Session
from aovpn_remediate.transports.deadlines import Limits

for _library in ("pypsrp", "requests_credssp", "spnego", "winrm"):
    # What they log is said again, in our words; without a handler it would go to standard error.
    logging.getLogger(_library).addHandler(logging.NullHandler())

Opener = Callable[[Host, str | None, threading.Event, Limits], Session]
"""Opens a session: host, password, the event that asks to end soon, and how long to wait."""


# The libraries behind them take a fifth of a second to import.
def _psrp(host: Host, password: str | None, cancel: threading.Event, limits: Limits) -> Session:
    from aovpn_remediate.transports.psrp.session import PsrpSession

    return PsrpSession(host, password, cancel, limits)


def _winrm(host: Host, password: str | None, cancel: threading.Event, limits: Limits) -> Session:
    from aovpn_remediate.transports.winrm.session import WinRmSession

    return WinRmSession(host, password, cancel, limits)


def _local(host: Host, password: str | None, cancel: threading.Event, limits: Limits) -> Session:
    from aovpn_remediate.transports.local import LocalSession

    return LocalSession(host, password, cancel, limits)


TRANSPORTS: dict[str, Opener] = {"psrp": _psrp, "winrm": _winrm, "local": _local}
"""By the name that an inventory gives them."""


def connect(
    host: Host,
    *,
    secrets: Callable[[Host], str | None],
    cancel: threading.Event,
    limits: Limits | None = None,
) -> Session:
    """Log on to a host, in the way that the inventory names, and open a session.

    `secrets` gives the password of a host, or None where there is none. Raises `TransportError`,
    and what `secrets` raises.
    """
    connection = host.connection
    password = None if connection.transport == "local" else secrets(host)
    opener = TRANSPORTS[connection.transport]
    return opener(host, password, cancel, limits or Limits.of(connection))
