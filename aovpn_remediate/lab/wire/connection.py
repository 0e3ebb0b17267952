"""One TCP connection: requests, answers in the same order, and the planned ways to break it."""

from __future__ import annotations

import abc
import asyncio
import logging
from typing import Any, cast

from aovpn_remediate.lab.wire import listening
from aovpn_remediate.lab.wire.http import Delivery, HttpAnswer, HttpRequest, take_request

_log = logging.getLogger(__name__)
_DRIP_PIECES = 10


class Connection(asyncio.Protocol, abc.ABC):
    """A keep-alive connection that is closed when it is idle for too long."""

    _transport: asyncio.Transport

    def __init__(self, idle_seconds: float) -> None:
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """A future that is done once the connection is lost."""
        self._idle_seconds = idle_seconds
        self._buffer = bytearray()
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    @abc.abstractmethod
    async def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request."""

    def on_open(self) -> None:
        """Handle the opening of the connection, after any TLS handshake."""

    def on_idle(self) -> None:
        """Handle the imminent close of an idle connection."""

    def on_close(self) -> None:
        """Handle the loss of the connection, by either side."""

    @property
    def peer_certificate(self) -> dict[str, Any] | None:
        """The certificate that the client presented in the TLS handshake."""
        return cast("dict[str, Any] | None", self._transport.get_extra_info("peercert"))

    @property
    def is_tls(self) -> bool:
        """True if the connection uses TLS."""
        return self._transport.get_extra_info("ssl_object") is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See `asyncio.Protocol`."""
        self._transport = cast("asyncio.Transport", transport)
        self._start_idle_timer()
        self.on_open()

    def connection_lost(self, exc: Exception | None) -> None:
        """See `asyncio.Protocol`."""
        del exc
        if not self.gone.done():
            self.gone.set_result(None)
        self._stop_idle_timer()
        self.on_close()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        self._buffer += data
        if self._task is None:
            self._serve_next()

    def reset(self) -> None:
        """Abort the connection with RST."""
        listening.reset(self._transport.get_extra_info("socket"))
        self._transport.abort()

    def _serve_next(self) -> None:
        """Start serving the next request once it has arrived completely."""
        try:
            request = take_request(self._buffer)
        except ValueError:
            self._transport.write(HttpAnswer(400).pack())
            self._transport.close()
            return
        if request is not None:
            self._stop_idle_timer()
            self._task = asyncio.get_running_loop().create_task(self._serve(request))

    async def _serve(self, request: HttpRequest) -> None:
        try:
            answer = await self.answer(request)
        except Exception:  # noqa: BLE001 - a bug of the lab must not make clients hang
            _log.exception("the lab failed to answer")
            answer = HttpAnswer(500)
        await self._deliver(answer)
        self._task = None
        if not self.gone.done() and not self._transport.is_closing():
            if request.headers.get("connection", "").lower() == "close":
                self._transport.close()
                return
            self._start_idle_timer()
            self._serve_next()

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
        piece = len(data) // _DRIP_PIECES + 1
        for at in range(0, len(data), piece):
            await asyncio.sleep(answer.drip_seconds / _DRIP_PIECES)
            self._transport.write(data[at : at + piece])

    def _start_idle_timer(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._idle_seconds, self._close_idle)

    def _stop_idle_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_idle(self) -> None:
        self.on_idle()
        self._transport.close()
