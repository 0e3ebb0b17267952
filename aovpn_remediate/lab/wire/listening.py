"""A listening socket for all of 127.0.0.0/8 that only this machine can reach."""

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

ANY = "0.0.0.0"  # noqa: S104 - connections from other machines are refused below
_LOOPBACK = ipaddress.IPv4Network("127.0.0.0/8")
_BACKLOG = 4096
_NO_LINGER = struct.pack("ii", 1, 0)
_HANDSHAKE_SECONDS = 10.0
_SHUTDOWN_SECONDS = 2.0
_RETRY_SECONDS = 0.01

MakeProtocol = Callable[[str, str], asyncio.Protocol | None]
"""Factory of a connection's protocol, by local and peer address; None resets the connection."""


def listen(bind: str, port: int) -> socket.socket:
    """Open a listening socket on 127.x.y.z, or on 0.0.0.0 for all of 127.0.0.0/8.

    Port 0 takes a free port. Raises `UsageError` for any other address, or if the port is in use.
    """
    if bind != ANY and not is_loopback(bind):
        raise UsageError(
            f"the lab listens on loopback only: bind it to 127.x.y.z, or to {ANY} for all of "
            f"127.0.0.0/8, not to {bind}"
        )
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_BINDTODEVICE"):
            # Linux then refuses other machines itself; without the privilege, `accept` does.
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
    """Return True if the address is in 127.0.0.0/8."""
    try:
        return ipaddress.IPv4Address(address) in _LOOPBACK
    except ValueError:
        return False


async def accept(
    listener: socket.socket, make_protocol: MakeProtocol, tls: ssl.SSLContext | None
) -> None:
    """Accept connections until cancelled; reset those that do not come from 127.0.0.0/8.

    At the end the listener is closed and all connections are aborted.
    """
    acceptor = _Acceptor(listener, make_protocol, tls)
    acceptor.open()
    try:
        await asyncio.get_running_loop().create_future()
    finally:
        await acceptor.close()


class _Acceptor:
    """A listener and the connections that it has accepted."""

    def __init__(
        self, listener: socket.socket, make_protocol: MakeProtocol, tls: ssl.SSLContext | None
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._listener = listener
        self._make_protocol = make_protocol
        self._tls = tls
        self._handshakes: dict[socket.socket, asyncio.Task[None]] = {}
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    def open(self) -> None:
        """Start accepting connections."""
        # `sock_accept` can lose an accepted connection when it is cancelled.
        self._loop.add_reader(self._listener, self._accept)

    async def close(self) -> None:
        """Close the listener and abort all connections."""
        self._loop.remove_reader(self._listener)
        self._listener.close()
        tasks = list(self._handshakes.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for connection in self._handshakes:
            # The task was cancelled before it began, so it closed nothing.
            connection.close()
        for transport in self._transports:
            transport.abort()
        # Aborted transports close in the next iteration of the loop.
        await asyncio.sleep(0)

    def _accept(self) -> None:
        try:
            connection, peer = self._listener.accept()
        except OSError:
            # Out of descriptors, or the peer has left: keep accepting other connections.
            self._loop.remove_reader(self._listener)
            self._loop.call_later(_RETRY_SECONDS, self._retry)
            return
        connection.setblocking(False)
        self._start(connection, peer[0])

    def _retry(self) -> None:
        if self._listener.fileno() >= 0:
            self.open()

    def _start(self, connection: socket.socket, peer: str) -> None:
        """Start the protocol of a new connection, or reset the connection."""
        local = connection.getsockname()[0]
        ours = is_loopback(local) and is_loopback(peer)
        try:
            protocol = self._make_protocol(local, peer) if ours else None
        except BaseException:
            connection.close()
            raise
        work = self._refuse(connection) if protocol is None else self._connect(connection, protocol)
        self._handshakes[connection] = self._loop.create_task(work)

    async def _refuse(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            if self._tls is not None:
                # CPython leaks the client's socket if the server is gone before the handshake.
                hello = self._loop.sock_recv(connection, 1)
                await asyncio.wait_for(hello, _HANDSHAKE_SECONDS)
            reset(connection)
        del self._handshakes[connection]

    async def _connect(self, connection: socket.socket, protocol: asyncio.Protocol) -> None:
        limits: dict[str, Any] = {}
        if self._tls is not None:
            limits["ssl_handshake_timeout"] = _HANDSHAKE_SECONDS
            limits["ssl_shutdown_timeout"] = _SHUTDOWN_SECONDS
        # A client that does not trust the certificate aborts the handshake.
        with contextlib.suppress(OSError):
            transport, _ = await self._loop.connect_accepted_socket(
                lambda: protocol, connection, ssl=self._tls, **limits
            )
            self._transports.add(transport)
        del self._handshakes[connection]


def reset(connection: socket.socket | TransportSocket) -> None:
    """Make the socket send RST instead of FIN when it is closed."""
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
