"""An IKE_SA_INIT request in bytes. Pure."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from aovpn_remediate.probe.ike.groups import public_key
from aovpn_remediate.probe.ike.numbers import (
    FLAG_INITIATOR,
    IKE_SA_INIT,
    MAJOR_VERSION,
    Notify,
    Payload,
)
from aovpn_remediate.probe.ike.offers import Chosen, Offer

HEADER = struct.Struct("!8s8sBBBBII")
"""Both SPIs, the first payload, version, exchange, flags, message id, length."""
PAYLOAD = struct.Struct("!BBH")
"""The next payload, the critical bit, the length with these four bytes."""
PROPOSAL = struct.Struct("!BBHBBBB")
"""Last or more, reserved, length, number, protocol, size of the SPI, number of transforms."""
TRANSFORM = struct.Struct("!BBHBBH")
"""Last or more, reserved, length, kind, reserved, number."""
ATTRIBUTE = struct.Struct("!HH")
NOTIFY = struct.Struct("!BBH")
"""Protocol, size of the SPI, type."""
PROTOCOL_IKE = 1
KEY_LENGTH = 0x8000 | 14
"""The attribute with the bits of a key; the high bit says that its value is two bytes."""
MORE_PROPOSALS, MORE_TRANSFORMS = 2, 3
NO_SPI = bytes(8)
_NONCE_BYTES = 32

Place = tuple[str, int]
"""An IP address and a port."""


def _new_spi() -> bytes:
    while (spi := secrets.token_bytes(8)) == NO_SPI:
        pass  # zero would mean that there is none
    return spi


@dataclass(frozen=True)
class Request:
    """What one side says first; a retry keeps the SPI and the nonce."""

    offer: Offer
    source: Place
    target: Place
    group: int
    key: bytes
    spi: bytes = field(default_factory=_new_spi)
    nonce: bytes = field(default_factory=lambda: secrets.token_bytes(_NONCE_BYTES))
    cookie: bytes = b""

    @classmethod
    def new(cls, offer: Offer, source: Place, target: Place) -> Request:
        """Return the first request for an offer, with a key of its first group."""
        group = offer.groups[0]
        return cls(offer, source, target, group, public_key(group))

    def with_cookie(self, cookie: bytes) -> Request:
        """Return the same request with a cookie."""
        return replace(self, cookie=cookie)

    def with_group(self, group: int) -> Request:
        """Return the same request with a key of another group."""
        return replace(self, group=group, key=public_key(group))

    def to_bytes(self) -> bytes:
        """Return the message, as it goes to port 500."""
        source = nat_hash(self.spi, NO_SPI, self.source)
        target = nat_hash(self.spi, NO_SPI, self.target)
        payloads = [
            *([notify(Notify.COOKIE, self.cookie)] if self.cookie else []),
            (Payload.SA, _proposals(self.offer.proposals)),
            (Payload.KE, struct.pack("!HH", self.group, 0) + self.key),
            (Payload.NONCE, self.nonce),
            notify(Notify.NAT_DETECTION_SOURCE_IP, source),
            notify(Notify.NAT_DETECTION_DESTINATION_IP, target),
            notify(Notify.IKEV2_FRAGMENTATION_SUPPORTED),
        ]
        return message(self.spi, NO_SPI, FLAG_INITIATOR, payloads)


def nat_hash(initiator: bytes, responder: bytes, place: Place) -> bytes:
    """Return what NAT detection tells of an address and a port."""
    address, port = place
    packed = ipaddress.ip_address(address.partition("%")[0]).packed
    whole = initiator + responder + packed + port.to_bytes(2)
    return hashlib.sha1(whole, usedforsecurity=False).digest()


def notify(kind: int, content: bytes = b"") -> tuple[Payload, bytes]:
    """Return a notify payload that is about no SPI."""
    return Payload.NOTIFY, NOTIFY.pack(0, 0, kind) + content


def message(
    initiator: bytes, responder: bytes, flags: int, payloads: Sequence[tuple[Payload, bytes]]
) -> bytes:
    """Return a whole IKE_SA_INIT message."""
    following = [*(kind for kind, _ in payloads[1:]), Payload.NONE]
    body = b"".join(
        PAYLOAD.pack(next_, 0, PAYLOAD.size + len(content)) + content
        for next_, (_, content) in zip(following, payloads, strict=True)
    )
    version = MAJOR_VERSION << 4
    whole = HEADER.size + len(body)
    return (
        HEADER.pack(initiator, responder, payloads[0][0], version, IKE_SA_INIT, flags, 0, whole)
        + body
    )


def _proposals(proposals: Sequence[Chosen]) -> bytes:
    last = len(proposals)
    return b"".join(
        proposal_bytes(number, proposal, more=number < last)
        for number, proposal in enumerate(proposals, 1)
    )


def proposal_bytes(number: int, proposal: Chosen, *, more: bool = False) -> bytes:
    """Return one proposal of an SA payload."""
    transforms = proposal.transforms
    body = b"".join(_transforms(transforms))
    following = MORE_PROPOSALS if more else 0
    size = PROPOSAL.size + len(body)
    head = PROPOSAL.pack(following, 0, size, number, PROTOCOL_IKE, 0, len(transforms))
    return head + body


def _transforms(transforms: Sequence[tuple[int, int, int]]) -> Iterable[bytes]:
    for place, (kind, number, bits) in enumerate(transforms, 1):
        attribute = ATTRIBUTE.pack(KEY_LENGTH, bits) if bits else b""
        following = MORE_TRANSFORMS if place < len(transforms) else 0
        size = TRANSFORM.size + len(attribute)
        yield TRANSFORM.pack(following, 0, size, kind, 0, number) + attribute
