"""Sockets that give up at a moment, not after a silence: an answer that drips in does not hang."""

from __future__ import annotations

import math
import re
import socket
import ssl
import time
from typing import Any

from aovpn_remediate.transports.base import Telemetry

_HEADER = 4096
"""The bytes of a message in which its action stands."""
_ACTION = re.compile(r"Action[^<>]*>[^<>]*?(\w+)\s*<")


class Exchange:
    """What the sockets of one session share: until when an answer must be whole, and its costs."""

    def __init__(self, telemetry: Telemetry) -> None:
        self.telemetry = telemetry
        self.until = math.inf
        """By the monotonic clock."""
        self.sent = False
        """Whether the request under way has been handed to the network."""
        self.operation = ""
        """What WS-Management calls the request under way, such as Receive."""
        self.connections: list[Any] = []
        """Those made so far and not yet closed."""

    def begin(self, message: bytes, seconds: float) -> None:
        """A message is to be sent, and its answer to be whole in so many seconds."""
        found = _ACTION.search(message[:_HEADER].decode("utf-8", "replace"))
        self.operation = found.group(1) if found else ""
        self.until = time.monotonic() + seconds
        self.sent = False

    def left(self) -> float:
        """Seconds, always above zero; `TimeoutError` when there are none left."""
        left = self.until - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


class TimedSocket(socket.socket):
    """A TCP socket that reads until the exchange is over."""

    exchange: Exchange

    def recv_into(self, *args: Any, **options: Any) -> int:
        """As `socket.recv_into`; `TimeoutError` when the exchange is over."""
        self.settimeout(self.exchange.left())
        return super().recv_into(*args, **options)


class TimedTlsSocket(ssl.SSLSocket):
    """A TLS socket that reads until the exchange is over, once it is told which one."""

    exchange: Exchange | None = None

    def recv_into(self, *args: Any, **options: Any) -> int:
        """As `SSLSocket.recv_into`; `TimeoutError` when the exchange is over."""
        if self.exchange:
            self.settimeout(self.exchange.left())
        return super().recv_into(*args, **options)
