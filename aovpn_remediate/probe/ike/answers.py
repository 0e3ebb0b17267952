"""An answer to IKE_SA_INIT, held against the request. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from aovpn_remediate.probe.ike.groups import key_size
from aovpn_remediate.probe.ike.numbers import (
    FIRST_STATUS,
    FLAG_INITIATOR,
    FLAG_RESPONSE,
    Notify,
    Payload,
    notify_name,
)
from aovpn_remediate.probe.ike.offers import Chosen
from aovpn_remediate.probe.ike.payloads import (
    Header,
    InvalidAnswer,
    Message,
    chosen_in,
    header_of,
    message_of,
    notify_of,
)
from aovpn_remediate.probe.ike.requests import NO_SPI, Place, Request, nat_hash

_MOST_COOKIE_BYTES = 64
_NONCE_BYTES = range(16, 257)
_REDIRECT = 16407
_GROUP_BYTES = 2
_KE_HEAD = 4


@dataclass(frozen=True)
class Accepted:
    """The responder has chosen one of the proposals."""

    chosen: Chosen
    responder: bytes
    notifies: tuple[tuple[int, bytes], ...]
    vendor_ids: tuple[bytes, ...]


@dataclass(frozen=True)
class Refused:
    """The responder has answered with an error."""

    notify: int
    vendor_ids: tuple[bytes, ...]


@dataclass(frozen=True)
class CookieWanted:
    """The same request is wanted again, with this cookie."""

    cookie: bytes


@dataclass(frozen=True)
class GroupWanted:
    """The same request is wanted again, with a key of this group."""

    group: int


Answer = Accepted | Refused | CookieWanted | GroupWanted


def answer_to(request: Request, datagram: bytes) -> Answer:
    """Return what a datagram answers to a request. Raises `InvalidAnswer`."""
    _require_match(request, header_of(datagram))
    message = message_of(datagram)
    notifies = tuple(notify_of(content) for content in message.all(Payload.NOTIFY))
    retry = _retry(request, dict(reversed(notifies)))
    if retry is not None:
        return retry
    errors = [kind for kind, _ in notifies if kind < FIRST_STATUS or kind == _REDIRECT]
    if errors:
        return Refused(errors[0], message.all(Payload.VENDOR_ID))
    return _accepted(request, message, notifies)


def _require_match(request: Request, header: Header) -> None:
    if header.initiator != request.spi:
        raise InvalidAnswer("it carries the SPI of another request")
    if not header.flags & FLAG_RESPONSE or header.flags & FLAG_INITIATOR:
        raise InvalidAnswer("it is a request itself, not an answer")
    if header.message_id:
        raise InvalidAnswer(f"it answers message {header.message_id} instead of the first one")


def _retry(request: Request, notifies: dict[int, bytes]) -> CookieWanted | GroupWanted | None:
    if (cookie := notifies.get(Notify.COOKIE)) is not None:
        if not 1 <= len(cookie) <= _MOST_COOKIE_BYTES:
            raise InvalidAnswer(f"its cookie has {len(cookie)} bytes")
        return CookieWanted(cookie)
    if (wanted := notifies.get(Notify.INVALID_KE_PAYLOAD)) is not None:
        if len(wanted) != _GROUP_BYTES:
            raise InvalidAnswer(f"{notify_name(Notify.INVALID_KE_PAYLOAD)} names no group")
        group = int.from_bytes(wanted)
        if group not in request.offer.groups:
            raise InvalidAnswer(f"it asks for group {group}, which was not offered")
        if group == request.group:
            raise InvalidAnswer(f"it asks for group {group}, which it was sent")
        return GroupWanted(group)
    return None


def _accepted(
    request: Request, message: Message, notifies: tuple[tuple[int, bytes], ...]
) -> Accepted:
    if message.header.responder == NO_SPI:
        raise InvalidAnswer("it accepts without an SPI of its own")
    chosen = chosen_in(message.one(Payload.SA))
    if chosen not in request.offer.proposals:
        raise InvalidAnswer(f"it chooses what was not offered: {chosen}")
    key = message.one(Payload.KE)
    if len(key) != _KE_HEAD + key_size(request.group):
        raise InvalidAnswer(f"its key is none of group {request.group}")
    if not chosen.group == request.group == int.from_bytes(key[:_GROUP_BYTES]):
        raise InvalidAnswer(f"its key is none of group {chosen.group}, which it chooses")
    if len(message.one(Payload.NONCE)) not in _NONCE_BYTES:
        raise InvalidAnswer("its nonce is too short or too long")
    return Accepted(chosen, message.header.responder, notifies, message.all(Payload.VENDOR_ID))


def nat_seen(accepted: Accepted, request: Request) -> tuple[bool | None, bool | None]:
    """Return whether a NAT lies before this side, and before the responder; None: it is not told.

    A responder that wants UDP encapsulation in any case tells of a NAT where there is none.
    """
    spis = request.spi, accepted.responder

    def behind(kind: Notify, place: Place) -> bool | None:
        told = [content for found, content in accepted.notifies if found == kind]
        return nat_hash(*spis, place) not in told if told else None

    return (
        behind(Notify.NAT_DETECTION_DESTINATION_IP, request.source),
        behind(Notify.NAT_DETECTION_SOURCE_IP, request.target),
    )
