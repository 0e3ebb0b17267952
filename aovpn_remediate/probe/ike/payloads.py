"""The payloads of an IKE message, from bytes of anybody. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from aovpn_remediate.errors import RemediateError
from aovpn_remediate.probe.ike.numbers import (
    IKE_SA_INIT,
    MAJOR_VERSION,
    Payload,
    Transform,
)
from aovpn_remediate.probe.ike.offers import Chosen
from aovpn_remediate.probe.ike.requests import (
    ATTRIBUTE,
    HEADER,
    KEY_LENGTH,
    MORE_TRANSFORMS,
    NOTIFY,
    PAYLOAD,
    PROPOSAL,
    PROTOCOL_IKE,
    TRANSFORM,
)

_CRITICAL = 0x80
_KNOWN = frozenset(Payload) - {Payload.NONE}
_SKIPPED = range(33, 54)
"""The payloads of the first standards, which nobody may mark as critical and be refused for."""


class InvalidAnswer(RemediateError):  # noqa: N818 - as the others: the name says what happened
    """A datagram that is no answer to the request."""


@dataclass(frozen=True)
class Header:
    """The fixed part of a message."""

    initiator: bytes
    responder: bytes
    first: int
    flags: int
    message_id: int


@dataclass(frozen=True)
class Message:
    """A message whose header and chain of payloads are in order."""

    header: Header
    payloads: tuple[tuple[int, bytes], ...]

    def all(self, kind: Payload) -> tuple[bytes, ...]:
        """Return the contents of the payloads of a kind."""
        return tuple(content for found, content in self.payloads if found == kind)

    def one(self, kind: Payload) -> bytes:
        """Return the content of the only payload of a kind. Raises `InvalidAnswer`."""
        found = self.all(kind)
        if len(found) != 1:
            raise InvalidAnswer(f"it has {len(found)} payloads {kind.name} instead of one")
        return found[0]


def header_of(datagram: bytes) -> Header:
    """Return the header of IKE_SA_INIT in version 2. Raises `InvalidAnswer`."""
    if len(datagram) < HEADER.size:
        raise InvalidAnswer(f"it has {len(datagram)} bytes, too few for IKE")
    initiator, responder, first, version, exchange, flags, id_, size = HEADER.unpack_from(datagram)
    if version >> 4 != MAJOR_VERSION:
        raise InvalidAnswer(f"it is of IKE version {version >> 4}.{version & 15}, not 2")
    if exchange != IKE_SA_INIT:
        raise InvalidAnswer(f"it belongs to exchange {exchange}, not IKE_SA_INIT")
    if size != len(datagram):
        raise InvalidAnswer(f"it has {len(datagram)} bytes and says {size}")
    return Header(initiator, responder, first, flags, id_)


def message_of(datagram: bytes) -> Message:
    """Return a whole message. Raises `InvalidAnswer`."""
    header = header_of(datagram)
    return Message(header, tuple(_payloads(header.first, datagram[HEADER.size :])))


def _payloads(kind: int, body: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while kind != Payload.NONE:
        if len(body) - place < PAYLOAD.size:
            raise InvalidAnswer("it ends within a payload")
        following, flags, size = PAYLOAD.unpack_from(body, place)
        if not PAYLOAD.size <= size <= len(body) - place:
            raise InvalidAnswer(f"a payload says {size} bytes where {len(body) - place} are left")
        if kind in _KNOWN:
            yield kind, body[place + PAYLOAD.size : place + size]
        elif flags & _CRITICAL and kind not in _SKIPPED:
            raise InvalidAnswer(f"it asks for support of payload {kind}")
        kind, place = following, place + size
    if place != len(body):
        raise InvalidAnswer(f"{len(body) - place} bytes follow its last payload")


def notify_of(content: bytes) -> tuple[int, bytes]:
    """Return the type and the data of a notify payload. Raises `InvalidAnswer`."""
    if len(content) < NOTIFY.size:
        raise InvalidAnswer("a notify is too short")
    _, spi, kind = NOTIFY.unpack_from(content)
    if len(content) < NOTIFY.size + spi:
        raise InvalidAnswer("the SPI of a notify is cut off")
    return kind, content[NOTIFY.size + spi :]


def chosen_in(content: bytes) -> Chosen:
    """Return the one proposal of an SA payload in an answer. Raises `InvalidAnswer`."""
    if len(content) < PROPOSAL.size:
        raise InvalidAnswer("its SA payload is empty")
    more, _, size, _, protocol, spi, number = PROPOSAL.unpack_from(content)
    if more or size != len(content):
        raise InvalidAnswer("it chooses more than one proposal")
    if protocol != PROTOCOL_IKE or spi:
        raise InvalidAnswer("the proposal that it chooses is not one for IKE")
    found = [*_transforms(content[PROPOSAL.size :])]
    if len(found) != number or len({kind for kind, _, _ in found}) != number:
        raise InvalidAnswer("the transforms of its proposal are not one of each kind")
    by_kind = {kind: (value, bits) for kind, value, bits in found}
    try:
        encryption, bits = by_kind.pop(Transform.ENCRYPTION)
        prf, _ = by_kind.pop(Transform.PRF)
        group, _ = by_kind.pop(Transform.GROUP)
    except KeyError:
        raise InvalidAnswer("its proposal lacks an algorithm") from None
    integrity, _ = by_kind.pop(Transform.INTEGRITY, (0, 0))
    if by_kind:
        raise InvalidAnswer("its proposal has a transform that nobody asked for")
    return Chosen(encryption, bits, prf, integrity, group)


def _transforms(body: bytes) -> Iterator[tuple[int, int, int]]:
    place, more = 0, MORE_TRANSFORMS
    while more == MORE_TRANSFORMS:
        if len(body) - place < TRANSFORM.size:
            raise InvalidAnswer("it ends within a transform")
        more, _, size, kind, _, number = TRANSFORM.unpack_from(body, place)
        if not TRANSFORM.size <= size <= len(body) - place:
            raise InvalidAnswer("a transform is longer than its proposal")
        yield kind, number, _key_bits(body[place + TRANSFORM.size : place + size])
        place += size
    if place != len(body):
        raise InvalidAnswer("bytes follow its last transform")


def _key_bits(attributes: bytes) -> int:
    if not attributes:
        return 0
    if len(attributes) != ATTRIBUTE.size:
        raise InvalidAnswer("the attributes of a transform are not the bits of a key")
    kind, bits = ATTRIBUTE.unpack(attributes)
    if kind != KEY_LENGTH:
        raise InvalidAnswer("the attributes of a transform are not the bits of a key")
    return int(bits)
