"""IKE on one address, by responders made by hand: right, faulty, hostile, silent."""

from __future__ import annotations

import hashlib
import itertools
import socket
import time
from collections.abc import Iterable
from contextlib import ExitStack

import pytest

from aovpn_remediate.probe.ike.look import look_at_ike
from aovpn_remediate.probe.ike.numbers import Notify
from aovpn_remediate.probe.ike.offers import DEFAULT, HARDENED
from aovpn_remediate.results.probes import IkeExchange, IkeOutcome, IkeProbe, OfferName
from tests.probe.ike.responder import (
    MARKER,
    Behaviour,
    Responder,
    accepting,
    answer_with,
    asking_for_cookie,
    initiator_of,
    refusing,
    refusing_bytes,
    silent,
)

_WEAK = DEFAULT.proposals[0]
_WINDOWS = hashlib.md5(b"MS NT5 ISAKMPOAKLEY", usedforsecurity=False).digest()


def _look(
    first: Behaviour, second: Behaviour | None = None, *, seconds: float = 5.0
) -> tuple[IkeProbe, list[bytes], list[bytes]]:
    """Look at two responders; return what was found and what each heard."""
    with Responder(first) as ike, Responder(second or first) as nat:
        found = look_at_ike("127.0.0.1", ike_port=ike.port, nat_port=nat.port, seconds=seconds)
        return found, ike.heard, nat.heard


def _on_ike_port(behave: Behaviour, seconds: float = 0.3) -> IkeExchange:
    found, _, _ = _look(behave, accepting(), seconds=seconds)
    return found.exchanges[0]


def test_both_offers_go_to_the_first_port_and_one_to_the_second() -> None:
    found, ike, nat = _look(accepting())
    assert [(one.offer, one.outcome) for one in found.exchanges] == [
        (OfferName.HARDENED, IkeOutcome.ACCEPTED),
        (OfferName.DEFAULT, IkeOutcome.ACCEPTED),
        (OfferName.HARDENED, IkeOutcome.ACCEPTED),
    ]
    assert found.exchanges[0].proposal == "AES-GCM-128, SHA256, MODP2048 (group 14)"
    assert found.exchanges[1].weak == ("3DES", "SHA1", "MODP1024")
    assert len(ike) == 2
    assert len(nat) == 1
    assert nat[0].startswith(MARKER)


def test_a_repeated_request_proves_that_both_ports_reach_one_server() -> None:
    found, ike, nat = _look(accepting())
    assert found.same_responder is True
    assert nat[0].removeprefix(MARKER) in ike


def test_two_servers_behind_the_ports_are_told_apart() -> None:
    found, _, nat = _look(accepting(server=b"one"), accepting(server=b"two", fragmentation=False))
    assert found.same_responder is False
    assert len(nat) == 2
    # A repeated request that nobody knows is answered anew, and alike by a server that is alike.
    alike, _, _ = _look(accepting(server=b"one"), accepting(server=b"two"))
    assert alike.same_responder is None


def test_a_server_that_ignores_repeated_requests_is_asked_anew() -> None:
    heard: set[bytes] = set()

    def once(datagram: bytes, place: tuple[str, int]) -> Iterable[bytes]:
        new = initiator_of(datagram) not in heard
        heard.add(initiator_of(datagram))
        return accepting()(datagram, place) if new else []

    found, _, _ = _look(once, seconds=0.5)
    assert found.exchanges[-1].outcome is IkeOutcome.ACCEPTED
    assert found.same_responder is None


def test_a_cookie_and_another_group_are_sent_when_asked_for() -> None:
    wanted = HARDENED.proposals[-1]
    found, ike, _ = _look(asking_for_cookie(accepting(wanted)))
    hardened, default, _ = found.exchanges
    assert hardened.outcome is IkeOutcome.ACCEPTED
    assert hardened.retries == ("COOKIE", "INVALID_KE_PAYLOAD (group 20)")
    assert hardened.requests == 3
    assert (default.outcome, default.refusal) == (IkeOutcome.REFUSED, "NO_PROPOSAL_CHOSEN")
    assert len(ike) == 5


@pytest.mark.parametrize("fragmentation", [True, False])
def test_fragmentation_is_what_the_answer_says(fragmentation: bool) -> None:
    found, _, _ = _look(accepting(fragmentation=fragmentation))
    assert {one.fragmentation for one in found.exchanges} == {fragmentation}


def test_only_the_weak_offer_may_be_accepted() -> None:
    found, _, _ = _look(accepting(_WEAK))
    assert [one.outcome for one in found.exchanges] == [
        IkeOutcome.REFUSED,
        IkeOutcome.ACCEPTED,
        IkeOutcome.ACCEPTED,
    ]
    assert found.exchanges[2].offer is OfferName.DEFAULT


def test_windows_is_known_by_its_vendor_id() -> None:
    found, _, _ = _look(accepting(vendor=_WINDOWS + (9).to_bytes(4)))
    assert found.exchanges[0].vendor_ids == ("Microsoft Windows (9)",)


def test_a_nat_before_this_side_is_seen() -> None:
    behind, _, _ = _look(accepting(seen_as=("203.0.113.1", 1024)))
    before, _, _ = _look(accepting())
    assert (behind.exchanges[0].nat_here, before.exchanges[0].nat_here) == (True, False)
    assert before.exchanges[0].nat_there is None


