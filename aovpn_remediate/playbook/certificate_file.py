"""Certificates in files of the machine that runs the program: the filter `certificate_file`."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

from aovpn_remediate.playbook.words import describe, quote

MAX_BYTES = 65_536
_LABEL = re.compile(rb"-----BEGIN ([^\r\n-]{1,40})-----")


def certificate_file(value: Any) -> str:
    """Return the one certificate of a file, PEM or DER, as base64 of its DER.

    A path is relative to the current folder. Raises `ValueError` for everything that is not just
    one certificate; it never tells what is in the file.
    """
    if not isinstance(value, str):
        raise ValueError(f"should be the path of a certificate, but is {describe(value)}")  # noqa: TRY004 - one error for all
    try:
        return base64.b64encode(_der(_content(Path(value)))).decode("ascii")
    except ValueError as error:
        raise ValueError(f"{quote(value)} {error}") from None


def _content(path: Path) -> bytes:
    try:
        # Nothing is read from a device or a pipe, which may never end.
        if path.is_file():
            with path.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        elif path.exists():
            raise ValueError("is not a file")
        else:
            raise ValueError("is not there: a path is relative to the current folder")
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    if len(content) > MAX_BYTES:
        raise ValueError(f"is larger than {MAX_BYTES // 1024} KB, so it is not one certificate")
    return content


def _der(content: bytes) -> bytes:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    labels = _LABEL.findall(content)
    if any(label != b"CERTIFICATE" for label in labels):
        raise ValueError("holds something else than a certificate: export the certificate alone")
    if len(labels) > 1:
        raise ValueError(f"holds {len(labels)} certificates: export one alone")
    load = x509.load_pem_x509_certificate if labels else x509.load_der_x509_certificate
    try:
        return load(content).public_bytes(Encoding.DER)
    except ValueError:
        raise ValueError("is not a certificate (PEM or DER)") from None
