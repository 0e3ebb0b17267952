"""`/metrics` and `/healthz`, on loopback."""

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

Trouble = Callable[[], str]
"""Why the service is not well; empty where it is."""


def loopback(place: str) -> tuple[str, int]:
    """`127.0.0.1:9477` or `[::1]:9477` as address and port; 0 is any. Raises `UsageError`."""
    host, _, port = place.rpartition(":")
    try:
        address = ipaddress.ip_address(host.removeprefix("[").removesuffix("]"))
        number = int(port) if port.isascii() and port.isdigit() else -1
        socket.inet_pton(socket.AF_INET if address.version == 4 else socket.AF_INET6, str(address))  # noqa: PLR2004 - of IP
    except (ValueError, OSError):
        raise UsageError(f"{place!r} is no address with a port, such as 127.0.0.1:9477") from None
    if not address.is_loopback:
        raise UsageError(
            f"{place!r} is not on loopback: use 127.0.0.1 or [::1], and a proxy that asks who it is"
        )
    if not 0 <= number < 2**16:
        raise UsageError(f"{place!r}: the port should be a number from 0 to 65535")
    return str(address), number


@contextmanager
def listening(
    place: tuple[str, int], registry: CollectorRegistry, trouble: Trouble
) -> Iterator[tuple[str, int]]:
    """Serve while this lasts; gives where. Raises `UsageError` where that cannot be."""
    try:
        server = _Server(place, _handler(registry, trouble))
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
        """Whoever asked has gone away: no reason to write a traceback."""


def _handler(registry: CollectorRegistry, trouble: Trouble) -> type[BaseHTTPRequestHandler]:
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
                why = trouble()
                self._answer(503 if why else 200, _PLAIN, f"{why or 'ok'}\n".encode())
            else:
                self._answer(404, _PLAIN, b"there are /metrics and /healthz\n")

        do_HEAD = do_GET  # noqa: N815

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as above
            """A scrape a minute is nothing to tell of."""

    return Handler


_PLAIN = "text/plain; charset=utf-8"
