"""TLS on one address, by real servers: chains right and wrong, answers right, wrong, none."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import trustme

from aovpn_remediate.probe.tls.look import TlsTarget, _facts, _sent_chain, look_at_tls
from aovpn_remediate.results.probes import ChainProblem, TlsOutcome, TlsProbe
from tests.doctor.certificates import self_signed
from tests.probe.tls.servers import (
    NOT_FOUND,
    Answer,
    closing,
    context_of,
    pem_file,
    saying,
    serving,
    sstp,
    waiting,
)

_NAME = "vpn.example.com"


@dataclass(frozen=True)
class Authorities:
    """A root, a CA below it, and the file of the root."""

    root: trustme.CA
    issuing: trustme.CA
    file: str


@pytest.fixture(scope="module")
def authorities(tmp_path_factory: pytest.TempPathFactory) -> Authorities:
    root = trustme.CA()
    folder = tmp_path_factory.mktemp("authorities")
    return Authorities(root, root.create_child_ca(), pem_file(folder, root.cert_pem))


def _look(port: int, ca_file: str | None = None, seconds: float = 5.0) -> TlsProbe:
    return look_at_tls(TlsTarget("127.0.0.1", port, _NAME, seconds), ca_file)


def _served(
    context: ssl.SSLContext | None,
    answer: Answer = sstp,
    ca_file: str | None = None,
    seconds: float = 5.0,
) -> TlsProbe:
    with serving(context, answer) as server:
        return _look(server.port, ca_file, seconds)


def test_a_right_server_is_seen_by_one_connection(authorities: Authorities) -> None:
    certificate = authorities.issuing.issue_cert(_NAME)
    with serving(context_of(certificate)) as server:
        found = _look(server.port, authorities.file)
        [head] = server.requests
    assert b"Host: vpn.example.com\r\n" in head
    assert (found.outcome, found.protocol) == (TlsOutcome.ANSWERED, "TLSv1.3")
    assert (found.chain_problem, found.chain_detail, found.chain_is_whole) == (None, "", True)
    assert [one.dns_names for one in found.chain] == [(_NAME,), ()]
    assert found.sstp is not None
    assert found.sstp.speaks


def test_the_chain_is_what_the_server_sends(authorities: Authorities) -> None:
    certificate = authorities.issuing.issue_cert(_NAME)
    found = _served(context_of(certificate, whole_chain=False), ca_file=authorities.file)
    assert found.chain_problem is ChainProblem.ISSUER_MISSING
    assert len(found.chain) == 1
    assert found.sstp is not None
    assert found.sstp.speaks


def test_a_root_that_is_not_trusted_is_told(authorities: Authorities) -> None:
    found = _served(context_of(authorities.issuing.issue_cert(_NAME)))
    assert found.chain_problem is ChainProblem.ISSUER_MISSING
    assert len(found.chain) == 2
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authorities.root.issue_cert(_NAME)
    whole = certificate.private_key_and_cert_chain_pem.bytes() + authorities.root.cert_pem.bytes()
    with trustme.Blob(whole).tempfile() as file:
        context.load_cert_chain(file)
    assert _served(context).chain_problem is ChainProblem.UNTRUSTED_ROOT


@pytest.mark.parametrize(
    ("begins", "ends", "problem"),
    [(-10, -1, ChainProblem.DATES), (1, 10, ChainProblem.DATES), (-1, 10, None)],
)
def test_dates_are_told(
    tmp_path: Path, begins: float, ends: float, problem: ChainProblem | None
) -> None:
    files = self_signed(tmp_path, "127.0.0.1", begins=begins, ends=ends)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    assert _served(context, ca_file=str(files.certificate)).chain_problem is problem


def test_a_self_signed_certificate_is_told(tmp_path: Path) -> None:
    files = self_signed(tmp_path, "127.0.0.1", begins=-1, ends=100)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    found = _served(context)
    assert found.chain_problem is ChainProblem.SELF_SIGNED
    assert found.chain[0].self_signed


def test_an_old_protocol_is_seen_all_the_same(authorities: Authorities) -> None:
    context = context_of(authorities.root.issue_cert(_NAME))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        context.minimum_version = ssl.TLSVersion.TLSv1
    with pytest.warns(DeprecationWarning, match="TLSVersion"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    found = _served(context, ca_file=authorities.file)
    assert found.protocol == "TLSv1.1"
    assert found.chain
    assert found.chain_detail.startswith("not verified")


@pytest.mark.parametrize(
    ("answer", "status", "detail"),
    [
        (saying(NOT_FOUND), 404, ""),
        (closing, None, "without an answer"),
        (saying(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), None, "not HTTP"),
        (saying(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 60_000), 200, ""),
        (saying(b"x" * 60_000), None, "not HTTP"),
    ],
)
def test_what_is_not_sstp_is_told(
    authorities: Authorities, answer: Answer, status: int | None, detail: str
) -> None:
    context = context_of(authorities.root.issue_cert(_NAME))
    sstp_ = _served(context, answer, authorities.file).sstp
    assert sstp_ is not None
    assert sstp_.status == status
    assert detail in sstp_.detail
    assert sstp_.speaks is (status == 200)


def test_a_slow_answer_is_waited_for_no_longer_than_told(authorities: Authorities) -> None:
    started = time.monotonic()
    context = context_of(authorities.root.issue_cert(_NAME))
    sstp_ = _served(context, waiting, authorities.file, seconds=0.3).sstp
    assert time.monotonic() - started < 5
    assert sstp_ is not None
    assert sstp_.silent


def test_an_answer_in_drops_is_waited_for_no_longer_than_told(authorities: Authorities) -> None:
    over = threading.Event()

    def drip(tls: ssl.SSLSocket, _: bytes) -> None:
        while not over.wait(0.02):
            tls.sendall(b"H")

    context = context_of(authorities.root.issue_cert(_NAME))
    with serving(context, drip) as server:
        found = _look(server.port, authorities.file, 0.4)
        over.set()
    assert found.sstp is not None
    assert found.sstp.silent


def test_what_is_not_tls_is_told() -> None:
    found = _served(None)
    assert found.outcome is TlsOutcome.NO_TLS
    assert "wrong version number" in found.detail
    assert found.reached


@contextlib.contextmanager
def _listening() -> Iterator[int]:
    """A port that takes connections into its queue, and does nothing with them."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def test_a_handshake_without_an_end_is_given_up() -> None:
    with _listening() as port:
        found = _look(port, seconds=0.3)
    assert found.outcome is TlsOutcome.NO_TLS
    assert "within 0.3 s" in found.detail


