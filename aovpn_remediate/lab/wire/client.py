"""A client's connection to one host: the logon, then one WSMan request after the other."""

from __future__ import annotations

import time
from dataclasses import replace

from aovpn_remediate.lab.stats import LoggedRequest
from aovpn_remediate.lab.wire import control, encryption, service
from aovpn_remediate.lab.wire.auth import Logon
from aovpn_remediate.lab.wire.connection import Connection
from aovpn_remediate.lab.wire.hosts import Caller
from aovpn_remediate.lab.wire.http import Delivery, HttpAnswer, HttpRequest
from aovpn_remediate.lab.wire.site import Site

_PATH = "/wsman"
_DELIVERED = (Delivery.WHOLE, Delivery.DRIP)


class ClientConnection(Connection):
    """One connection of a client to one host."""

    def __init__(self, site: Site, local: str, peer: str) -> None:
        super().__init__(site.settings.idle_seconds)
        self._site = site
        self._host = site.host(local)
        self._peer = peer
        self._logon: Logon | None = None

    def on_open(self) -> None:
        """Add the connection to its host."""
        self._host.connections.add(self)

    def on_close(self) -> None:
        """Remove the connection from its host."""
        self._host.connections.discard(self)

    def on_idle(self) -> None:
        """Count the connection as closed for being idle."""
        self._host.counts.idle_closed += 1

    async def answer(self, request: HttpRequest) -> HttpAnswer:
        """Answer a request: a page of the lab, or WSMan after the logon."""
        if request.target.startswith(control.PREFIX):
            return control.answer(self._site, request)
        counts = self._host.counts
        counts.requests += 1
        counts.bytes_in += len(request.body)
        answer = await self._admit(request)
        if answer.delivery in _DELIVERED:
            counts.unauthorized += answer.status == 401  # noqa: PLR2004 - HTTP's own number
            counts.bytes_out += len(answer.body)
        return answer

    async def _admit(self, request: HttpRequest) -> HttpAnswer:
        if not self._host.up():
            return HttpAnswer(503, delivery=Delivery.RESET)
        if request.target.partition("?")[0].rstrip("/").lower() != _PATH:
            return HttpAnswer(404)
        if request.method != "POST":
            return HttpAnswer(405)
        if self._logon is None:
            self._host.counts.connections += 1
            self._logon = Logon(self._site.logons, self._host.address, self.peer_certificate)
        logon = self._logon.authenticate(request.headers.get("authorization", ""))
        if not logon.admitted:
            return HttpAnswer(401, headers=logon.headers)
        if logon.finished_logon and not request.body:
            return HttpAnswer(200, headers=logon.headers)
        answer = await self._decrypt_and_serve(request, self._logon)
        return replace(answer, headers=logon.headers + answer.headers)

    async def _decrypt_and_serve(self, request: HttpRequest, logon: Logon) -> HttpAnswer:
        """Decrypt the message where it is encrypted, and encrypt the answer the same way."""
        content_type = request.headers.get("content-type", "")
        if not encryption.is_sealed(content_type):
            if not (self.is_tls or self._site.settings.allow_unencrypted):
                return HttpAnswer(500)
            return await self._serve_logged(request.body, logon.user)
        try:
            message = encryption.unseal(request.body, logon.context)
        except encryption.NotSealed:
            return HttpAnswer(400)
        answer = await self._serve_logged(message, logon.user)
        if logon.context is None or service.SOAP_TYPE not in answer.headers:
            return answer
        sealed_type, body = encryption.seal(answer.body, logon.context, content_type)
        return replace(answer, body=body, headers=(("Content-Type", sealed_type),))

    async def _serve_logged(self, message: bytes, user: str) -> HttpAnswer:
        started = time.perf_counter()
        caller = Caller(self._host, user, self._peer, self.gone)
        action, answer = await service.serve(self._site, caller, message)
        is_delivered = answer.delivery in _DELIVERED
        entry = LoggedRequest(
            host=self._host.address,
            action=action,
            user=user,
            status=answer.status if is_delivered else 0,
            bytes_in=len(message),
            bytes_out=len(answer.body) if is_delivered else 0,
            seconds=round(time.perf_counter() - started, 6),
        )
        self._site.requests.append(entry)
        return answer
