"""Sockets with an overall deadline, so that an answer that arrives byte by byte cannot hang."""

from __future__ import annotations

import math
import re
import socket
import ssl
import time
from typing import Any

from aovpn_remediate.transports.base import Telemetry

_HEADER = 4096
"""The number of bytes at the start of a message that contain its action."""
_ACTION = re.compile(r"Action[^<>]*>[^<>]*?(\w+)\s*<")


class Exchange:
    """The state shared by the sockets of one session: the current request and its deadline."""

    def __init__(self, telemetry: Telemetry) -> None:
        self.telemetry = telemetry
        self.until = math.inf
        """The deadline of the current answer, by the monotonic clock."""
        self.sent = False
        """True if the current request was handed to the network."""
        self.operation = ""
        """The WS-Management name of the current request, such as Receive."""
        self.connections: list[Any] = []
        """The connections made so far and not yet closed."""

    def begin(self, message: bytes, seconds: float) -> None:
        """Begin the exchange of a message, to be answered in full within so many seconds."""
        found = _ACTION.search(message[:_HEADER].decode("utf-8", "replace"))
        self.operation = found.group(1) if found else ""
        self.until = time.monotonic() + seconds
        self.sent = False

    def remaining(self) -> float:
        """Return the seconds left, always above zero; raises `TimeoutError` when none are."""
        seconds = self.until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("timed out")
        return seconds


class TimedSocket(socket.socket):
    """A TCP socket whose reads end at the deadline of the exchange."""

    exchange: Exchange

    def recv_into(self, *args: Any, **options: Any) -> int:
        """Read as `socket.recv_into` does; raises `TimeoutError` at the deadline."""
        self.settimeout(self.exchange.remaining())
        return super().recv_into(*args, **options)


class TimedTlsSocket(ssl.SSLSocket):
    """A TLS socket whose reads end at the deadline of the exchange, once one is set."""

    exchange: Exchange | None = None

    def recv_into(self, *args: Any, **options: Any) -> int:
        """Read as `SSLSocket.recv_into` does; raises `TimeoutError` at the deadline."""
        if self.exchange:
            self.settimeout(self.exchange.remaining())
        return super().recv_into(*args, **options)
