"""The answer to SSTP_DUPLEX_POST, from servers and from bytes."""

from __future__ import annotations

import random

import pytest

from aovpn_remediate.probe.tls.sstp import judge, request
from tests.probe.tls.servers import NOT_FOUND, OK


def test_the_request_is_that_of_windows() -> None:
    lines = request("vpn.example.com").decode().split("\r\n")
    assert lines[0] == ("SSTP_DUPLEX_POST /sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/ HTTP/1.1")
    assert "Content-Length: 18446744073709551615" in lines
    assert "Host: vpn.example.com" in lines
    assert lines[-2:] == ["", ""]
    assert b"Host: [2001:db8::1]\r\n" in request("2001:db8::1")


@pytest.mark.parametrize(
    ("head", "speaks", "status", "server"),
    [
        (OK, True, 200, "Microsoft-HTTPAPI/2.0"),
        (NOT_FOUND, False, 404, "Microsoft-IIS/10.0"),
        (b"HTTP/1.0 503 Service Unavailable\r\n\r\n", False, 503, ""),
        (b"HTTP/1.1 200\r\n\r\n", True, 200, ""),
        (b"HTTP/1.1 301 Moved\nServer:\tx\n\n", False, 301, "x"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", False, None, ""),
        (b"HTTP/2 200\r\n\r\n", False, None, ""),
        (b"SSH-2.0-OpenSSH_9.2\r\n", False, None, ""),
        (b"\x00" * 20000, False, None, ""),
        (b"", False, None, ""),
        (b"HTTP/1.1 200 OK\r\nServer: " + b"x" * 9000 + b"\r\n\r\n", True, 200, "x" * 100),
    ],
)
def test_only_200_is_sstp(head: bytes, speaks: bool, status: int | None, server: str) -> None:
    found = judge(head)
    assert (found.speaks, found.status, found.server) == (speaks, status, server)
    assert status is not None or found.detail


def test_no_head_of_an_answer_raises_anything() -> None:
    draw = random.Random(20261127)  # noqa: S311 - the same mutations each time
    for _ in range(2_000):
        head = bytearray(draw.choice([OK, NOT_FOUND]))
        for _ in range(draw.randrange(1, 6)):
            head[draw.randrange(len(head))] = draw.randrange(256)
        found = judge(bytes(head[: draw.randrange(len(head))]))
        assert found.speaks is (found.status == 200)
