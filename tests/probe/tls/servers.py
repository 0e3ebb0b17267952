"""Real TLS servers on loopback, with any chain and any answer to SSTP."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import trustme

from aovpn_remediate.probe.tls.sstp import PATH

Answer = Callable[[ssl.SSLSocket, bytes], None]
"""What a server does with the head of a request."""

OK = (
    b"HTTP/1.1 200 \r\nContent-Length: 18446744073709551615\r\n"
    b"Server: Microsoft-HTTPAPI/2.0\r\nDate: Fri, 27 Nov 2026 10:00:00 GMT\r\n\r\n"
)
NOT_FOUND = (
    b"HTTP/1.1 404 Not Found\r\nContent-Length: 5\r\nServer: Microsoft-IIS/10.0\r\n\r\nlost\n"
)


def saying(answer: bytes) -> Answer:
    """Answer every request with these bytes."""

    def say(tls: ssl.SSLSocket, _: bytes) -> None:
        tls.sendall(answer)

    return say


def sstp(tls: ssl.SSLSocket, head: bytes) -> None:
    """Answer as RRAS does: the request of SSTP, and nothing else."""
    asked = head.startswith(f"SSTP_DUPLEX_POST {PATH} HTTP/1.1\r\n".encode())
    tls.sendall(OK if asked and b"Content-Length: 18446744073709551615" in head else NOT_FOUND)


def closing(_: ssl.SSLSocket, __: bytes) -> None:
    """Close without an answer."""


def waiting(tls: ssl.SSLSocket, _: bytes) -> None:
    """Answer nothing until the other side has gone."""
    with contextlib.suppress(OSError):
        while tls.recv(4096):
            pass


class TlsServer:
    """A server for one context; each connection has a thread."""

    def __init__(
        self,
        context: ssl.SSLContext | None,
        answer: Answer = sstp,
        *,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self._listener = socket.create_server((address, port))
        self.port = int(self._listener.getsockname()[1])
        self.requests: list[bytes] = []
        self._context = context
        self._answer = answer
        self._over = False
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def close(self) -> None:
        """Stop serving, and wait until every connection has ended."""
        self._over = True
        with socket.create_connection(self._listener.getsockname()[:2]):
            pass
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            plain, _ = self._listener.accept()
            if self._over:
                plain.close()
                return
            thread = threading.Thread(target=self._serve, args=(plain,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, plain: socket.socket) -> None:
        with plain, contextlib.suppress(OSError):
            plain.settimeout(20)
            if self._context is None:
                plain.recv(4096)
                plain.sendall(b"220 this is not TLS\r\n")
                return
            with self._context.wrap_socket(plain, server_side=True) as tls:
                head = b""
                while b"\r\n\r\n" not in head and (chunk := tls.recv(4096)):
                    head += chunk
                if head:
                    self.requests.append(head)
                    self._answer(tls, head)


def context_of(certificate: trustme.LeafCert, *, whole_chain: bool = True) -> ssl.SSLContext:
    """A server's context with a certificate, and those above it or not."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pems = certificate.cert_chain_pems if whole_chain else certificate.cert_chain_pems[:1]
    with certificate.private_key_and_cert_chain_pem.tempfile() as both:
        if whole_chain:
            context.load_cert_chain(both)
            return context
        with trustme.Blob(certificate.private_key_pem.bytes() + pems[0].bytes()).tempfile() as one:
            context.load_cert_chain(one)
    return context


@contextlib.contextmanager
def serving(
    context: ssl.SSLContext | None,
    answer: Answer = sstp,
    *,
    address: str = "127.0.0.1",
    port: int = 0,
) -> Iterator[TlsServer]:
    """Serve until the block ends."""
    server = TlsServer(context, answer, address=address, port=port)
    try:
        yield server
    finally:
        server.close()


def pem_file(folder: Path, certificate: trustme.Blob) -> str:
    """A file with one certificate."""
    path = folder / "ca.pem"
    path.write_bytes(certificate.bytes())
    return str(path)
