"""Certificates that cannot be trusted or used, over both WinRM transports."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme

from aovpn_remediate.errors import NotAllowed, Unreachable
from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.server import Lab
from tests.transports.conftest import PASSWORD, TRANSPORTS, Words, host_in
from tests.transports.failing import error_of, host_at

YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
TOMORROW = YESTERDAY + dt.timedelta(days=2)


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def with_certificate(words: Words, authority: trustme.CA, tmp_path: Path) -> Callable[..., Lab]:
    def lab(*names: str, **validity: Any) -> Lab:
        issued = authority.issue_cert(*names, **validity)
        certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
        issued.private_key_pem.write_to_path(key)
        for blob in issued.cert_chain_pems:
            blob.write_to_path(certificate, append=True)
        ca = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(ca)
        return Lab(words, users={"lab": PASSWORD}, tls=TlsFiles(certificate, key, ca))

    return lab


@TRANSPORTS
@pytest.mark.parametrize(
    ("name", "until", "trusted", "text"),
    [
        ("127.0.0.1", TOMORROW, False, "is not trusted"),
        ("nps.corp.test", TOMORROW, True, "is for another name"),
        ("127.0.0.1", YESTERDAY, True, "is not valid today"),
    ],
)
def test_an_invalid_certificate(  # noqa: PLR0917 - a case is what makes the certificate bad
    with_certificate: Callable[..., Lab],
    tmp_path: Path,
    transport: str,
    name: str,
    until: dt.datetime,
    trusted: bool,
    text: str,
) -> None:
    with with_certificate(name, not_after=until) as lab:
        ca_file = str(tmp_path / "ca.pem") if trusted else None
        error = error_of(host_in(lab, transport=transport, scheme="https", ca_file=ca_file))
    assert isinstance(error, Unreachable)
    assert text in str(error)


def test_an_untrusted_certificate_names_the_setting(with_certificate: Callable[..., Lab]) -> None:
    with with_certificate("127.0.0.1") as lab:
        assert "`ca_file`" in str(error_of(host_in(lab, scheme="https")))


@TRANSPORTS
def test_a_port_without_tls(transport: str) -> None:
    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=answer, args=(listener,))
        server.start()
        error = error_of(host_at(listener.getsockname()[1], transport=transport, scheme="https"))
        server.join()
    assert isinstance(error, Unreachable)
    assert "does not speak TLS: check that it is the port for https" in str(error)


@TRANSPORTS
@pytest.mark.parametrize("content", [None, "no certificate"])
def test_an_invalid_ca_file(tmp_path: Path, transport: str, content: str | None) -> None:
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content)
    error = error_of(host_at(5986, transport=transport, scheme="https", ca_file=str(ca_file)))
    assert isinstance(error, NotAllowed)
    assert f"ca_file {ca_file} cannot be used" in str(error)


def test_a_missing_client_certificate(tmp_path: Path) -> None:
    missing = str(tmp_path / "me.pem")
    error = error_of(host_at(5986, scheme="https", auth="certificate", certificate=missing))
    assert isinstance(error, NotAllowed)
    assert f"certificate {missing} cannot be used" in str(error)
