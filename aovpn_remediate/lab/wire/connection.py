"""One TCP connection: requests in, answers out in their order, and the ways it can break."""

from __future__ import annotations

import abc
import asyncio
import logging
from typing import Any, cast

from aovpn_remediate.lab.wire import listening
from aovpn_remediate.lab.wire.http import Delivery, HttpAnswer, HttpRequest, take_request

_log = logging.getLogger(__name__)
_DRIPS = 10


class Connection(asyncio.Protocol, abc.ABC):
    """A keep-alive connection that is closed when it is quiet for too long."""

    _transport: asyncio.Transport

    def __init__(self, idle_seconds: float) -> None:
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when the connection is lost."""
        self._idle_seconds = idle_seconds
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @abc.abstractmethod
    async def answer(self, request: HttpRequest) -> HttpAnswer:
        """The answer to a request."""

    def made(self) -> None:
        """It is up, its TLS handshake done."""

    def idled(self) -> None:
        """It is being closed because it was quiet."""

    def lost(self) -> None:
        """It is gone, whoever ended it."""

    @property
    def peer_certificate(self) -> dict[str, Any] | None:
        """What the client showed in the TLS handshake."""
        return cast("dict[str, Any] | None", self._transport.get_extra_info("peercert"))

    @property
    def is_tls(self) -> bool:
        """Whether TLS protects it."""
        return self._transport.get_extra_info("ssl_object") is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)
        self._wait()
        self.made()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        del exc
        if not self.gone.done():
            self.gone.set_result(None)
        self._wait_no_more()
        self.lost()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._buffer += data
        if self._task is None:
            self._next()

    def reset(self) -> None:
        """Break it off, with RST."""
        listening.reset(self._transport.get_extra_info("socket"))
        self._transport.abort()

    def _next(self) -> None:
        """Begin with the next request if all of it is here."""
        try:
            request = take_request(self._buffer)
        except ValueError:
            self._transport.write(HttpAnswer(400).pack())
            self._transport.close()
            return
        if request is not None:
            self._wait_no_more()
            self._task = asyncio.get_running_loop().create_task(self._serve(request))

    async def _serve(self, request: HttpRequest) -> None:
        try:
            answer = await self.answer(request)
        except Exception:  # noqa: BLE001 - a bug of the lab is a 500, not a client that hangs
            _log.exception("the lab failed to answer")
            answer = HttpAnswer(500)
        await self._deliver(answer)
        self._task = None
        if not self.gone.done() and not self._transport.is_closing():
            if request.headers.get("connection", "").lower() == "close":
                self._transport.close()
                return
            self._wait()
            self._next()

    async def _deliver(self, answer: HttpAnswer) -> None:
        if self.gone.done():
            return
        match answer.delivery:
            case Delivery.WHOLE:
                self._transport.write(answer.pack())
            case Delivery.DRIP:
                await self._drip(answer)
            case Delivery.RESET:
                self.reset()
            case Delivery.CLOSE:
                self._transport.close()
            case Delivery.HANG:
                await self.gone

    async def _drip(self, answer: HttpAnswer) -> None:
        data = answer.pack()
        piece = len(data) // _DRIPS + 1
        for at in range(0, len(data), piece):
            await asyncio.sleep(answer.drip_seconds / _DRIPS)
            self._transport.write(data[at : at + piece])

    def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._idle_seconds, self._quiet)

    def _wait_no_more(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _quiet(self) -> None:
        self.idled()
        self._transport.close()
