"""Proxies that do not pass a session on, over both WinRM transports."""

from __future__ import annotations

import pytest

from aovpn_remediate.errors import NotAllowed, TransportError, Unreachable
from aovpn_remediate.lab.server import Lab
from tests.transports.conftest import TRANSPORTS, host_in, open_session
from tests.transports.failing import answering, error_of, free_port, host_at


@TRANSPORTS
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_proxy_that_refuses(transport: str, scheme: str) -> None:
    with free_port() as port:
        proxy = f"http://someone:pr0xy-pass@127.0.0.1:{port}"
        host = host_at(5985, transport=transport, scheme=scheme, proxy=proxy)
        error = error_of(host)
    assert isinstance(error, Unreachable)
    assert "the proxy 127.0.0.1" in str(error)
    assert "pr0xy-pass" not in str(error)


@TRANSPORTS
@pytest.mark.parametrize(("scheme", "kind"), [("http", NotAllowed), ("https", Unreachable)])
def test_a_proxy_that_requires_a_logon(
    transport: str, scheme: str, kind: type[TransportError]
) -> None:
    with answering(407) as port:
        host = host_at(5985, transport=transport, scheme=scheme, proxy=f"http://127.0.0.1:{port}")
        error = error_of(host)
    assert isinstance(error, kind)
    assert "proxy" in str(error)


@TRANSPORTS
def test_proxies_of_the_environment_are_not_used(
    lab: Lab, transport: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with free_port() as port:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        with open_session(host_in(lab, transport=transport)) as session:
            assert list(session.run("write one", seconds=5)) == ["one"]
