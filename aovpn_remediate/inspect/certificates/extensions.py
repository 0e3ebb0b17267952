"""The extensions of a certificate one by one, so that a damaged one hides none of the others."""

from __future__ import annotations

from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from aovpn_remediate.inspect.certificates import der
from aovpn_remediate.inspect.certificates.der import element_at, encoded

_EXTENSIONS = 0xA3
_BOOLEAN = 0x01
_MOST = 100


@dataclass(frozen=True)
class RawExtension:
    """One extension: its OID, its content, and the whole of it."""

    oid: str
    critical: bool
    value: bytes
    whole: bytes


def raw_extensions(certificate: x509.Certificate) -> list[RawExtension]:
    """Return the extensions as they lie in a certificate. Raises `ValueError`."""
    signed = element_at(certificate.tbs_certificate_bytes)
    for field in der.elements(signed.content):
        if field.tag == _EXTENSIONS:
            found = element_at(field.content).children()
            if len(found) > _MOST:
                raise ValueError(f"there are {len(found)} of them")
            return [_extension(one) for one in found]
    return []


def _extension(element: der.Element) -> RawExtension:
    oid, *critical, value = element.children()
    if oid.tag != der.OID or value.tag != der.OCTET_STRING:
        raise ValueError("one of them is no extension")
    return RawExtension(
        oid=der.oid_text(oid.content),
        critical=any(one.tag == _BOOLEAN and one.content != b"\0" for one in critical),
        value=value.content,
        whole=element.whole,
    )


def understood(certificate: x509.Certificate, extension: RawExtension) -> x509.ExtensionType:
    """Return the value of one extension, read as if the certificate had no other.

    The library reads all or none. Raises whatever it makes of a damaged one.
    """
    whole = element_at(certificate.public_bytes(Encoding.DER))
    signed, *signature = whole.children()
    fields = [field.whole for field in signed.children() if field.tag != _EXTENSIONS]
    alone = encoded(_EXTENSIONS, encoded(der.SEQUENCE, extension.whole))
    parts = [
        encoded(der.SEQUENCE, b"".join([*fields, alone])),
        *(part.whole for part in signature),
    ]
    found = x509.load_der_x509_certificate(encoded(der.SEQUENCE, b"".join(parts)))
    [one] = found.extensions
    value: x509.ExtensionType = one.value
    return value
