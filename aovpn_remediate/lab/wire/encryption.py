"""Message encryption of WinRM (MS-WSMV 2.2.9.1): bodies encrypted with the keys of the logon."""

from __future__ import annotations

import re
import struct

from spnego import ContextProxy

_BOUNDARY = b"--Encrypted Boundary"
_PART = b"\tContent-Type: application/octet-stream\r\n"
_SPNEGO = "application/HTTP-SPNEGO-session-encrypted"
_CREDSSP_PIECE = 16_384


class NotSealed(ValueError):  # noqa: N818 - reads better without Error
    """A body that these keys cannot decrypt; HTTP.sys answers it with a 400 without a body."""


def is_sealed(content_type: str) -> bool:
    """Return True if a body of this content type is encrypted."""
    return content_type.startswith("multipart/")


def unseal(body: bytes, context: ContextProxy | None) -> bytes:
    """Decrypt a body. Raises `NotSealed`."""
    if context is None:
        raise NotSealed("no logon on this connection")
    try:
        parts = [part for part in body.split(_BOUNDARY + b"\r\n") if part]
        pairs = zip(parts[::2], parts[1::2], strict=True)
        return b"".join(_unseal_part(head, sealed, context) for head, sealed in pairs)
    # Parsing and decryption of malformed bytes raise many types, and the real service answers
    # all of them with the same 400.
    except Exception as error:
        raise NotSealed(str(error)) from error


def _unseal_part(head: bytes, sealed: bytes, context: ContextProxy) -> bytes:
    expected = int(head.strip().split(b"Length=")[1])
    end = sealed.rfind(_BOUNDARY + b"--\r\n")
    payload = sealed[:end] if end >= 0 else sealed
    payload = payload.split(_PART, 1)[1]
    length = struct.unpack("<i", payload[:4])[0]
    plain = context.unwrap_winrm(payload[4 : 4 + length], payload[4 + length :])
    if len(plain) != expected:
        raise NotSealed(f"decrypted {len(plain)} bytes instead of {expected}")
    return plain


def seal(message: bytes, context: ContextProxy, content_type: str) -> tuple[str, bytes]:
    """Encrypt an answer the same way as its request; return its content type and body."""
    found = re.search(r'protocol="([^"]+)"', content_type)
    protocol = found.group(1) if found else _SPNEGO
    piece = _CREDSSP_PIECE if "CredSSP" in protocol else max(len(message), 1)
    kind = "multipart/x-multi-encrypted" if len(message) > piece else "multipart/encrypted"
    pieces = (message[at : at + piece] for at in range(0, len(message), piece))
    body = b"".join(_seal_part(part, context, protocol) for part in pieces) + _BOUNDARY + b"--\r\n"
    return f'{kind};protocol="{protocol}";boundary="Encrypted Boundary"', body


def _seal_part(part: bytes, context: ContextProxy, protocol: str) -> bytes:
    sealed = context.wrap_winrm(part)
    length = len(part) + sealed.padding_length
    head = (
        f"\tContent-Type: {protocol}\r\n"
        f"\tOriginalContent: type=application/soap+xml;charset=UTF-8;Length={length}\r\n"
    )
    header = struct.pack("<i", len(sealed.header)) + sealed.header
    return _BOUNDARY + b"\r\n" + head.encode() + _BOUNDARY + b"\r\n" + _PART + header + sealed.data
