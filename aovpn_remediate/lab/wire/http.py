"""HTTP/1.1, as much of it as WinRM clients speak: one request, one answer, a length each."""

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
    """What becomes of an answer on its way; all but WHOLE are planned faults."""

    WHOLE = "whole"
    DRIP = "drip"
    RESET = "reset"
    CLOSE = "close"
    HANG = "hang"


@dataclass(frozen=True)
class HttpRequest:
    """A request; the names of `headers` are in lower case."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class HttpAnswer:
    """An answer. `drip_seconds` is how long the body takes when it drips."""

    status: int
    body: bytes = b""
    headers: Headers = ()
    delivery: Delivery = Delivery.WHOLE
    drip_seconds: float = 0.0

    def pack(self) -> bytes:
        """The bytes on the wire."""
        lines = [
            f"HTTP/1.1 {self.status} {_REASONS[self.status]}",
            "Server: Microsoft-HTTPAPI/2.0",
            f"Content-Length: {len(self.body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


def take_request(buffer: bytearray) -> HttpRequest | None:
    """Take the first whole request off the buffer; None while it has not all come.

    Raises `ValueError` for what is no HTTP request, or one without a length.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > _HEAD_LIMIT:
            raise ValueError("the head of the request does not end")
        return None
    lines = buffer[:end].decode("latin-1").split("\r\n")
    method, target, _ = lines[0].split(" ", 2)
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise ValueError("a body without Content-Length is not understood")
    start = end + 4
    stop = start + int(headers.get("content-length", 0))
    if len(buffer) < stop:
        return None
    body = bytes(buffer[start:stop])
    del buffer[:stop]
    return HttpRequest(method, target, headers, body)
