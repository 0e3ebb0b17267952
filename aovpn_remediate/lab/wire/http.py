"""The part of HTTP/1.1 that WinRM clients use: requests and answers with a Content-Length."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

_HEAD_LIMIT = 1 << 16
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}

Headers = tuple[tuple[str, str], ...]


class Delivery(Enum):
    """The way an answer is sent; all but WHOLE are planned faults."""

    WHOLE = "whole"
    DRIP = "drip"
    RESET = "reset"
    CLOSE = "close"
    HANG = "hang"


@dataclass(frozen=True)
class HttpRequest:
    """A request; header names are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class HttpAnswer:
    """An answer. `drip_seconds` is the time over which DRIP sends it."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    delivery: Delivery = Delivery.WHOLE
    drip_seconds: float = 0.0

    def pack(self) -> bytes:
        """Return the bytes of the answer."""
        lines = [
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}",
            "Server: Microsoft-HTTPAPI/2.0",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


def take_request(buffer: bytearray) -> HttpRequest | None:
    """Remove the first complete request from the buffer; return None while it is incomplete.

    Raises `ValueError` for anything that is not an HTTP request, and for a chunked body.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > _HEAD_LIMIT:
            raise ValueError("the headers are too long")
        return None
    lines = buffer[:end].decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise ValueError("a body without Content-Length is not supported")
    start = end + 4
    stop = start + int(headers.get("content-length", 0))
    if len(buffer) < stop:
        return None
    body = bytes(buffer[start:stop])
    del buffer[:stop]
    return HttpRequest(method, target, headers, body)
