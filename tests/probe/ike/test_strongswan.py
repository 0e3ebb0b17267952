"""IKE on a real daemon: what it accepts, fragmentation on and off, cookies, another group."""

from __future__ import annotations

import json
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from aovpn_remediate.cli import main
from aovpn_remediate.probe.ike.look import look_at_ike
from aovpn_remediate.results.probes import IkeOutcome, IkeProbe
from tests.probe.ike.daemon import Daemon, missing
from tests.probe.ike.responder import Responder

_WHY_NOT = missing()
pytestmark = pytest.mark.skipif(bool(_WHY_NOT), reason=f"strongSwan {_WHY_NOT}")

_STRONG = "aes128gcm16-prfsha256-modp2048"
_WEAK = "3des-sha1-modp1024"


def _daemon(cookie_threshold: int) -> Iterator[Daemon]:
    # The path of a socket may have a hundred characters, which that of a test already has.
    with tempfile.TemporaryDirectory(prefix="ike") as folder:
        daemon = Daemon(Path(folder), Path(folder).name)
        try:
            daemon.start(cookie_threshold)
            yield daemon
        finally:
            daemon.stop()


@pytest.fixture(scope="module")
def daemon() -> Iterator[Daemon]:
    """One daemon for all tests of this module."""
    yield from _daemon(10000)


@pytest.fixture
def wary_daemon() -> Iterator[Daemon]:
    """A daemon that wants a cookie as soon as one negotiation is unfinished."""
    yield from _daemon(1)


def _look(daemon: Daemon) -> IkeProbe:
    return daemon.beside(lambda: look_at_ike("127.0.0.1", ike_port=500, nat_port=4500, seconds=10))


def _proposals(found: IkeProbe) -> list[str]:
    return [one.proposal or one.refusal for one in found.exchanges]


@pytest.mark.parametrize("fragmentation", [True, False])
def test_fragmentation_on_and_off(daemon: Daemon, fragmentation: bool) -> None:
    daemon.configure(_STRONG, fragmentation=fragmentation)
    found = _look(daemon)
    assert [one.fragmentation for one in found.exchanges] == [fragmentation, None, fragmentation]
    assert found.same_responder is True


@pytest.mark.parametrize(
    ("proposals", "hardened", "default"),
    [
        (_STRONG, "AES-GCM-128, SHA256, MODP2048 (group 14)", "NO_PROPOSAL_CHOSEN"),
        (
            "aes128-sha256-modp2048",
            "AES-CBC-128, SHA256, MODP2048 (group 14)",
            "NO_PROPOSAL_CHOSEN",
        ),
        (_WEAK, "NO_PROPOSAL_CHOSEN", "3DES, SHA1, MODP1024 (group 2)"),
        ("aes256-sha384-modp1024", "NO_PROPOSAL_CHOSEN", "AES-CBC-256, SHA384, MODP1024 (group 2)"),
        (
            f"{_STRONG},aes256gcm16-prfsha384-modp1024",
            "AES-GCM-128, SHA256, MODP2048 (group 14)",
            "AES-GCM-256, SHA384, MODP1024 (group 2)",
        ),
        ("aes256-sha512-x25519", "NO_PROPOSAL_CHOSEN", "NO_PROPOSAL_CHOSEN"),
    ],
)
def test_each_offer_is_accepted_or_refused(
    daemon: Daemon, proposals: str, hardened: str, default: str
) -> None:
    daemon.configure(proposals)
    found = _look(daemon)
    assert _proposals(found)[:2] == [hardened, default]
    assert found.exchanges[2].answered


@pytest.mark.parametrize(
    ("proposals", "group"), [("aes128gcm16-prfsha256-ecp256", 19), ("aes256-sha384-ecp384", 20)]
)
def test_the_key_of_another_group_is_sent_when_asked_for(
    daemon: Daemon, proposals: str, group: int
) -> None:
    daemon.configure(proposals)
    hardened = _look(daemon).exchanges[0]
    assert hardened.retries == (f"INVALID_KE_PAYLOAD (group {group})",)
    assert hardened.outcome is IkeOutcome.ACCEPTED
    assert hardened.proposal.endswith(f"(group {group})")


def test_there_is_no_nat_on_loopback(daemon: Daemon) -> None:
    daemon.configure(_STRONG)
    hardened = _look(daemon).exchanges[0]
    assert (hardened.nat_here, hardened.nat_there) == (False, False)


def test_a_nat_on_both_sides_is_seen(daemon: Daemon) -> None:
    daemon.configure(_STRONG)

    def forward(datagram: bytes, _: tuple[str, int]) -> list[bytes]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(10)
            udp.connect(("127.0.0.1", 500))
            udp.send(datagram)
            return [udp.recv(65535)]

    def look() -> IkeProbe:
        with Responder(forward) as nat:
            return look_at_ike("127.0.0.1", ike_port=nat.port, nat_port=4500, seconds=10)

    found = daemon.beside(look)
    assert (found.exchanges[0].nat_here, found.exchanges[0].nat_there) == (True, True)
    assert found.same_responder is True


def test_a_cookie_is_sent_when_asked_for(wary_daemon: Daemon) -> None:
    _look(wary_daemon)  # leaves an unfinished negotiation behind
    found = _look(wary_daemon)
    assert found.exchanges[0].retries == ("COOKIE",)
    assert found.exchanges[0].outcome is IkeOutcome.ACCEPTED
    assert found.exchanges[1].retries == ("COOKIE",)
    assert found.exchanges[1].refusal == "NO_PROPOSAL_CHOSEN"
    wary_daemon.configure("aes256-sha384-ecp384")
    found = _look(wary_daemon)
    assert found.exchanges[0].retries == ("COOKIE", "INVALID_KE_PAYLOAD (group 20)")
    assert found.exchanges[0].outcome is IkeOutcome.ACCEPTED


def test_the_command_names_the_playbook(daemon: Daemon) -> None:
    daemon.configure(_WEAK, fragmentation=False)
    result = daemon.beside(
        lambda: CliRunner().invoke(main, ["probe", "127.0.0.1", "127.0.0.2", "--format", "json"])
    )
    report = json.loads(result.stdout)
    found = {(one["id"], one["subject"]): one for one in report["findings"]}
    for address in ("127.0.0.1", "127.0.0.2"):
        assert found["ike-default-only", address]["severity"] == "warning"
        assert found["ike-no-fragmentation", address]["playbook"] == "rras-ikev2-fragmentation"
    assert not any(id_.startswith("addresses-differ") for id_, _ in found)
    assert result.exit_code == 3
