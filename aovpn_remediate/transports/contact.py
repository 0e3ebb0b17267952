"""A test of the WinRM port before a credential is tried."""

from __future__ import annotations

import socket

from aovpn_remediate.errors import Unreachable
from aovpn_remediate.inventory.model import Host


def probe_port(host: Host) -> None:
    """Connect to the WinRM port and close; raises `Unreachable`. Hosts behind a proxy pass."""
    if host.connection.proxy or host.connection.transport == "local":
        return
    place = (host.address, host.connection.resolved_port)
    try:
        socket.create_connection(place, timeout=host.connection.connect_timeout).close()
    except OSError as error:
        why = error.strerror or str(error)
        raise Unreachable(
            host.name, f"cannot connect to {place[0]} port {place[1]}: {why}"
        ) from None
