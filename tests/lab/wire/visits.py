"""Sessions of an unmodified pypsrp with the lab."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from pypsrp.powershell import PowerShell, RunspacePool
from pypsrp.wsman import WSMan

from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.wire.soap import SHELL

HOST = "127.0.0.5"
USER = "CORP\\admin"
PASSWORD = "Correct-Horse 1"

Send = Callable[..., bytes]


class Served(Protocol):
    """A WinRM server on a port of loopback."""

    port: int


def connection(lab: Served, host: str = HOST, **how: Any) -> WSMan:
    """Return a pypsrp connection, with Basic over HTTP unless other options are given."""
    how = {"ssl": False, "auth": "basic", "username": USER, "password": PASSWORD, **how}
    if how["auth"] == "basic" and not how["ssl"]:
        how["encryption"] = "never"
    return WSMan(host, port=lab.port, no_proxy=True, **how)


@contextmanager
def opened(lab: Served, host: str = HOST, **how: Any) -> Iterator[RunspacePool]:
    """Open a runspace pool for the `with`."""
    with connection(lab, host, **how) as wsman, RunspacePool(wsman) as pool:
        yield pool


def run(pool: RunspacePool, script: str) -> PowerShell:
    """Run a pipeline to its end and return it."""
    pipeline = PowerShell(pool)
    pipeline.add_script(script)
    pipeline.invoke()
    return pipeline


def visit(lab: Served, script: str = "say hello", host: str = HOST, **how: Any) -> list[Any]:
    """Run a script in a session of its own and return its output."""
    with opened(lab, host, **how) as pool:
        return list(run(pool, script).output)


def tls_options(files: TlsFiles) -> dict[str, Any]:
    """Return the options with which pypsrp trusts the lab."""
    return {"ssl": True, "cert_validation": str(files.ca)}


@contextmanager
def sending(wsman: WSMan, instead: Callable[[Send], Send]) -> Iterator[None]:
    """Replace the send function of a connection inside the `with`."""
    transport: Any = wsman.transport
    send = transport.send
    transport.send = instead(send)
    try:
        yield
    finally:
        transport.send = send


@contextmanager
def recording_exchanges(wsman: WSMan) -> Iterator[list[tuple[bytes, bytes]]]:
    """Record the envelopes that a connection sends and receives inside the `with`, in pairs."""
    exchanges: list[tuple[bytes, bytes]] = []

    def recording_send(send: Send) -> Send:
        def send_and_record(message: bytes, **how: Any) -> bytes:
            exchanges.append((message, send(message, **how)))
            return exchanges[-1][1]

        return send_and_record

    with sending(wsman, recording_send):
        yield exchanges


def output_bytes(envelope: bytes) -> bytes:
    """Return the output in the answer to a Receive."""
    streams = ET.fromstring(envelope).iter(f"{{{SHELL}}}Stream")  # noqa: S314 - written by the lab
    return b"".join(base64.b64decode(stream.text or "") for stream in streams)