def test_a_closed_port_is_told() -> None:
    with _listening() as port:
        pass
    found = _look(port)
    assert (found.outcome, found.reached) == (TlsOutcome.CLOSED, False)


def test_an_address_without_a_route_is_told() -> None:
    target = TlsTarget("255.255.255.255", 443, _NAME, 1.0)
    assert look_at_tls(target, None).outcome is TlsOutcome.UNREACHABLE


def test_a_file_without_certificates_is_refused(tmp_path: Path) -> None:
    from aovpn_remediate.errors import UsageError

    empty = tmp_path / "empty.pem"
    empty.write_text("nothing")
    for path in (empty, tmp_path / "missing.pem"):
        with pytest.raises(UsageError, match=path.name):
            _look(1, str(path))


class _Shown:
    """A connection of another Python, which shows its certificates in another way."""

    def __init__(self, leaf: bytes | None, chain: list[bytes] | None = None) -> None:
        self._leaf = leaf
        if chain is not None:
            self.get_unverified_chain = lambda: chain

    def getpeercert(self, *, binary_form: bool) -> bytes | None:
        assert binary_form
        return self._leaf


@pytest.mark.parametrize(
    ("shown", "chain", "whole"),
    [
        (_Shown(b"leaf", [b"leaf", b"issuer"]), (b"leaf", b"issuer"), True),
        (_Shown(b"leaf"), (b"leaf",), False),
        (_Shown(None), (), False),
    ],
)
def test_each_python_shows_the_chain_in_its_own_way(
    shown: Any, chain: tuple[bytes, ...], whole: bool
) -> None:
    assert _sent_chain(shown) == (chain, whole)


def test_a_certificate_that_cannot_be_read_is_told() -> None:
    chain, reason = _facts([b"no certificate"])
    assert chain == ()
    assert reason.startswith("certificate 1 of the chain: ")
