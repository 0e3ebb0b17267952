"""One IKE_SA_INIT exchange over UDP: sent three times, and again as the answers ask for it."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

from aovpn_remediate.probe.ike.answers import (
    Accepted,
    Answer,
    CookieWanted,
    GroupWanted,
    Refused,
    answer_to,
)
from aovpn_remediate.probe.ike.numbers import Notify
from aovpn_remediate.probe.ike.payloads import InvalidAnswer
from aovpn_remediate.probe.ike.requests import Request
from aovpn_remediate.results.probes import IkeOutcome

NON_ESP_MARKER = bytes(4)
"""The bytes before IKE on the port for NAT traversal, where ESP begins with an SPI."""

_SHARES = (0.2, 0.3, 0.5)
"""The parts of the time that are waited after each time a request is sent."""
_MOST_RETRIES = 4
_MOST_DATAGRAMS = 50
_MOST_BYTES = 65535
_ENOUGH_REFUSALS = 2


@dataclass
class Conversation:
    """Everything that one socket hears about one request, until a deadline."""

    udp: socket.socket
    request: Request
    seconds: float
    marker: bytes = b""
    sent: int = 0
    retries: list[str] = field(default_factory=list)
    invalid: str = ""
    _datagrams: int = 0
    _refusals: int = 0
    _failure: str = ""

    def __post_init__(self) -> None:
        self._deadline = time.monotonic() + self.seconds

    def hear(self) -> Accepted | Refused | None:
        """Send the request until it is answered, with what the answers ask for."""
        while not isinstance(answer := self._ask(), Accepted | Refused | None):
            if len(self.retries) == _MOST_RETRIES:
                self.invalid = f"it asks again and again: {', '.join(self.retries)}"
                return None
            self._heed(answer)
        return answer

    def outcome(self) -> tuple[IkeOutcome, str]:
        """Return the reason why there was no answer, with the detail."""
        if self._failure:
            return IkeOutcome.UNREACHABLE, self._failure
        if self.invalid:
            return IkeOutcome.INVALID, self.invalid
        if self._refusals:
            return IkeOutcome.CLOSED, "the network says that nothing listens there"
        return IkeOutcome.SILENT, ""

    def _heed(self, answer: CookieWanted | GroupWanted) -> None:
        if isinstance(answer, CookieWanted):
            self.retries.append(Notify.COOKIE.name)
            self.request = self.request.with_cookie(answer.cookie)
        else:
            self.retries.append(f"{Notify.INVALID_KE_PAYLOAD.name} (group {answer.group})")
            self.request = self.request.with_group(answer.group)

    def _ask(self) -> Answer | None:
        datagram = self.marker + self.request.to_bytes()
        left = self._deadline - time.monotonic()
        for share in _SHARES:
            if self._is_over():
                return None
            until = min(self._deadline, time.monotonic() + left * share)
            self._send(datagram)
            for answer in self._answers(until):
                return answer
        return None

    def _is_over(self) -> bool:
        flooded = self._datagrams >= _MOST_DATAGRAMS
        return bool(self._failure) or flooded or self._refusals >= _ENOUGH_REFUSALS

    def _send(self, datagram: bytes) -> None:
        self.sent += 1
        try:
            self.udp.send(datagram)
        except (ConnectionRefusedError, ConnectionResetError):
            # The network's word about the datagram before; this one may not have been sent.
            self._refusals += 1
        except OSError as error:
            self._failure = error.strerror or str(error)

    def _answers(self, until: float) -> Iterator[Answer]:
        while (left := until - time.monotonic()) > 0 and not self._is_over():
            self.udp.settimeout(left)
            try:
                datagram = self.udp.recv(_MOST_BYTES)
            except TimeoutError:
                return
            except (ConnectionRefusedError, ConnectionResetError):
                self._refusals += 1
                return
            except OSError as error:
                self._failure = error.strerror or str(error)
                return
            yield from self._read(datagram)

    def _read(self, datagram: bytes) -> Iterator[Answer]:
        self._datagrams += 1
        try:
            yield answer_to(self.request, _without_marker(datagram, self.marker))
        except InvalidAnswer as error:
            self.invalid = self.invalid or str(error)


def _without_marker(datagram: bytes, marker: bytes) -> bytes:
    if not datagram.startswith(marker):
        raise InvalidAnswer("it has not the marker of IKE on this port")
    return datagram[len(marker) :]
