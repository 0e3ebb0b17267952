"""Each failure to reach a host has a plain text, over both WinRM transports."""

from __future__ import annotations

import datetime as dt
import http.server
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import requests_credssp.exceptions  # type: ignore[import-untyped] # it has no types
import spnego.exceptions
import trustme

from aovpn_remediate.errors import (
    Disconnected,
    LogonFailed,
    NotAllowed,
    TimedOut,
    TransportError,
    Unreachable,
)
from aovpn_remediate.inventory.model import Connection, Credential, Host
from aovpn_remediate.lab.certificates import TlsFiles
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.transports.translate import translate, translated
from tests.transports.conftest import PASSWORD, SHORT_TIMEOUTS, Words, host_in, open_session

TRANSPORTS = pytest.mark.parametrize("transport", ["psrp", "winrm"])
YESTERDAY = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
TOMORROW = YESTERDAY + dt.timedelta(days=2)


def host_at(port: int, **connection: Any) -> Host:
    settings: dict[str, Any] = {
        "address": "127.0.0.1",
        "scheme": "http",
        "auth": "basic",
        "encryption": "never",
        **connection,
    }
    return Host(
        "the-host",
        connection=Connection(port=port, **settings),
        credential=Credential(username="CORP\\svc"),
    )


def error_of(host: Host, **options: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        open_session(host, **options).close()
    assert caught.value.host == host.name
    assert PASSWORD not in str(caught.value)
    return caught.value


@contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def answering(
    status: int, body: bytes = b"", *, listen: Callable[[bytes], object] = bool, **headers: str
) -> Iterator[int]:
    """Serve the same answer to every request; yield the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listen(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name.replace("_", "-"), text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_CONNECT(self) -> None:
            self.send_error(status)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


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


@TRANSPORTS
@pytest.mark.parametrize(
    ("logon", "requests_made"),
    [
        ({"auth": "basic"}, 1),
        ({"auth": "ntlm", "encryption": "auto"}, 3),
        ({"auth": "ntlm", "encryption": "never"}, 3),
    ],
)
def test_a_wrong_password_is_tried_once(
    lab: Lab, transport: str, logon: dict[str, str], requests_made: int
) -> None:
    error = error_of(host_in(lab, transport=transport, **logon), password="wrong")
    assert isinstance(error, LogonFailed)
    assert f"cannot log on as lab ({logon['auth']}): 401" in str(error)
    assert lab.stats().requests == requests_made


@TRANSPORTS
def test_a_wrong_password_for_credssp(words: Words, transport: str) -> None:
    with Lab(words, users={"lab": PASSWORD}, auth=("CredSSP",)) as lab:
        host = host_in(lab, transport=transport, auth="credssp", encryption="auto")
        assert isinstance(error_of(host, password="wrong"), LogonFailed)


@TRANSPORTS
@pytest.mark.parametrize(
    ("offered", "auth"), [("Negotiate", "basic"), ("Basic", "ntlm"), ("Basic", "credssp")]
)
def test_a_logon_that_is_not_offered(words: Words, transport: str, offered: str, auth: str) -> None:
    with Lab(words, users={"lab": PASSWORD}, auth=(offered,)) as lab:
        error = error_of(host_in(lab, transport=transport, auth=auth))
        assert isinstance(error, NotAllowed)
        assert f"does not offer {auth}, only {offered}" in str(error)


@TRANSPORTS
@pytest.mark.parametrize(
    ("code", "text"),
    [
        (5, "access is denied for lab"),
        (2150859173, "lab has too many shells open"),
        (2150859174, "lab has too many operations running"),
    ],
)
def test_requests_that_winrm_refuses(lab: Lab, transport: str, code: int, text: str) -> None:
    lab.faults.add(*[Fault("fault", action="Create", code=code, nth=nth) for nth in (1, 2)])
    error = error_of(host_in(lab, transport=transport))
    assert isinstance(error, NotAllowed)
    assert text in str(error)


def test_a_missing_endpoint(lab: Lab) -> None:
    error = error_of(host_in(lab, endpoint="No.Such"))
    assert isinstance(error, NotAllowed)
    assert "the host has no endpoint No.Such" in str(error)


@TRANSPORTS
def test_unencrypted_messages_that_are_refused(words: Words, transport: str) -> None:
    with Lab(words, users={"lab": PASSWORD}, allow_unencrypted=False) as lab:
        host = host_in(lab, transport=transport, auth="ntlm", encryption="never")
        error = error_of(host)
    assert isinstance(error, NotAllowed)
    assert "AllowUnencrypted" in str(error)


@TRANSPORTS
def test_basic_over_http_is_not_sent_by_default(lab: Lab, transport: str) -> None:
    error = error_of(host_in(lab, transport=transport, encryption="auto"))
    assert isinstance(error, NotAllowed)
    assert lab.stats().requests == 0


@TRANSPORTS
def test_a_logon_without_a_password(lab: Lab, transport: str) -> None:
    error = error_of(host_in(lab, transport=transport), password=None)
    assert isinstance(error, NotAllowed)
    assert "password" in str(error)
    assert lab.stats().requests == 0


def test_no_user_and_no_ticket(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KRB5CCNAME", "FILE:/nonexistent")
    host = host_in(lab, auth="negotiate", encryption="auto", username=None)
    error = error_of(host, password=None)
    assert isinstance(error, LogonFailed)
    assert "no Kerberos ticket; run kinit" in str(error)


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


KERBEROS_HOST = host_at(5986, scheme="https", auth="kerberos", encryption="auto")


def spnego_error(text: str) -> spnego.exceptions.SpnegoError:
    base = spnego.exceptions.NativeError(text, maj_code=851968)
    return spnego.exceptions.SpnegoError(base_error=base)


@pytest.mark.parametrize(
    ("cause", "kind", "text"),
    [
        ("Clock skew too great", NotAllowed, "the clocks"),
        ("Server HTTP/x@Y not found in Kerberos database", NotAllowed, "not an alias"),
        ("Cannot contact any KDC for realm 'CORP'", NotAllowed, "no domain controller"),
        ("No Kerberos credentials available", LogonFailed, "run kinit"),
        ("Preauthentication failed", LogonFailed, "cannot log on as CORP\\svc (kerberos)"),
    ],
)
def test_errors_of_kerberos(cause: str, kind: type[TransportError], text: str) -> None:
    error = translate(spnego_error(cause), KERBEROS_HOST)
    assert type(error) is kind
    assert text in str(error)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ImportError("GSSAPIProxy requires the Python gssapi library"), "[kerberos]"),
        (ImportError("Cannot use CredSSP auth as requests-credssp is not installed"), "[credssp]"),
        (
            spnego.exceptions.FeatureMissingError(spnego.NegotiateOptions.negotiate_kerberos),
            "[kerberos]",
        ),
    ],
)
def test_a_missing_extra(error: Exception, text: str) -> None:
    translated_error = translate(error, KERBEROS_HOST)
    assert isinstance(translated_error, NotAllowed)
    assert f"pip install 'aovpn-remediate{text}'" in str(translated_error)


def test_an_error_of_credssp() -> None:
    error = requests_credssp.exceptions.NTStatusException(0xC000006D, "logon failure")
    assert isinstance(translate(error, KERBEROS_HOST), LogonFailed)


def test_a_timeout_inside_another_error() -> None:
    error = requests.ConnectionError(requests.ReadTimeout("read timed out"))
    assert isinstance(translate(error, KERBEROS_HOST), TimedOut)


def test_a_bug_is_not_translated() -> None:
    assert translate(ZeroDivisionError(), KERBEROS_HOST) is None
    with pytest.raises(ZeroDivisionError), translated(KERBEROS_HOST):
        raise ZeroDivisionError


def test_a_transport_error_is_not_translated() -> None:
    error = LogonFailed("the-host", "as said")
    with pytest.raises(LogonFailed, match="as said") as caught, translated(KERBEROS_HOST):
        raise error
    assert caught.value is error