@pytest.mark.parametrize("refusal", [Notify.NO_PROPOSAL_CHOSEN, 7, 24, 9999])
def test_a_refusal_has_the_name_of_its_notify(refusal: int) -> None:
    found, _, nat = _look(refusing(refusal))
    names = {14: "NO_PROPOSAL_CHOSEN", 7: "INVALID_SYNTAX", 24: "AUTHENTICATION_FAILED"}
    assert {one.refusal for one in found.exchanges} == {names.get(refusal, "notify 9999")}
    assert len(nat) == 1


def test_silence_is_bounded_and_three_packets_long() -> None:
    started = time.monotonic()
    found, ike, nat = _look(silent, seconds=0.3)
    assert time.monotonic() - started < 5
    assert {one.outcome for one in found.exchanges} == {IkeOutcome.SILENT}
    assert len(ike) == 6
    assert len(nat) == 3


def test_a_closed_port_is_told_from_silence() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = look_at_ike("127.0.0.1", ike_port=port, nat_port=port, seconds=5)
    assert {one.outcome for one in found.exchanges} == {IkeOutcome.CLOSED}


def test_an_address_without_a_route_is_unreachable() -> None:
    found = look_at_ike("255.255.255.255", ike_port=500, nat_port=4500, seconds=5)
    assert {one.outcome for one in found.exchanges} == {IkeOutcome.UNREACHABLE}
    assert all(one.detail for one in found.exchanges)


_INVALID: dict[str, tuple[Behaviour, str]] = {
    "garbage": (lambda *_: [b"\xde\xad\xbe\xef" * 40], "IKE version"),
    "version 1": (lambda d, _: [d[:8] + b"r" * 8 + b"\x0b\x10\x05\0" + d[20:]], "version 1.0"),
    "its own packet": (lambda datagram, _: [datagram], "a request itself"),
    "another SPI": (lambda d, _: [b"x" * 8 + refusing_bytes(d, 14)[8:]], "SPI of another"),
    "cut off": (lambda d, _: [refusing_bytes(d, 14)[:-3]], "and says"),
    "a huge cookie": (lambda d, _: [refusing_bytes(d, Notify.COOKIE, b"c" * 50000)], "cookie has"),
    "nothing in it": (lambda d, _: [answer_with(d, [(40, b"n" * 32)])], "payloads SA"),  # type: ignore[list-item]
}


@pytest.mark.parametrize("fault", _INVALID)
def test_what_is_no_answer_is_told_and_does_not_end_the_wait(fault: str) -> None:
    behave, reason = _INVALID[fault]
    found = _on_ike_port(behave)
    assert (found.outcome, found.requests) == (IkeOutcome.INVALID, 3)
    assert reason in found.detail

    def late(datagram: bytes, place: tuple[str, int]) -> Iterable[bytes]:
        return [*behave(datagram, place), *accepting()(datagram, place)]

    assert _on_ike_port(late, 5.0).outcome is IkeOutcome.ACCEPTED


def test_endless_cookies_come_to_an_end() -> None:
    numbers = itertools.count()

    def new_cookie(datagram: bytes, _: tuple[str, int]) -> list[bytes]:
        return [refusing_bytes(datagram, Notify.COOKIE, next(numbers).to_bytes(8))]

    found, ike, nat = _look(new_cookie)
    assert {one.outcome for one in found.exchanges} == {IkeOutcome.INVALID}
    assert "again and again" in found.exchanges[0].detail
    assert len(ike) == 10
    assert len(nat) == 5


def test_groups_in_a_circle_come_to_an_end() -> None:
    def other_group(datagram: bytes, _: tuple[str, int]) -> list[bytes]:
        wanted = 20 if (19).to_bytes(2) + bytes(2) in datagram else 19
        return [refusing_bytes(datagram, Notify.INVALID_KE_PAYLOAD, wanted.to_bytes(2))]

    found = _on_ike_port(other_group, 0.5)
    assert found.outcome is IkeOutcome.INVALID
    assert found.requests == 5


def test_a_flood_comes_to_an_end() -> None:
    started = time.monotonic()
    found = _on_ike_port(lambda *_: [b"flood"] * 200, 20.0)
    assert found.outcome is IkeOutcome.INVALID
    assert time.monotonic() - started < 15


def test_the_second_port_wants_its_marker() -> None:
    def bare(datagram: bytes, place: tuple[str, int]) -> Iterable[bytes]:
        return [answer.removeprefix(MARKER) for answer in accepting()(datagram, place)]

    found, _, _ = _look(accepting(), bare, seconds=0.3)
    assert found.exchanges[-1].outcome is IkeOutcome.INVALID
    assert "marker" in found.exchanges[-1].detail


def test_nobody_else_is_heard() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))

        def by_another(datagram: bytes, place: tuple[str, int]) -> list[bytes]:
            other.sendto(refusing_bytes(datagram, 14), place)
            return []

        assert _on_ike_port(by_another).outcome is IkeOutcome.SILENT


def test_ipv6_is_spoken_too() -> None:
    with ExitStack() as stack:
        try:
            ike = stack.enter_context(Responder(accepting(), address="::1"))
        except OSError:
            pytest.skip("this machine has no IPv6 on loopback")
        found = look_at_ike("::1", ike_port=ike.port, nat_port=ike.port, seconds=5)
    assert found.exchanges[0].outcome is IkeOutcome.ACCEPTED
    assert found.exchanges[0].nat_here is False
