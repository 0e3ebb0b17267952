"""What is offered is what Windows offers, in a packet that everybody accepts."""

from __future__ import annotations

import pytest

from aovpn_remediate.probe.ike.groups import PRIMES, key_size, public_key
from aovpn_remediate.probe.ike.numbers import Notify, Payload
from aovpn_remediate.probe.ike.offers import DEFAULT, HARDENED, Chosen, Offer
from aovpn_remediate.probe.ike.payloads import message_of, notify_of
from aovpn_remediate.probe.ike.requests import Request

_SOURCE, _TARGET = ("192.0.2.1", 40000), ("198.51.100.1", 500)
_MOST_BYTES = 1280
_LONGEST_COOKIE = b"c" * 64


def _pi(bits: int) -> int:
    """2**bits * pi, rounded down (Machin)."""
    guard = 64
    one = 1 << (bits + guard)

    def arctan(inverse: int) -> int:
        term = total = one // inverse
        divisor, sign = 1, 1
        while term:
            term //= inverse * inverse
            divisor, sign = divisor + 2, -sign
            total += sign * (term // divisor)
        return total

    return (4 * (4 * arctan(5) - arctan(239))) >> guard


@pytest.mark.parametrize(("group", "bits", "offset"), [(2, 1024, 129093), (14, 2048, 124476)])
def test_a_prime_is_the_one_of_the_rfc(group: int, bits: int, offset: int) -> None:
    middle = _pi(bits - 130) + offset
    assert PRIMES[group] == 2**bits - 2 ** (bits - 64) - 1 + 2**64 * middle


@pytest.mark.parametrize("group", [2, 14, 19, 20])
def test_a_key_has_the_size_of_its_group_and_is_new(group: int) -> None:
    sizes = {2: 128, 14: 256, 19: 64, 20: 96}
    assert len(public_key(group)) == key_size(group) == sizes[group]
    assert public_key(group) != public_key(group)


def test_the_default_offer_is_the_weak_one_of_windows() -> None:
    assert len(DEFAULT.proposals) == 18
    assert DEFAULT.groups == (2,)
    assert str(DEFAULT.proposals[0]) == "3DES, SHA1, MODP1024 (group 2)"
    assert all("MODP1024" in proposal.weak for proposal in DEFAULT.proposals)


def test_the_hardened_offer_begins_with_the_policy_of_the_playbooks() -> None:
    first, second, *_ = HARDENED.proposals
    assert str(first) == "AES-GCM-128, SHA256, MODP2048 (group 14)"
    assert first.integrity == 0
    assert second == Chosen(encryption=12, key_bits=128, prf=5, integrity=12, group=14)
    assert not any(proposal.weak for proposal in HARDENED.proposals)


@pytest.mark.parametrize("offer", [DEFAULT, HARDENED])
@pytest.mark.parametrize("source", [_SOURCE, ("2001:db8::1", 40000)])
def test_a_request_needs_no_fragment_of_ip(offer: Offer, source: tuple[str, int]) -> None:
    request = Request.new(offer, source, source).with_cookie(_LONGEST_COOKIE)
    for group in offer.groups:
        assert len(request.with_group(group).to_bytes()) <= _MOST_BYTES


def test_a_request_announces_fragmentation_and_both_ends() -> None:
    message = message_of(Request.new(HARDENED, _SOURCE, _TARGET).to_bytes())
    kinds = [notify_of(content)[0] for content in message.all(Payload.NOTIFY)]
    assert kinds == [
        Notify.NAT_DETECTION_SOURCE_IP,
        Notify.NAT_DETECTION_DESTINATION_IP,
        Notify.IKEV2_FRAGMENTATION_SUPPORTED,
    ]


def test_a_retry_keeps_the_spi_and_puts_the_cookie_first() -> None:
    first = Request.new(HARDENED, _SOURCE, _TARGET)
    retry = first.with_cookie(b"cookie").with_group(19)
    message = message_of(retry.to_bytes())
    assert message.header.initiator == first.spi
    kind, content = message.payloads[0]
    assert (kind, notify_of(content)) == (Payload.NOTIFY, (Notify.COOKIE, b"cookie"))
    assert message.one(Payload.KE)[:2] == (19).to_bytes(2)
    assert message.one(Payload.NONCE) == first.nonce
