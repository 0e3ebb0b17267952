"""Every logon scheme with unmodified clients, and its number of requests."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import requests
import winrm
from pypsrp.exceptions import AuthenticationError, WinRMTransportError
from requests_credssp.exceptions import NTStatusException  # type: ignore[import-untyped]
from winrm.exceptions import InvalidCredentialsError

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.accounts import Accounts
from aovpn_remediate.lab.certificates import Authority, TlsFiles
from aovpn_remediate.lab.server import Lab
from tests.lab.wire.parrot import Parrot
from tests.lab.wire.visits import HOST, PASSWORD, USER, tls_options, visit

Start = Callable[..., Lab]
ALL = ("Negotiate", "CredSSP", "Basic", "Certificate")


@pytest.mark.parametrize(
    ("auth", "encryption", "requests_sent"),
    [
        ("basic", "never", 6),
        ("ntlm", "auto", 9),
        ("negotiate", "auto", 9),
        ("ntlm", "never", 8),
        ("credssp", "auto", 12),
    ],
)
def test_pypsrp_logs_on_over_http(
    start: Start, auth: str, encryption: str, requests_sent: int
) -> None:
    lab = start(auth=ALL)

    assert visit(lab, "big 60000", auth=auth, encryption=encryption) == ["x" * 60_000]

    assert lab.host_stats(HOST).requests == requests_sent
    assert {entry.user for entry in lab.requests} == {USER}
    lab.assert_clean()


@pytest.mark.parametrize(
    ("auth", "encryption", "requests_sent"),
    [
        ("basic", "auto", 6),
        ("ntlm", "auto", 8),
        ("ntlm", "always", 9),
        ("negotiate", "auto", 8),
        ("credssp", "auto", 11),
    ],
)
def test_pypsrp_logs_on_over_https(
    start: Start, files: TlsFiles, auth: str, encryption: str, requests_sent: int
) -> None:
    lab = start(auth=ALL, tls=files)

    assert visit(lab, auth=auth, encryption=encryption, **tls_options(files)) == ["hello"]

    assert lab.host_stats(HOST).requests == requests_sent


def test_pypsrp_logs_on_with_a_client_certificate(
    start: Start, files: TlsFiles, authority: Authority
) -> None:
    lab = start(auth=ALL, tls=files)
    stranger = authority.client("stranger")

    def log_on(certificate: Path, key: Path) -> object:
        own = {"certificate_pem": str(certificate), "certificate_key_pem": str(key)}
        return visit(lab, auth="certificate", **own, **tls_options(files))

    known = authority.client(USER)
    assert log_on(known.certificate, known.key) == ["hello"]
    assert {entry.user for entry in lab.requests} == {USER}
    with pytest.raises(AuthenticationError):
        log_on(stranger.certificate, stranger.key)


@pytest.mark.parametrize("transport", ["plaintext", "ntlm", "credssp"])
def test_pywinrm_logs_on_over_http(start: Start, transport: str) -> None:
    assert _pywinrm(start(auth=ALL), transport=transport).status_code == 1


@pytest.mark.parametrize("transport", ["ssl", "ntlm", "credssp"])
def test_pywinrm_logs_on_over_https(start: Start, files: TlsFiles, transport: str) -> None:
    lab = start(auth=ALL, tls=files)

    assert _pywinrm(lab, transport=transport, ca_trust_path=str(files.ca)).status_code == 1


def test_pywinrm_logs_on_with_a_client_certificate(
    start: Start, files: TlsFiles, authority: Authority
) -> None:
    lab = start(auth=ALL, tls=files)
    client = authority.client(USER)

    answer = _pywinrm(
        lab,
        transport="certificate",
        ca_trust_path=str(files.ca),
        cert_pem=str(client.certificate),
        cert_key_pem=str(client.key),
    )

    assert answer.status_code == 1


def _pywinrm(lab: Lab, password: str = PASSWORD, **how: Any) -> winrm.Response:
    session = winrm.Session(lab.url(HOST), auth=(USER, password), **how)
    try:
        return session.run_cmd("ipconfig")
    finally:
        session.protocol.transport.close_session()


@pytest.mark.parametrize(("auth", "requests_sent"), [("basic", 1), ("ntlm", 3), ("negotiate", 3)])
def test_a_wrong_password_is_refused_without_a_loop(
    lab: Lab, auth: str, requests_sent: int
) -> None:
    with pytest.raises(AuthenticationError):
        visit(lab, auth=auth, password="wrong")

    assert lab.host_stats(HOST).requests == requests_sent
    assert lab.host_stats(HOST).unauthorized == requests_sent


def test_credssp_refuses_a_wrong_password(start: Start) -> None:
    with pytest.raises(NTStatusException):
        visit(start(auth=ALL), auth="credssp", password="wrong")


@pytest.mark.parametrize("transport", ["plaintext", "ntlm"])
def test_pywinrm_reports_a_wrong_password(lab: Lab, transport: str) -> None:
    with pytest.raises(InvalidCredentialsError):
        _pywinrm(lab, "wrong", transport=transport)


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_one_host_can_refuse_a_user_that_others_accept(lab: Lab, engine: Parrot, auth: str) -> None:
    engine.barred.add((HOST, USER))

    with pytest.raises(AuthenticationError):
        visit(lab, auth=auth)
    assert visit(lab, host="127.0.0.6", auth=auth) == ["hello"]


@pytest.mark.parametrize("auth", ["basic", "ntlm"])
@pytest.mark.parametrize("name", ["plain", "CORP\\admin", "admin@corp.test"])
def test_user_names_are_case_insensitive(start: Start, auth: str, name: str) -> None:
    lab = start(users={name: "one", "other": "two"})

    assert visit(lab, auth=auth, username=name.upper(), password="one") == ["hello"]
    assert {entry.user for entry in lab.requests} == {name}


def test_the_default_password_is_random(engine: Parrot) -> None:
    first, second = Lab(engine), Lab(engine)

    assert list(first.users) == ["lab"]
    assert len(first.users["lab"]) >= 12
    assert first.users != second.users


@pytest.mark.parametrize("name", ["a:b", "a\n"])
def test_names_that_the_user_file_cannot_hold_are_refused(name: str) -> None:
    with pytest.raises(UsageError, match="colon"):
        Accounts({name: "x"})


def test_two_labs_have_separate_users(start: Start) -> None:
    one, two = start(users={USER: "one"}), start(users={USER: "two"})

    for _ in range(2):
        assert visit(one, auth="ntlm", password="one") == ["hello"]
        assert visit(two, auth="ntlm", password="two") == ["hello"]
    with pytest.raises(AuthenticationError):
        visit(one, auth="ntlm", password="two")


def test_the_user_file_is_private_and_removed_with_the_last_lab(
    engine: Parrot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NTLM_USER_FILE", "before")
    with Lab(engine, {USER: PASSWORD}) as lab:
        visit(lab, auth="ntlm")
        path = Path(os.environ["NTLM_USER_FILE"])
        with Lab(engine):
            assert Path(os.environ["NTLM_USER_FILE"]) == path
        assert path.stat().st_mode & 0o777 == 0o600

    assert not path.exists()
    assert os.environ["NTLM_USER_FILE"] == "before"


def test_schemes_that_are_not_offered_are_refused(start: Start) -> None:
    lab = start(auth=("Negotiate",))

    with pytest.raises(AuthenticationError):
        visit(lab, auth="basic")
    challenge = requests.post(lab.url(HOST), timeout=5)
    assert challenge.headers["WWW-Authenticate"] == "Negotiate"


def test_an_unknown_scheme_is_refused(engine: Parrot) -> None:
    with pytest.raises(UsageError, match="Digest"):
        Lab(engine, auth=("Digest",))


@pytest.mark.parametrize(
    "token",
    ["Basic ???", "Basic YWJj", "Nonsense x", "Negotiate YWJj", "Negotiate TlRMTVNTUAABAA=="],
)
def test_malformed_credentials_are_answered_401(lab: Lab, token: str) -> None:
    answer = requests.post(lab.url(HOST), headers={"Authorization": token}, timeout=5)

    assert answer.status_code == 401


def test_unencrypted_messages_over_http_can_be_refused(start: Start, files: TlsFiles) -> None:
    strict = {"allow_unencrypted": False}

    with pytest.raises(WinRMTransportError, match="500"):
        visit(start(**strict), auth="ntlm", encryption="never")
    assert visit(start(**strict), auth="ntlm") == ["hello"]
    assert visit(start(tls=files, **strict), auth="basic", **tls_options(files)) == ["hello"]


def test_a_logon_over_https_is_bound_to_the_certificate(start: Start, files: TlsFiles) -> None:
    lab = start(tls=files)

    with pytest.raises(AuthenticationError):
        visit(lab, auth="ntlm", negotiate_send_cbt=False, **tls_options(files))
    # As with a machine in the middle that presents its own certificate.
    lab._site.logons = replace(lab._site.logons, certificate_hash=b"another" * 4)
    with pytest.raises(AuthenticationError):
        visit(lab, auth="ntlm", **tls_options(files))


def test_a_body_that_cannot_be_decrypted_is_answered_400(lab: Lab) -> None:
    kind = 'multipart/encrypted;protocol="application/HTTP-SPNEGO-session-encrypted";boundary="x"'

    answer = requests.post(
        lab.url(HOST),
        data=b"nothing sealed",
        headers={"Content-Type": kind},
        auth=(USER, PASSWORD),
        timeout=5,
    )

    assert (answer.status_code, answer.content) == (400, b"")
