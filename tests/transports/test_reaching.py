"""Servers that cannot be reached or are not WinRM, over both WinRM transports."""

from __future__ import annotations

import socket
import sys
from dataclasses import replace
from typing import Any

import pytest

from aovpn_remediate.errors import Disconnected, NotAllowed, TransportError, Unreachable
from tests.transports.conftest import SHORT_TIMEOUTS, TRANSPORTS
from tests.transports.failing import answering, error_of, free_port, host_at


@TRANSPORTS
def test_an_unknown_name(transport: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    error = error_of(host_at(5985, transport=transport, address="nps-01.corp.test"))
    assert isinstance(error, Unreachable)
    assert "the name nps-01.corp.test cannot be resolved" in str(error)


@TRANSPORTS
def test_a_port_that_refuses(transport: str) -> None:
    with free_port() as port:
        error = error_of(host_at(port, transport=transport))
    assert isinstance(error, Unreachable)
    assert f"127.0.0.1:{port} refuses connections" in str(error)
    assert "Enable-PSRemoting" in str(error)


@TRANSPORTS
@pytest.mark.skipif(sys.platform != "linux", reason="a full backlog is silent on Linux only")
def test_a_host_that_is_silent(transport: str) -> None:
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        error = error_of(
            host_at(listener.getsockname()[1], transport=transport),
            timeouts=replace(SHORT_TIMEOUTS, connect=0.2),
        )
    assert isinstance(error, Unreachable)
    assert "cannot connect to 127.0.0.1" in str(error)


@TRANSPORTS
@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (403, NotAllowed, "access is refused for CORP\\svc (HTTP 403)"),
        (404, Unreachable, "has no WinRM service (HTTP 404)"),
        (405, Unreachable, "is not WinRM (HTTP 405)"),
        (407, NotAllowed, "requires a logon (HTTP 407)"),
        (302, Unreachable, "is not WinRM (HTTP 302)"),
        (500, NotAllowed, "AllowUnencrypted is off"),
        (502, Unreachable, "is not WinRM (HTTP 502)"),
        (503, Unreachable, "not available (HTTP 503)"),
    ],
)
def test_a_server_that_is_not_winrm(
    transport: str, status: int, kind: type[TransportError], text: str
) -> None:
    with answering(status, b"<html>secret page</html>", Location="http://127.0.0.1:1/") as port:
        error = error_of(host_at(port, transport=transport))
    assert type(error) is kind
    assert text in str(error)


@TRANSPORTS
@pytest.mark.parametrize("body", [b"", b"<html>", b"<html></html>", b"\xff\xfe"])
def test_a_server_whose_response_is_not_soap(transport: str, body: bytes) -> None:
    with answering(200, body) as port:
        assert isinstance(error_of(host_at(port, transport=transport)), Disconnected)


@TRANSPORTS
@pytest.mark.parametrize("auth", ["ntlm", "credssp"])
@pytest.mark.parametrize("status", [200, 302, 400, 401, 500, 503])
def test_nothing_is_sent_unencrypted_without_a_key(transport: str, status: int, auth: str) -> None:
    heard: list[bytes] = []
    with answering(status, listen=heard.append) as port:
        error_of(host_at(port, transport=transport, auth=auth, encryption="auto"))
    assert heard
    assert not any(heard)


@TRANSPORTS
def test_a_server_that_requests_no_logon(transport: str) -> None:
    with answering(200) as port:
        host = host_at(port, transport=transport, auth="ntlm", encryption="auto")
        error = error_of(host)
    assert isinstance(error, Disconnected)
    assert "does not request a logon" in str(error)
