"""Visits of an unmodified pypsrp to the lab."""

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
    """Anything with WinRM on a port of loopback."""

    port: int


def connection(lab: Served, host: str = HOST, **how: Any) -> WSMan:
    """A pypsrp connection: Basic over HTTP, or what else is said."""
    how = {"ssl": False, "auth": "basic", "username": USER, "password": PASSWORD, **how}
    if how["auth"] == "basic" and not how["ssl"]:
        how["encryption"] = "never"
    return WSMan(host, port=lab.port, no_proxy=True, **how)


@contextmanager
def opened(lab: Served, host: str = HOST, **how: Any) -> Iterator[RunspacePool]:
    """An open runspace pool."""
    with connection(lab, host, **how) as wsman, RunspacePool(wsman) as pool:
        yield pool


def run(pool: RunspacePool, script: str) -> PowerShell:
    """A pipeline that has ended."""
    pipeline = PowerShell(pool)
    pipeline.add_script(script)
    pipeline.invoke()
    return pipeline


def visit(lab: Served, script: str = "say hello", host: str = HOST, **how: Any) -> list[Any]:
    """What a script writes in a visit of its own."""
    with opened(lab, host, **how) as pool:
        return list(run(pool, script).output)


def tls_options(files: TlsFiles) -> dict[str, Any]:
    """What pypsrp needs to trust the lab."""
    return {"ssl": True, "cert_validation": str(files.ca)}


@contextmanager
def sending(wsman: WSMan, instead: Callable[[Send], Send]) -> Iterator[None]:
    """The connection sends in some other way meanwhile, made from its own."""
    transport: Any = wsman.transport
    send = transport.send
    transport.send = instead(send)
    try:
        yield
    finally:
        transport.send = send


@contextmanager
def overhearing(wsman: WSMan) -> Iterator[list[tuple[bytes, bytes]]]:
    """The envelopes that a connection sends and receives meanwhile, in pairs."""
    heard: list[tuple[bytes, bytes]] = []

    def spying(send: Send) -> Send:
        def spy(message: bytes, **how: Any) -> bytes:
            heard.append((message, send(message, **how)))
            return heard[-1][1]

        return spy

    with sending(wsman, spying):
        yield heard


def output_bytes(envelope: bytes) -> bytes:
    """The output in the answer to a Receive."""
    streams = ET.fromstring(envelope).iter(f"{{{SHELL}}}Stream")  # noqa: S314 - our own
    return b"".join(base64.b64decode(stream.text or "") for stream in streams)
