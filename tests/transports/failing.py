"""Hosts that are not as they should be, and the error that a session with one ends in."""

from __future__ import annotations

import http.server
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from aovpn_remediate.errors import TransportError
from aovpn_remediate.inventory.model import Connection, Credential, Host
from tests.transports.conftest import PASSWORD, open_session


def host_at(port: int, **connection: Any) -> Host:
    settings: dict[str, Any] = {
        "address": "127.0.0.1",
        "scheme": "http",
        "auth": "basic",
        "encryption": "never",
        **connection,
    }
    return Host(
        "the-host",
        connection=Connection(port=port, **settings),
        credential=Credential(username="CORP\\svc"),
    )


def error_of(host: Host, **options: Any) -> TransportError:
    with pytest.raises(TransportError) as caught:
        open_session(host, **options).close()
    assert caught.value.host == host.name
    assert PASSWORD not in str(caught.value)
    return caught.value


@contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def answering(
    status: int, body: bytes = b"", *, listen: Callable[[bytes], object] = bool, **headers: str
) -> Iterator[int]:
    """Serve the same answer to every request; yield the port."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            listen(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(status)
            for name, text in headers.items():
                self.send_header(name.replace("_", "-"), text)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_CONNECT(self) -> None:
            self.send_error(status)

        def log_message(self, *_: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()
