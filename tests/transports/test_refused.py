"""Logons and requests that a host refuses, over both WinRM transports."""

from __future__ import annotations

import pytest

from aovpn_remediate.errors import LogonFailed, NotAllowed
from aovpn_remediate.lab.faults import Fault
from aovpn_remediate.lab.server import Lab
from tests.transports.conftest import PASSWORD, TRANSPORTS, Words, host_in
from tests.transports.failing import error_of


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
