from __future__ import annotations

import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from aovpn_remediate.errors import TransportError, Unreachable
from aovpn_remediate.inventory.model import Connection
from aovpn_remediate.lab.certificates import Authority
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.transports import tls
from aovpn_remediate.transports.deadlines import Timeouts
from tests.transports.conftest import PASSWORD, TRANSPORTS, Words, host_in, open_session


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def lab(words: Words, authority: Authority) -> Iterator[Lab]:
    with Lab(words, users={"lab": PASSWORD}, tls=authority.server("127.0.0.1")) as lab:
        yield lab


@TRANSPORTS
@pytest.mark.parametrize("auth", ["basic", "ntlm"])
def test_a_session_with_a_verified_host(
    lab: Lab, authority: Authority, transport: str, auth: str
) -> None:
    host = host_in(
        lab,
        transport=transport,
        scheme="https",
        auth=auth,
        encryption="auto",
        ca_file=str(authority.ca),
    )
    with open_session(host) as session:
        assert list(session.run("write one", seconds=5)) == ["one"]
    lab.assert_clean()


def test_messages_encrypted_inside_tls(lab: Lab, authority: Authority) -> None:
    host = host_in(lab, scheme="https", auth="ntlm", encryption="always", ca_file=str(authority.ca))
    with open_session(host) as session:
        assert list(session.run("write one", seconds=5)) == ["one"]


@TRANSPORTS
def test_verification_can_be_turned_off(lab: Lab, transport: str) -> None:
    with open_session(host_in(lab, transport=transport, scheme="https", verify=False)) as session:
        assert list(session.run("write one", seconds=5)) == ["one"]


@TRANSPORTS
def test_a_host_without_verification_does_not_turn_it_off_for_others(
    lab: Lab, authority: Authority, transport: str
) -> None:
    unverified = host_in(lab, transport=transport, scheme="https", verify=False)
    open_session(unverified).close()
    wrong = host_in(
        lab, transport=transport, address="127.0.0.2", scheme="https", ca_file=str(authority.ca)
    )
    with pytest.raises(Unreachable, match="is for another name"):
        open_session(wrong)


@TRANSPORTS
@pytest.mark.parametrize("one_file", [True, False])
def test_a_client_certificate_is_a_logon(
    words: Words, authority: Authority, tmp_path: Path, transport: str, one_file: bool
) -> None:
    client = authority.client("lab")
    both = tmp_path / "both.pem"
    both.write_bytes(client.certificate.read_bytes() + client.key.read_bytes())
    files = (str(both), None) if one_file else (str(client.certificate), str(client.key))
    server = authority.server("127.0.0.1")
    with Lab(words, users={"lab": PASSWORD}, auth=("Certificate",), tls=server) as lab:
        host = host_in(
            lab,
            transport=transport,
            scheme="https",
            auth="certificate",
            ca_file=str(authority.ca),
            certificate=files[0],
            certificate_key=files[1],
            username=None,
        )
        with open_session(host, password=None) as session:
            assert list(session.run("write one", seconds=5)) == ["one"]
        assert {request.user for request in lab.requests} == {"lab"}


@TRANSPORTS
def test_an_unknown_client_certificate(
    words: Words, authority: Authority, tmp_path: Path, transport: str
) -> None:
    unknown = Authority(tmp_path).client("lab")
    server = authority.server("127.0.0.1")
    with Lab(words, users={"lab": PASSWORD}, auth=("Certificate",), tls=server) as lab:
        host = host_in(
            lab,
            transport=transport,
            scheme="https",
            auth="certificate",
            ca_file=str(authority.ca),
            certificate=str(unknown.certificate),
            certificate_key=str(unknown.key),
        )
        with pytest.raises(TransportError):
            open_session(host, password=None)


def test_one_context_for_all_hosts_with_the_same_trust(authority: Authority) -> None:
    ca_file = str(authority.ca)
    first = tls.context_for(Connection(address="a", ca_file=ca_file))
    assert tls.context_for(Connection(address="b", port=1, ca_file=ca_file)) is first
    assert tls.context_for(Connection(verify=False)) is not first
    assert tls.context_for(Connection()) is not first


def test_threads_get_the_same_context(authority: Authority) -> None:
    connection = Connection(ca_file=str(authority.ca), scheme="https", port=9)
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: tls.context_for(connection), range(32)))
    assert len(set(map(id, made))) == 1


def test_many_hosts_at_once(lab: Lab, authority: Authority, words: Words) -> None:
    def run(number: int) -> list[str]:
        host = host_in(lab, scheme="https", ca_file=str(authority.ca))
        with open_session(host, timeouts=Timeouts()) as session:
            return list(session.run(f"write {number}", seconds=30))

    with ThreadPoolExecutor(8) as threads:
        received = list(threads.map(run, range(24)))
    assert received == [[str(number)] for number in range(24)]
    assert words.runs.total() == 24
    lab.assert_clean()


def test_a_context_verifies_by_default(authority: Authority) -> None:
    strict = tls.context_for(Connection(ca_file=str(authority.ca)))
    assert strict.verify_mode is ssl.CERT_REQUIRED
    assert strict.check_hostname
    assert tls.context_for(Connection(verify=False)).verify_mode is ssl.CERT_NONE
