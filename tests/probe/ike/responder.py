"""A responder made by hand, for the answers that no daemon gives."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Callable, Iterable, Sequence
from types import TracebackType
from typing import Self

from aovpn_remediate.probe.ike.groups import key_size
from aovpn_remediate.probe.ike.numbers import FLAG_RESPONSE, Notify, Payload
from aovpn_remediate.probe.ike.offers import DEFAULT, HARDENED, Chosen
from aovpn_remediate.probe.ike.payloads import message_of, notify_of
from aovpn_remediate.probe.ike.requests import NO_SPI, message, nat_hash, notify, proposal_bytes

Behaviour = Callable[[bytes, tuple[str, int]], Iterable[bytes]]
"""What goes back for a datagram, which came from a place."""

MARKER = bytes(4)


class Responder:
    """A UDP server on loopback; what it heard is in `heard`."""

    def __init__(self, behave: Behaviour, *, address: str = "127.0.0.1", port: int = 0) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._udp = socket.socket(family, socket.SOCK_DGRAM)
        self._udp.bind((address, port))
        self.port = int(self._udp.getsockname()[1])
        self.heard: list[bytes] = []
        self._behave = behave
        self._thread = threading.Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._udp.sendto(b"", self._udp.getsockname())
        self._thread.join()
        self._udp.close()

    def _serve(self) -> None:
        while True:
            datagram, place = self._udp.recvfrom(65535)
            if not datagram:
                return
            self.heard.append(datagram)
            for answer in self._behave(datagram, place[:2]):
                self._udp.sendto(answer, place)


def initiator_of(datagram: bytes) -> bytes:
    """The SPI that a request carries, with a marker before it or without."""
    return datagram.removeprefix(MARKER)[:8]


def accepting(
    chosen: Chosen | None = None,
    *,
    fragmentation: bool = True,
    server: bytes = b"one",
    vendor: bytes = b"",
    seen_as: tuple[str, int] | None = None,
) -> Behaviour:
    """Accept what was offered, or one proposal alone; the same request gets the same answer."""

    def behave(datagram: bytes, place: tuple[str, int]) -> list[bytes]:
        marker = MARKER if datagram.startswith(MARKER) else b""
        request = datagram.removeprefix(MARKER)
        group = int.from_bytes(message_of(request).one(Payload.KE)[:2])
        offer = DEFAULT if group in DEFAULT.groups else HARDENED
        wanted = chosen or offer.proposals[0]
        if wanted not in offer.proposals:
            return [marker + refusing_bytes(request, Notify.NO_PROPOSAL_CHOSEN)]
        if wanted.group != group:
            asked = wanted.group.to_bytes(2)
            return [marker + refusing_bytes(request, Notify.INVALID_KE_PAYLOAD, asked)]
        responder = hashlib.sha256(server + request[:8]).digest()[:8]
        payloads = [
            *accepted_payloads(wanted),
            notify(
                Notify.NAT_DETECTION_DESTINATION_IP,
                nat_hash(request[:8], responder, seen_as or place),
            ),
            *([notify(Notify.IKEV2_FRAGMENTATION_SUPPORTED)] if fragmentation else []),
            *([(Payload.VENDOR_ID, vendor)] if vendor else []),
        ]
        return [marker + message(request[:8], responder, FLAG_RESPONSE, payloads)]

    return behave


def accepted_payloads(chosen: Chosen) -> list[tuple[Payload, bytes]]:
    """What an answer has that accepts a proposal."""
    key = chosen.group.to_bytes(2) + bytes(2) + b"\x01" * key_size(chosen.group)
    return [
        (Payload.SA, proposal_bytes(1, chosen)),
        (Payload.KE, key),
        (Payload.NONCE, b"n" * 32),
    ]


def answer_with(
    datagram: bytes, payloads: Sequence[tuple[Payload, bytes]], *, responder: bytes = b"responds"
) -> bytes:
    """An answer to a request with these payloads."""
    marker = MARKER if datagram.startswith(MARKER) else b""
    return marker + message(initiator_of(datagram), responder, FLAG_RESPONSE, payloads)


def refusing_bytes(datagram: bytes, kind: int, content: bytes = b"") -> bytes:
    """An answer that is one notify."""
    return answer_with(datagram, [notify(kind, content)], responder=NO_SPI)


def refusing(kind: int, content: bytes = b"") -> Behaviour:
    """Answer every request with one notify."""
    return lambda datagram, _: [refusing_bytes(datagram, kind, content)]


def asking_for_cookie(then: Behaviour, cookie: bytes = b"cookie") -> Behaviour:
    """Ask for a cookie first, as a server under load does."""

    def behave(datagram: bytes, place: tuple[str, int]) -> Iterable[bytes]:
        notifies = message_of(datagram.removeprefix(MARKER)).all(Payload.NOTIFY)
        if (Notify.COOKIE, cookie) in map(notify_of, notifies):
            return then(datagram, place)
        return [refusing_bytes(datagram, Notify.COOKIE, cookie)]

    return behave


def silent(_: bytes, __: tuple[str, int]) -> list[bytes]:
    """Answer nothing."""
    return []
