"""HTTP as raw bytes: requests in pieces, pipelined requests, and malformed ones."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest

from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.wire.http import HttpRequest, take_request

REQUEST = b"POST /wsman HTTP/1.1\r\nHost: x\r\nContent-LENGTH:  3 \r\n\r\nabc"


def test_a_request_is_taken_once_it_is_complete() -> None:
    buffer = bytearray()
    for at in range(len(REQUEST)):
        assert take_request(buffer) is None
        buffer += REQUEST[at : at + 1]

    expected = HttpRequest("POST", "/wsman", {"host": "x", "content-length": "3"}, b"abc")
    assert take_request(buffer) == expected
    assert buffer == b""


def test_data_after_a_request_stays_in_the_buffer() -> None:
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
def test_malformed_requests_are_refused(wrong: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        take_request(bytearray(wrong))


def _send(lab: Lab, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", lab.port), 5) as client:
        client.sendall(request)
        answer = b""
        while piece := client.recv(65_536):
            answer += piece
        return answer


def test_pipelined_requests_are_answered_in_order(lab: Lab) -> None:
    last = REQUEST.replace(b"Host: x", b"Connection: close")

    answer = _send(lab, b"GET /x HTTP/1.1\r\n\r\n" + REQUEST + last)

    statuses = [line for line in answer.split(b"\r\n") if line.startswith(b"HTTP/1.1")]
    assert statuses == [
        b"HTTP/1.1 404 Not Found",
        b"HTTP/1.1 401 Unauthorized",
        b"HTTP/1.1 401 Unauthorized",
    ]


def test_an_idle_connection_is_closed(start: Callable[..., Lab]) -> None:
    lab = start(idle_seconds=0.03)

    assert _send(lab, REQUEST).startswith(b"HTTP/1.1 401")
    assert lab.stats().idle_closed == 1


def test_a_malformed_request_is_answered_400_and_closes_the_connection(lab: Lab) -> None:
    assert _send(lab, b"nonsense\r\n\r\n").startswith(b"HTTP/1.1 400 Bad Request")
