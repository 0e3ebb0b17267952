"""HTTP to one host, on requests and urllib3 without their per-request overhead.

Both libraries look up proxies in the environment for every request and load the certificate
authorities for every connection. A session does neither, and keeps its connection.
"""

from __future__ import annotations

import logging
import ssl
import time
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from aovpn_remediate.inventory.model import Connection, Host
from aovpn_remediate.transports.outcome import InvalidSetting
from aovpn_remediate.transports.sockets import Exchange, TimedSocket, TimedTlsSocket
from aovpn_remediate.transports.tls import context_for

_LOG = logging.getLogger(__name__)


class _Connection(HTTPConnection):
    exchange: Exchange

    def _new_conn(self) -> TimedSocket:
        plain = super()._new_conn()
        timed = TimedSocket(fileno=plain.detach())
        timed.settimeout(self.timeout)
        timed.exchange = self.exchange
        return timed

    def connect(self) -> None:
        started = time.monotonic()
        super().connect()
        self.exchange.telemetry.connect_seconds += time.monotonic() - started

    def endheaders(self, *args: Any, **options: Any) -> None:
        super().endheaders(*args, **options)
        self.exchange.sent = True


class _TlsConnection(HTTPSConnection):
    exchange: Exchange

    def connect(self) -> None:
        started = time.monotonic()
        super().connect()
        if isinstance(self.sock, TimedTlsSocket):
            self.sock.exchange = self.exchange
        self.exchange.telemetry.connect_seconds += time.monotonic() - started

    def endheaders(self, *args: Any, **options: Any) -> None:
        super().endheaders(*args, **options)
        self.exchange.sent = True


def _track(connection: Any, exchange: Exchange) -> Any:
    connection.exchange = exchange
    exchange.connections.append(connection)
    return connection


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection
    exchange: Exchange

    def _new_conn(self) -> Any:
        return _track(super()._new_conn(), self.exchange)


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
    exchange: Exchange

    def _new_conn(self) -> Any:
        return _track(super()._new_conn(), self.exchange)

    def _validate_conn(self, conn: Any) -> None:
        # As in urllib3 without its warning: plan and run already report `verify: false`.
        if conn.is_closed:
            conn.connect()


class HostAdapter(HTTPAdapter):
    """Carries the requests of one session over one connection, and counts their cost."""

    def __init__(self, host: str, exchange: Exchange, context: ssl.SSLContext | None) -> None:
        super().__init__(pool_connections=1, pool_maxsize=1)
        self._host = host
        self._exchange = exchange
        self._context = context
        self._pool: HTTPConnectionPool | None = None
        self._last: requests.Response | None = None

    def get_connection_with_tls_context(
        self, request: Any, verify: Any, proxies: Any = None, cert: Any = None
    ) -> HTTPConnectionPool:
        """Return the only pool: its TLS context already covers `verify` and `cert`."""
        del verify, cert
        if self._pool is None:
            self._pool = self._make_pool(request.url, select_proxy(request.url, proxies))
        return self._pool

    def _make_pool(self, url: str, proxy: str | None) -> HTTPConnectionPool:
        manager: PoolManager = self.proxy_manager_for(proxy) if proxy else self.poolmanager
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        parts = urlsplit(url)
        settings = {"ssl_context": self._context} if self._context else {}
        pool = manager.connection_from_host(
            parts.hostname, parts.port, parts.scheme, pool_kwargs=settings
        )
        pool.exchange = self._exchange  # type: ignore[attr-defined]
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Do nothing: the TLS context already covers verification."""

    def send(self, request: Any, *args: Any, **options: Any) -> requests.Response:
        """Send a request as `HTTPAdapter.send` does, and count its cost."""
        telemetry = self._exchange.telemetry
        size = len(request.body or b"")
        telemetry.requests += 1
        telemetry.bytes_up += size
        fields = {"host": self._host, "operation": self._exchange.operation if size else "Logon"}
        started = time.monotonic()
        try:
            response = super().send(request, *args, **options)
        except Exception as error:
            _log("request not answered", started, {**fields, "why": type(error).__name__})
            raise
        received = int(response.headers.get("Content-Length") or 0)
        telemetry.bytes_down += received
        self._last = response
        sizes = {"bytes_up": size, "bytes_down": received}
        _log("request", started, {**fields, **sizes, "http_status": response.status_code})
        return response

    def close(self) -> None:
        """Close the connection, even if an answer was read only in part."""
        super().close()
        if self._last is not None:
            self._last.close()
        for connection in self._exchange.connections:
            connection.close()
        self._exchange.connections.clear()


def _log(message: str, started: float, fields: dict[str, Any]) -> None:
    """Log the kind and cost of a request, never its content."""
    if _LOG.isEnabledFor(logging.DEBUG):
        _LOG.debug(message, extra={**fields, "seconds": round(time.monotonic() - started, 4)})


def must_encrypt(connection: Connection) -> bool:
    """Return True if WinRM itself has to encrypt messages, with or without TLS.

    Raises `InvalidSetting` where the authentication method provides no key for that.
    """
    plain = connection.scheme == "http" and connection.encryption != "never"
    encrypt = plain or connection.encryption == "always"
    if encrypt and connection.auth in {"basic", "certificate"}:
        raise InvalidSetting(
            f"`auth: {connection.auth}` cannot encrypt messages: use `scheme: https`, another"
            " `auth`, or `encryption: never`"
        )
    return encrypt


def mount(http: requests.Session, host: Host, exchange: Exchange) -> HostAdapter:
    """Mount a `HostAdapter` for one host on a session that ignores the environment.

    Raises `InvalidSetting` for a certificate file that cannot be used.
    """
    connection = host.connection
    http.trust_env = False
    http.headers.update({"User-Agent": "aovpn-remediate", "Accept-Encoding": "identity"})
    context = context_for(connection) if connection.scheme == "https" else None
    adapter = HostAdapter(host.name, exchange, context)
    http.mount(f"{connection.scheme}://", adapter)
    http.proxies = {connection.scheme: connection.proxy} if connection.proxy else {}
    return adapter
