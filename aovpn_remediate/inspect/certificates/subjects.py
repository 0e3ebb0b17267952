"""Subject and issuer of a certificate, part by part: an odd one hides none of the others."""

from __future__ import annotations

from cryptography import x509
from cryptography.x509.oid import NameOID

from aovpn_remediate.inspect.certificates import der
from aovpn_remediate.inspect.certificates.der import Element, element_at

_WINDOWS_NAMES = {NameOID.EMAIL_ADDRESS: "E", NameOID.SURNAME: "SN", NameOID.GIVEN_NAME: "G"}
_COMMON_NAME = NameOID.COMMON_NAME.dotted_string
_BITS = NameOID.X500_UNIQUE_IDENTIFIER.dotted_string
_VERSION = 0xA0
_ISSUER, _SUBJECT = 2, 4


class DistinguishedName:
    """A subject or an issuer. Reading it raises `ValueError` where even its outline is damaged."""

    def __init__(self, name: Element) -> None:
        """Read the parts, the nearest first, as Windows shows them."""
        self._parts = [[_attribute(one) for one in part.children()] for part in name.children()]
        self._parts.reverse()

    def __str__(self) -> str:
        return ", ".join("+".join(_shown(*one) for one in part) for part in self._parts if part)

    @property
    def common_names(self) -> tuple[str, ...]:
        """The texts of its common names, as they are."""
        found = (_text(value) for part in self._parts for oid, value in part if oid == _COMMON_NAME)
        return tuple(text for text in found if text is not None)


def issuer_of(certificate: x509.Certificate) -> DistinguishedName:
    """Return the issuer. Raises `ValueError`."""
    return DistinguishedName(_field(certificate, _ISSUER))


def subject_of(certificate: x509.Certificate) -> DistinguishedName:
    """Return the subject. Raises `ValueError`."""
    return DistinguishedName(_field(certificate, _SUBJECT))


def _field(certificate: x509.Certificate, place: int) -> Element:
    fields = element_at(certificate.tbs_certificate_bytes).children()
    return fields[place + (fields[0].tag == _VERSION)]


def _attribute(one: Element) -> tuple[str, Element]:
    oid, value = one.children()
    return der.oid_text(oid.content), value


def _text(value: Element) -> str | None:
    try:
        return der.string_text(value)
    except ValueError:
        return None


def _shown(oid: str, value: Element) -> str:
    text = _text(value)
    if text is None or oid == _BITS:
        return f"{oid}=#{value.whole.hex()}"
    attribute = x509.NameAttribute(x509.ObjectIdentifier(oid), text, _validate=False)
    return attribute.rfc4514_string(_WINDOWS_NAMES)
