"""Sockets that only this machine reaches: every address of 127.0.0.0/8 through one listener."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import ssl
import struct
import weakref
from asyncio.trsock import TransportSocket
from collections.abc import Callable
from typing import Any

from aovpn_remediate.errors import UsageError

ANY = "0.0.0.0"  # noqa: S104 - peers from elsewhere are refused below
_LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
_BACKLOG = 4096
_LINGER_NOT = struct.pack("ii", 1, 0)
_HANDSHAKE_SECONDS = 10.0
_SHUTDOWN_SECONDS = 2.0
_BREATH = 0.01

Greet = Callable[[str, str], asyncio.Protocol | None]
"""What speaks on a new connection (local address, peer's address), or None: it is reset."""


def listen(bind: str, port: int) -> socket.socket:
    """A listening socket on 127.x.y.z, or on 0.0.0.0 for all of 127.0.0.0/8; port 0: a free one.

    Raises `UsageError` for any other address, or when the port is taken.
    """
    if bind != ANY and not is_loopback(bind):
        raise UsageError(
            f"the lab serves this machine alone: bind it to 127.x.y.z, or to {ANY} for all of "
            f"127.0.0.0/8, not to {bind}"
        )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_BINDTODEVICE"):
            # Linux then keeps everybody else out; where it may not, `accept` does.
            with contextlib.suppress(OSError):
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        listener.bind((bind, port))
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise UsageError(f"the lab cannot listen on {bind}:{port}: {error.strerror}") from error
    listener.setblocking(False)
    return listener


def is_loopback(address: str) -> bool:
    """Whether it is an address of 127.0.0.0/8."""
    try:
        return ipaddress.IPv4Address(address) in _LOOPBACK
    except ValueError:
        return False


async def accept(listener: socket.socket, greet: Greet, tls: ssl.SSLContext | None) -> None:
    """Accept connections until cancelled; those not from 127.0.0.0/8 are reset at once.

    At the end the listener is closed, and whatever is still open is broken off.
    """
    reception = _Reception(listener, greet, tls)
    reception.open()
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await reception.close()


class _Reception:
    """A listener, and its connections from the moment they are accepted."""

    def __init__(self, listener: socket.socket, greet: Greet, tls: ssl.SSLContext | None) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._greet = greet
        self._tls = tls
        self._arriving: dict[socket.socket, asyncio.Task[None]] = {}
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    def open(self) -> None:
        """Accept from now on."""
        # `sock_accept` would lose what it has just accepted when it is cancelled.
        self._loop.add_reader(self._listener, self._accept)

    async def close(self) -> None:
        """Break everything off."""
        self._loop.remove_reader(self._listener)
        self._listener.close()
        tasks = list(self._arriving.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self._arriving:
            # Its task was cancelled before it began.
            connection.close()
        for transport in self._transports:
            transport.abort()
        # They are closed in the next turn of the loop.
        await asyncio.sleep(0)

    def _accept(self) -> None:
        try:
            connection, peer = self._listener.accept()
        except OSError:
            # Out of descriptors, or the peer left in between: the others still want in.
            self._loop.remove_reader(self._listener)
            self._loop.call_later(_BREATH, self._again)
            return
        connection.setblocking(False)
        self._receive(connection, peer[0])

    def _again(self) -> None:
        if self._listener.fileno() >= 0:
            self.open()

    def _receive(self, connection: socket.socket, peer: str) -> None:
        """Let somebody speak to a new connection, or refuse it."""
        local = connection.getsockname()[0]
        ours = is_loopback(local) and is_loopback(peer)
        try:
            speaker = self._greet(local, peer) if ours else None
        except BaseException:
            connection.close()
            raise
        work = self._refuse(connection) if speaker is None else self._connect(connection, speaker)
        self._arriving[connection] = self._loop.create_task(work)

    async def _refuse(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self._tls is not None:
                # CPython leaks the socket of a client whose peer is gone before the handshake.
                hello = self._loop.sock_recv(connection, 1)
                await asyncio.wait_for(hello, _HANDSHAKE_SECONDS)
            reset(connection)
        del self._arriving[connection]

    async def _connect(self, connection: socket.socket, speaker: asyncio.Protocol) -> None:
        limits: dict[str, Any] = {}
        if self._tls is not None:
            limits["ssl_handshake_timeout"] = _HANDSHAKE_SECONDS
            limits["ssl_shutdown_timeout"] = _SHUTDOWN_SECONDS
        # A client that does not trust the certificate breaks the handshake off: its own business.
        with contextlib.suppress(OSError):
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: speaker, connection, ssl=self._tls, **limits
            )
            self._transports.add(transport)
        del self._arriving[connection]


def reset(connection: socket.socket | TransportSocket) -> None:
    """Have the socket send RST, not FIN, when it is closed."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
