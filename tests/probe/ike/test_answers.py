"""An answer is believed only if it fits the request; anything else is one kind of error."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable

import pytest

from aovpn_remediate.probe.ike.answers import (
    Accepted,
    CookieWanted,
    GroupWanted,
    Refused,
    answer_to,
    nat_seen,
)
from aovpn_remediate.probe.ike.numbers import FLAG_RESPONSE, Notify, Payload
from aovpn_remediate.probe.ike.offers import DEFAULT, HARDENED, Chosen
from aovpn_remediate.probe.ike.payloads import InvalidAnswer
from aovpn_remediate.probe.ike.requests import (
    NO_SPI,
    Request,
    message,
    nat_hash,
    notify,
    proposal_bytes,
)
from tests.probe.ike.responder import accepted_payloads, answer_with, refusing_bytes

_REQUEST = Request.new(HARDENED, ("192.0.2.1", 40000), ("198.51.100.1", 500))
_SENT = _REQUEST.to_bytes()
_CHOSEN = HARDENED.proposals[0]
_GOOD = answer_with(_SENT, accepted_payloads(_CHOSEN))
_REDIRECT = 16407


def _changed(place: int, content: bytes) -> bytes:
    return _GOOD[:place] + content + _GOOD[place + len(content) :]


def _with(payloads: list[tuple[Payload, bytes]], responder: bytes = b"responds") -> bytes:
    return answer_with(_SENT, payloads, responder=responder)


def _nth(place: int, payload: tuple[Payload, bytes]) -> bytes:
    payloads = accepted_payloads(_CHOSEN)
    payloads[place] = payload
    return _with(payloads)


def _without_transform() -> bytes:
    # Without the last transform, of the group; the one before, of the PRF, becomes the last.
    whole = proposal_bytes(1, _CHOSEN)
    short = whole[:-16] + b"\0" + whole[-15:-8]
    return _nth(0, (Payload.SA, struct.pack("!BBHBBBB", 0, 0, len(short), 1, 1, 0, 2) + short[8:]))


def test_a_right_answer_is_accepted() -> None:
    found = answer_to(_REQUEST, _GOOD)
    assert isinstance(found, Accepted)
    assert found.chosen == _CHOSEN
    assert found.responder == b"responds"


_FAULTS: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "0 bytes"),
    "garbage": (b"\xff" * 200, "version 15.15"),
    "version 1": (_changed(17, b"\x10"), "IKE version 1.0"),
    "another exchange": (_changed(18, b"\x23"), "exchange 35"),
    "another SPI": (_changed(0, b"x" * 8), "SPI of another request"),
    "itself": (_SENT, "a request itself"),
    "the bit of an initiator": (_changed(19, b"\x28"), "a request itself"),
    "another message": (_changed(20, b"\x00\x00\x00\x01"), "message 1"),
    "cut off": (_GOOD[:-1], f"{len(_GOOD) - 1} bytes"),
    "a wrong length": (_changed(24, (9999).to_bytes(4)), "says 9999"),
    "too much": (_changed(24, (len(_GOOD) + 4).to_bytes(4)) + b"1234", "follow its last payload"),
    "an empty payload": (_changed(30, b"\x00\x00"), "says 0 bytes"),
    "a long payload": (_changed(30, b"\xff\xff"), "says 65535 bytes"),
    "critical and unknown": (_changed(16, b"\x80")[:29] + b"\x80" + _GOOD[30:], "payload 128"),
    "no payload": (
        message(_REQUEST.spi, b"r" * 8, FLAG_RESPONSE, [(Payload.NONCE, b"n" * 32)]),
        "0 payloads SA",
    ),
    "two SAs": (
        _with([*accepted_payloads(_CHOSEN), accepted_payloads(_CHOSEN)[0]]),
        "2 payloads SA",
    ),
    "no SPI of its own": (_with(accepted_payloads(_CHOSEN), NO_SPI), "without an SPI"),
    "an empty SA": (_nth(0, (Payload.SA, b"")), "SA payload is empty"),
    "all that was offered": (
        _nth(0, (Payload.SA, proposal_bytes(1, _CHOSEN, more=True) + proposal_bytes(2, _CHOSEN))),
        "more than one proposal",
    ),
    "not offered": (
        _nth(0, (Payload.SA, proposal_bytes(1, DEFAULT.proposals[0]))),
        "not offered: 3DES",
    ),
    "a key of no length": (
        _nth(0, (Payload.SA, proposal_bytes(1, Chosen(20, 0, 5, 0, 14)))),
        "not offered",
    ),
    "no group": (_without_transform(), "lacks an algorithm"),
    "the key of another group": (
        _nth(1, (Payload.KE, (19).to_bytes(2) + bytes(2 + 256))),
        "none of group 14",
    ),
    "a short key": (_nth(1, (Payload.KE, (14).to_bytes(2) + bytes(2))), "none of group 14"),
    "another group than its key": (
        _with(accepted_payloads(HARDENED.proposals[6])),
        "none of group 14",
    ),
    "a short nonce": (_nth(2, (Payload.NONCE, b"n" * 15)), "nonce"),
    "a long nonce": (_nth(2, (Payload.NONCE, b"n" * 257)), "nonce"),
    "an empty cookie": (refusing_bytes(_SENT, Notify.COOKIE), "cookie has 0 bytes"),
    "a huge cookie": (refusing_bytes(_SENT, Notify.COOKIE, b"c" * 9000), "cookie has 9000"),
    "no group wanted": (refusing_bytes(_SENT, Notify.INVALID_KE_PAYLOAD), "names no group"),
    "a group not offered": (
        refusing_bytes(_SENT, Notify.INVALID_KE_PAYLOAD, b"\0\x02"),
        "group 2, which was not offered",
    ),
    "the group that was sent": (
        refusing_bytes(_SENT, Notify.INVALID_KE_PAYLOAD, b"\0\x0e"),
        "group 14, which it was sent",
    ),
    "a notify cut off": (_with([(Payload.NOTIFY, b"\0")]), "a notify is too short"),
    "the SPI of a notify cut off": (_with([(Payload.NOTIFY, b"\0\x08\0\x0e")]), "cut off"),
}


@pytest.mark.parametrize("fault", _FAULTS)
def test_what_does_not_fit_is_refused_with_the_reason(fault: str) -> None:
    datagram, reason = _FAULTS[fault]
    with pytest.raises(InvalidAnswer, match=reason):
        answer_to(_REQUEST, datagram)


def test_unknown_payloads_and_notifies_do_no_harm() -> None:
    payloads = [*accepted_payloads(_CHOSEN), notify(50000, b"?"), (Payload.VENDOR_ID, b"\xff" * 9)]
    found = answer_to(_REQUEST, _with(payloads))
    assert isinstance(found, Accepted)
    assert found.vendor_ids == (b"\xff" * 9,)
    # The nonce as a payload that nobody has assigned, without the critical bit.
    ignored = _with([*accepted_payloads(_CHOSEN), (Payload.NONCE, b"?" * 20)])
    place = ignored.rindex(b"\x28" + bytes(1) + (36).to_bytes(2))
    assert isinstance(
        answer_to(_REQUEST, ignored[:place] + b"\xc8" + ignored[place + 1 :]), Accepted
    )


def test_an_error_is_a_refusal_whatever_else_it_carries() -> None:
    errors = [notify(16404), notify(Notify.NO_PROPOSAL_CHOSEN, b"x" * 60000)]
    assert answer_to(_REQUEST, _with(errors)) == Refused(14, ())
    assert answer_to(_REQUEST, _with([notify(_REDIRECT, b"x")])) == Refused(_REDIRECT, ())


def test_a_cookie_and_a_group_are_asked_for() -> None:
    assert answer_to(_REQUEST, refusing_bytes(_SENT, Notify.COOKIE, b"c")) == CookieWanted(b"c")
    wanted = refusing_bytes(_SENT, Notify.INVALID_KE_PAYLOAD, b"\0\x13")
    assert answer_to(_REQUEST, wanted) == GroupWanted(19)


@pytest.mark.parametrize(
    ("kinds", "seen"),
    [
        ((), (None, None)),
        ((("here", "there")), (False, False)),
        ((("other", "there")), (True, False)),
        ((("here", "other")), (False, True)),
    ],
)
def test_a_nat_is_seen_by_the_hashes(
    kinds: tuple[str, ...], seen: tuple[bool | None, bool | None]
) -> None:
    places = {"here": _REQUEST.source, "there": _REQUEST.target, "other": ("203.0.113.9", 1)}
    names = (Notify.NAT_DETECTION_DESTINATION_IP, Notify.NAT_DETECTION_SOURCE_IP)
    notifies = [
        notify(name, nat_hash(_REQUEST.spi, b"responds", places[kind]))
        for name, kind in zip(names, kinds, strict=False)
    ]
    found = answer_to(_REQUEST, _with([*accepted_payloads(_CHOSEN), *notifies]))
    assert isinstance(found, Accepted)
    assert nat_seen(found, _REQUEST) == seen


_MUTATED = 10_000


def _mutations(draw: random.Random) -> Callable[[bytes], bytes]:
    def flip(data: bytes) -> bytes:
        place = draw.randrange(len(data))
        return data[:place] + bytes([draw.randrange(256)]) + data[place + 1 :]

    def cut(data: bytes) -> bytes:
        return data[: draw.randrange(len(data))]

    def grow(data: bytes) -> bytes:
        place = draw.randrange(len(data))
        return data[:place] + draw.randbytes(draw.randrange(1, 40)) + data[place:]

    def double(data: bytes) -> bytes:
        return data + data[draw.randrange(len(data)) :]

    def mend_length(data: bytes) -> bytes:
        return data[:24] + len(data).to_bytes(4) + data[28:] if len(data) > 28 else data

    def mutate(data: bytes) -> bytes:
        for _ in range(draw.randrange(1, 5)):
            data = draw.choice([flip, flip, flip, cut, grow, double])(data) or b"\0"
        return mend_length(data) if draw.random() < 0.8 else data

    return mutate


def test_no_mutated_answer_raises_anything_else() -> None:
    draw = random.Random(20261127)  # noqa: S311 - the same mutations each time
    mutate = _mutations(draw)
    originals = [
        _GOOD,
        _SENT,
        _with([*accepted_payloads(_CHOSEN), notify(Notify.IKEV2_FRAGMENTATION_SUPPORTED)]),
        refusing_bytes(_SENT, Notify.NO_PROPOSAL_CHOSEN),
        refusing_bytes(_SENT, Notify.COOKIE, b"c" * 32),
        refusing_bytes(_SENT, Notify.INVALID_KE_PAYLOAD, b"\0\x13"),
    ]
    refused = understood = 0
    for _ in range(_MUTATED):
        try:
            found = answer_to(_REQUEST, mutate(draw.choice(originals)))
        except InvalidAnswer as error:
            refused += str(error).isprintable()
        else:
            assert isinstance(found, Accepted | Refused | CookieWanted | GroupWanted)
            understood += 1
    assert understood > 100
    assert refused == _MUTATED - understood
