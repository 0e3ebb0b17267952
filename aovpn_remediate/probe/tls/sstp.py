"""SSTP before its own messages: one HTTP request, which an SSTP server answers with 200."""

from __future__ import annotations

import re
import ssl
import time
import uuid

from aovpn_remediate.results.probes import SstpProbe

PATH = "/sra_{BA195980-CD49-458b-9E23-C84EE0ADCD75}/"
_MOST_BYTES = 16_384
_CHUNK = 4096
_LONGEST_TEXT = 100
_OK = 200
_STATUS = re.compile(rb"HTTP/1\.[01] ([1-9]\d\d)(?: [^\r\n]*)?\r?\n")
_SERVER = re.compile(rb"^server:[ \t]*([^\r\n]*)", re.IGNORECASE | re.MULTILINE)
_END = re.compile(rb"\r?\n\r?\n")


def ask_sstp(tls: ssl.SSLSocket, host: str, seconds: float) -> SstpProbe:
    """Send the request over an open connection, and judge the head of the answer."""
    try:
        tls.settimeout(seconds)
        tls.sendall(request(host))
        head = _head(tls, time.monotonic() + seconds)
    except TimeoutError:
        detail = f"no answer within {seconds:g} s"
        return SstpProbe(speaks=False, detail=detail, silent=True)
    except OSError as error:
        detail = f"the connection was closed without an answer ({error.strerror or error})"
        return SstpProbe(speaks=False, detail=detail)
    return judge(head)


def request(host: str) -> bytes:
    """Return the request, as a client of Windows sends it."""
    name = f"[{host}]" if ":" in host else host
    lines = (
        f"SSTP_DUPLEX_POST {PATH} HTTP/1.1",
        f"SSTPCORRELATIONID: {{{str(uuid.uuid4()).upper()}}}",
        # The length of a stream that has no end.
        f"Content-Length: {2**64 - 1}",
        f"Host: {name}",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


def judge(head: bytes) -> SstpProbe:
    """Return what the head of an answer says. Pure."""
    if not head:
        return SstpProbe(speaks=False, detail="the connection was closed without an answer")
    status = _STATUS.match(head)
    if status is None:
        return SstpProbe(speaks=False, detail="the answer is not HTTP")
    server = _SERVER.search(head)
    code = int(status[1])
    return SstpProbe(
        speaks=code == _OK,
        status=code,
        server=server[1].decode("latin-1").strip()[:_LONGEST_TEXT] if server else "",
    )


def _head(tls: ssl.SSLSocket, deadline: float) -> bytes:
    """Return what comes until the head ends, or is too long, or the connection is closed."""
    head = b""
    while not _END.search(head) and len(head) < _MOST_BYTES:
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        tls.settimeout(left)
        chunk = tls.recv(_CHUNK)
        if not chunk:
            break
        head += chunk
    return head
