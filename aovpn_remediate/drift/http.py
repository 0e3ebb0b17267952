"""The HTTP server of `/metrics` and `/healthz`, on loopback."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from aovpn_remediate.errors import UsageError

HealthCheck = Callable[[], str]
"""A function that returns why the service is unhealthy; empty if it is healthy."""


def parse_loopback(place: str) -> tuple[str, int]:
    """Parse `127.0.0.1:9477` or `[::1]:9477`; port 0 is any free port. Raises `UsageError`."""
    host, _, port = place.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port) if port.isascii() and port.isdigit() else -1
        socket.inet_pton(socket.AF_INET if address.version == 4 else socket.AF_INET6, str(address))  # noqa: PLR2004 - of IP
    except (ValueError, OSError):
        raise UsageError(f"expected ADDRESS:PORT such as 127.0.0.1:9477, not {place!r}") from None
    if not address.is_loopback:
        raise UsageError(
            f"{place!r} is not a loopback address: use 127.0.0.1 or [::1], and for access from "
            "other machines a reverse proxy that authenticates"
        )
    if not 0 <= number < 2**16:
        raise UsageError(f"{place!r}: the port should be a number from 0 to 65535")
    return str(address), number


@contextmanager
def serve(
    place: tuple[str, int], registry: CollectorRegistry, unhealthy_reason: HealthCheck
) -> Iterator[tuple[str, int]]:
    """Serve within the context, which gives address and port.

    Raises `UsageError` if the port cannot be opened.
    """
    try:
        server = _Server(place, _handler(registry, unhealthy_reason))
    except OSError as error:
        where = f"{place[0]}:{place[1]}"
        raise UsageError(f"--metrics: cannot listen on {where}: {error.strerror}") from None
    thread = threading.Thread(target=server.serve_forever, name="metrics", daemon=True)
    thread.start()
    try:
        yield place[0], server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, place: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        super().__init__(place, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """Ignore a client that disconnected: a traceback would help nobody."""


def _handler(
    registry: CollectorRegistry, unhealthy_reason: HealthCheck
) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10
        server_version = "aovpn-remediate"
        sys_version = ""

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            if path == "/metrics":
                encode, kind = choose_encoder(self.headers.get("Accept", ""))
                self._answer(200, kind, encode(registry))
            elif path == "/healthz":
                why = unhealthy_reason()
                self._answer(503 if why else 200, _PLAIN, f"{why or 'ok'}\n".encode())
            else:
                self._answer(404, _PLAIN, b"not found: try /metrics or /healthz\n")

        do_HEAD = do_GET  # noqa: N815

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """Log nothing: a scrape each minute would fill the log."""

    return Handler


_PLAIN = "text/plain; charset=utf-8"
