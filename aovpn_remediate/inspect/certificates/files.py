"""The certificates in the bytes of a file, in whatever way Windows and others write them."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from aovpn_remediate.errors import RemediateError
from aovpn_remediate.inspect.certificates.contents import CMS, SECRETS, STORE, content_of
from aovpn_remediate.inspect.certificates.der import element_at
from aovpn_remediate.inspect.certificates.reasons import reason_of
from aovpn_remediate.resources.certificate_data import quietly

MAX_BYTES = 1_048_576
"""The largest file that is read."""
MAX_CERTIFICATES = 200
"""The most certificates of one file."""

_BEGIN = re.compile(r"-----BEGIN ([^\r\n-]{1,64})-----")
# `certutil -encode` writes CERTIFICATE around whatever there is.
_CERTIFICATES = {
    *("CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"),
    *("PKCS7", "CMS", "PKCS #7 SIGNED DATA"),
}
_OTHERS = {
    "X509 CRL": "a certificate revocation list (CRL)",
    "CERTIFICATE REQUEST": "a certificate request (CSR)",
    "NEW CERTIFICATE REQUEST": "a certificate request (CSR)",
    "PUBLIC KEY": "a public key without its certificate",
}
_BOMS = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class CertificateError(RemediateError):
    """Data that holds no certificates that can be read; the text is the reason, one line."""


def read_certificates(data: bytes) -> tuple[x509.Certificate, ...]:
    """Return the certificates in DER, PEM, bare base64 or PKCS#7, in their order.

    They are not checked beyond their outline: `certificate_facts` reads the rest. Raises
    `CertificateError`.
    """
    if len(data) > MAX_BYTES:
        raise CertificateError(f"it is larger than {MAX_BYTES // 1_048_576} MB")
    if not data.strip(b"\0 \t\r\n"):
        raise CertificateError("it is empty")
    found = tuple(_in_der(data) if _is_der(data) else _in_text(_text(data)))
    if not found:
        raise CertificateError("it holds no certificate")
    return found


def _is_der(data: bytes) -> bool:
    return data.startswith((b"\x30", STORE))


def _text(data: bytes) -> str:
    encoding = next((name for bom, name in _BOMS.items() if data.startswith(bom)), "")
    if not encoding and b"\0" in data[:2]:
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
    try:
        # What is around the certificates may be in any code page of Windows.
        return data.decode(encoding) if encoding else data.decode("utf-8", "replace")
    except UnicodeDecodeError:
        raise CertificateError("it is neither a certificate nor text") from None


def _in_text(text: str) -> Iterator[x509.Certificate]:
    blocks = list(_blocks(text))
    if any("PRIVATE KEY" in label for label, _ in blocks):
        raise _secret("a private key")
    if not blocks:
        yield from _in_bare_text(text)
    certificates = 0
    for label, body in blocks:
        for one in _in_block(label, body):
            certificates += 1
            _check_count(certificates)
            yield one


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    while begin := _BEGIN.search(text, end):
        label = begin[1]
        close = text.find(f"-----END {label}-----", begin.end())
        if close < 0:
            raise CertificateError(f"the block {label!r} does not end: the file is cut off")
        yield label, text[begin.end() : close]
        end = close


def _in_block(label: str, body: str) -> tuple[x509.Certificate, ...]:
    if label in _OTHERS:
        raise CertificateError(f"it holds {_OTHERS[label]}, not a certificate")
    if label not in _CERTIFICATES:
        return ()  # parameters of a key, say
    der = _decoded(body, label)
    # OpenSSL puts its own trust settings after a TRUSTED CERTIFICATE.
    return _in_der(_first(der) if label.startswith("TRUSTED") else der)


def _in_bare_text(text: str) -> tuple[x509.Certificate, ...]:
    if re.match(r"\s*<(!doctype html|html)", text, re.IGNORECASE):
        raise CertificateError("it is a web page, not a certificate")
    bare = "".join(text.split())
    if not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", bare):
        raise CertificateError("it is not a certificate (DER, PEM, base64 or PKCS#7)")
    try:
        der = base64.b64decode(bare, validate=True)
    except binascii.Error:
        der = b""
    if not der.startswith(b"\x30"):
        raise CertificateError("it is text, not a certificate (DER, PEM, base64 or PKCS#7)")
    return _in_der(der)


def _decoded(body: str, label: str) -> bytes:
    # Lines before an empty line say how a block is encrypted, or where it comes from.
    lines = [line for line in body.splitlines() if ":" not in line]
    try:
        return base64.b64decode("".join("".join(lines).split()), validate=True)
    except (binascii.Error, ValueError):
        raise CertificateError(f"a block {label!r} is not base64") from None


def _in_der(data: bytes) -> tuple[x509.Certificate, ...]:
    content = content_of(data)
    if content in SECRETS:
        raise _secret(content)
    if content == CMS:
        return _in_cms(data)
    if content:
        raise CertificateError(f"it is {content}, not a certificate")
    whole = _first(data)
    after = data[len(whole) :]
    if after.strip(b"\0 \t\r\n\x1a"):
        raise CertificateError(f"{len(after)} bytes follow the certificate")
    return (_certificate(whole),)


def _first(data: bytes) -> bytes:
    try:
        return element_at(data).whole
    except ValueError as error:
        raise CertificateError(f"it is not a certificate, or cut off: {error}") from None


def _certificate(der: bytes) -> x509.Certificate:
    try:
        with quietly():
            return x509.load_der_x509_certificate(der)
    except Exception as error:  # noqa: BLE001 - whatever the library makes of any bytes
        raise CertificateError(f"it is not a certificate, or damaged: {reason_of(error)}") from None


def _in_cms(data: bytes) -> tuple[x509.Certificate, ...]:
    try:
        with quietly():
            found = tuple(pkcs7.load_der_pkcs7_certificates(data))
    except Exception as error:  # noqa: BLE001 - whatever the library makes of any bytes
        raise CertificateError(
            f"it is PKCS#7, but damaged or without certificates: {reason_of(error)}"
        ) from None
    _check_count(len(found))
    return tuple(_certificate(one.public_bytes(Encoding.DER)) for one in found)


def _check_count(certificates: int) -> None:
    if certificates > MAX_CERTIFICATES:
        raise CertificateError(f"it holds more than {MAX_CERTIFICATES} certificates")


def _secret(content: str) -> CertificateError:
    return CertificateError(
        f"it holds {content}: only public certificates are wanted, and the key was not read; "
        "export the certificate alone (.cer)"
    )
