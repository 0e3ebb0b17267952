"""HTTP as raw bytes: what comes in pieces, in a row, or wrong."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.wire.http import HttpRequest, take_request

REQUEST = b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-LENGTH:  3 \r\n\r\nabc"


def test_a_request_is_taken_when_all_of_it_is_there() -> None:
    buffer = bytearray()
    for at in range(len(REQUEST)):
        assert take_request(buffer) is None
        buffer += REQUEST[at : at + 1]

    expected = HttpRequest("POST", "/wsman", {"host": "x", "content-length": "3"}, b"abc")
    assert take_request(buffer) == expected
    assert buffer == b""


def test_what_follows_a_request_stays() -> None:
    buffer = bytearray(REQUEST + b"POST")

    assert take_request(buffer) is not None
    assert buffer == b"POST"


@pytest.mark.parametrize(
    "wrong",
    [
        b"nonsense\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"x" * 70_000,
    ],
)
def test_what_is_no_request_is_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        take_request(bytearray(wrong))


def _talk(lab: Lab, said: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", lab.port), 5) as client:
        client.sendall(said)
        heard = b""
        while piece := client.recv(65_536):
            heard += piece
        return heard


def test_requests_in_a_row_are_answered_in_a_row(lab: Lab) -> None:
    last = REQUEST.replace(b"Host: x", b"Connection: close")

    heard = _talk(lab, b"GET /x HTTP/1.1\r\n\r\n" + REQUEST + last)

    statuses = [line for line in heard.split(b"\r\n") if line.startswith(b"HTTP/1.1")]
    assert statuses == [
        b"HTTP/1.1 404 Not Found",
        b"HTTP/1.1 401 Unauthorized",
        b"HTTP/1.1 401 Unauthorized",
    ]


def test_a_quiet_connection_is_closed(start: Callable[..., Lab]) -> None:
    lab = start(idle_seconds=0.03)

    assert _talk(lab, REQUEST).startswith(b"HTTP/1.1 401")
    assert lab.stats().idle_closed == 1


def test_nonsense_is_answered_400_and_the_connection_closed(lab: Lab) -> None:
    assert _talk(lab, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 Bad Request")
