"""IKE on one address: both offers to port 500, then one of them to port 4500."""

from __future__ import annotations

import socket
from dataclasses import dataclass

from aovpn_remediate.probe.ike.answers import Accepted, Refused, nat_seen
from aovpn_remediate.probe.ike.exchange import NON_ESP_MARKER, Conversation
from aovpn_remediate.probe.ike.numbers import Notify, notify_name, vendor_name
from aovpn_remediate.probe.ike.offers import DEFAULT, HARDENED, Offer
from aovpn_remediate.probe.ike.requests import Place, Request
from aovpn_remediate.probe.parallel import at_once
from aovpn_remediate.results.probes import IkeExchange, IkeOutcome, IkeProbe

_REPEAT_SHARE = 0.2
"""The part of the time that is waited for the answer to a repeated request."""
_MOST_VENDOR_IDS = 20


@dataclass(frozen=True)
class _Heard:
    """What came of a request, and the request that it came of."""

    exchange: IkeExchange
    request: Request | None = None
    accepted: Accepted | None = None


def look_at_ike(address: str, *, ike_port: int, nat_port: int, seconds: float) -> IkeProbe:
    """Send both offers to the first port at once, then see whether the second one answers."""
    target = (address, ike_port)
    first = at_once(
        [lambda: _offer(HARDENED, target, seconds), lambda: _offer(DEFAULT, target, seconds)]
    )
    best = next((heard for heard in first if heard.accepted), None)
    second_target = (address, nat_port)
    repeated, sent = _repeat(best, second_target, seconds * _REPEAT_SHARE)
    if repeated is not None:
        return IkeProbe(exchanges=(*_exchanges(first), repeated), same_responder=True)
    offer = DEFAULT if best and best.exchange.offer == DEFAULT.name else HARDENED
    second = _offer(offer, second_target, seconds, NON_ESP_MARKER).exchange
    second = second.model_copy(update={"requests": sent + second.requests})
    same = False if best and _differ(best.exchange, second) else None
    return IkeProbe(exchanges=(*_exchanges(first), second), same_responder=same)


def _exchanges(heard: list[_Heard]) -> tuple[IkeExchange, ...]:
    return tuple(one.exchange for one in heard)


def _offer(offer: Offer, target: Place, seconds: float, marker: bytes = b"") -> _Heard:
    try:
        udp = _connected(target)
    except OSError as error:
        return _Heard(_without_answer(offer, target, IkeOutcome.UNREACHABLE, _words(error)))
    with udp:
        request = Request.new(offer, _local(udp), target)
        return _converse(Conversation(udp, request, seconds, marker))


def _converse(conversation: Conversation) -> _Heard:
    answer = conversation.hear()
    request = conversation.request
    if answer is None:
        outcome, detail = conversation.outcome()
        exchange = _without_answer(request.offer, request.target, outcome, detail)
    elif isinstance(answer, Refused):
        exchange = _refused(request, answer)
    else:
        exchange = _accepted(request, answer)
    retries = tuple(conversation.retries)
    exchange = exchange.model_copy(update={"requests": conversation.sent, "retries": retries})
    return _Heard(exchange, request, answer if isinstance(answer, Accepted) else None)


def _repeat(best: _Heard | None, target: Place, seconds: float) -> tuple[IkeExchange | None, int]:
    """Send the same request to another port: the server that has it already answers the same.

    Return nothing unless it does, and the number of packets that were sent.
    """
    if best is None or best.request is None or best.accepted is None:
        return None, 0
    try:
        udp = _connected(target, best.request.source[1])
    except OSError:
        return None, 0
    with udp:
        conversation = Conversation(udp, best.request, seconds, NON_ESP_MARKER)
        answer = conversation.hear()
    sent = conversation.sent
    if not isinstance(answer, Accepted) or answer.responder != best.accepted.responder:
        return None, sent
    # The answer is about the port that it was made for.
    nothing = {"nat_here": None, "nat_there": None, "retries": ()}
    return best.exchange.model_copy(update={"port": target[1], "requests": sent, **nothing}), sent


def _connected(target: Place, source_port: int = 0) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(
        *target, type=socket.SOCK_DGRAM, flags=socket.AI_NUMERICHOST
    )[0]
    udp = socket.socket(family, kind, protocol)
    try:
        if source_port:
            udp.bind(("", source_port))
        # Once connected, nobody but this address and port is heard.
        udp.connect(place)
    except OSError:
        udp.close()
        raise
    return udp


def _local(udp: socket.socket) -> Place:
    address, port = udp.getsockname()[:2]
    return str(address), int(port)


def _words(error: OSError) -> str:
    return error.strerror or str(error)


def _without_answer(offer: Offer, target: Place, outcome: IkeOutcome, detail: str) -> IkeExchange:
    return IkeExchange(port=target[1], offer=offer.name, outcome=outcome, detail=detail)


def _refused(request: Request, answer: Refused) -> IkeExchange:
    return IkeExchange(
        port=request.target[1],
        offer=request.offer.name,
        outcome=IkeOutcome.REFUSED,
        refusal=notify_name(answer.notify),
        vendor_ids=_vendors(answer.vendor_ids),
    )


def _accepted(request: Request, answer: Accepted) -> IkeExchange:
    nat_here, nat_there = nat_seen(answer, request)
    kinds = [kind for kind, _ in answer.notifies]
    return IkeExchange(
        port=request.target[1],
        offer=request.offer.name,
        outcome=IkeOutcome.ACCEPTED,
        proposal=str(answer.chosen),
        weak=answer.chosen.weak,
        fragmentation=Notify.IKEV2_FRAGMENTATION_SUPPORTED in kinds,
        nat_here=nat_here,
        nat_there=nat_there,
        vendor_ids=_vendors(answer.vendor_ids),
        notifies=tuple(dict.fromkeys(notify_name(kind) for kind in kinds)),
    )


def _vendors(contents: tuple[bytes, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(vendor_name(content) for content in contents[:_MOST_VENDOR_IDS]))


def _differ(one: IkeExchange, other: IkeExchange) -> bool:
    """Return True for answers to the same offer that one server would hardly give."""
    if not (one.answered and other.answered):
        return False
    compared = ("outcome", "proposal", "refusal", "fragmentation", "vendor_ids")
    return any(getattr(one, field) != getattr(other, field) for field in compared)
