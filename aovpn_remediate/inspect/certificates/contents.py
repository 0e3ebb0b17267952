"""The kind of DER data by its outline, without reading what is in it: a key stays unread."""

from __future__ import annotations

from aovpn_remediate.inspect.certificates import der
from aovpn_remediate.inspect.certificates.der import Element, element_at

CMS = "PKCS#7"
SECRETS = ("a private key", "a PFX file (PKCS#12)")
STORE = b"\0\0\0\0CERT"
"""The beginning of a serialized store, as the console of Windows exports it."""

_SIGNED_DATA = "1.2.840.113549.1.7.2"
_OTHER_CMS = "1.2.840.113549.1.7."
_ENCRYPTION = ("1.2.840.113549.1.5.", "1.2.840.113549.1.12.1.")
"""Password-based encryption, as of an encrypted private key."""
_TIMES = {0x17, 0x18}
_BARE_KEY = "a public key without its certificate"
_PKCS12_VERSION = b"\x03"


def content_of(data: bytes) -> str:
    """Return words for what the data is, `CMS`, or nothing for what may be a certificate."""
    if data.startswith(STORE):
        return "a serialized certificate store (.sst)"
    if data[1:2] == b"\x80":
        return CMS  # of indefinite length; a certificate never is
    try:
        parts = _beginnings(element_at(data).content)
    except ValueError:
        return ""
    return _by_outline(parts)


def _beginnings(content: bytes) -> list[Element]:
    """Return the first elements: as many as tell the kind."""
    found = []
    for part in der.elements(content):
        found.append(part)
        if len(found) == 4:  # noqa: PLR2004 - a request has three, an RSA key more
            break
    return found


def _by_outline(parts: list[Element]) -> str:
    if not parts:
        return "an empty sequence"
    by_first = {der.OID: _by_oid, der.INTEGER: _by_version, der.SEQUENCE: _by_sequence}
    tell = by_first.get(parts[0].tag)
    return tell(parts) if tell else ""


def _by_oid(parts: list[Element]) -> str:
    oid = _oid(parts[0])
    if oid == _SIGNED_DATA:
        return CMS
    return "PKCS#7 without certificates" if oid.startswith(_OTHER_CMS) else "other data"


def _by_version(parts: list[Element]) -> str:
    """Tell keys by what follows their version."""
    tags = [part.tag for part in parts[1:]]
    if tags == [der.INTEGER]:
        return _BARE_KEY
    if tags[:1] == [der.SEQUENCE]:
        return SECRETS[parts[0].content == _PKCS12_VERSION]
    return SECRETS[0] if tags[:1] in ([der.OCTET_STRING], [der.INTEGER]) else "other data"


def _by_sequence(parts: list[Element]) -> str:
    """Tell by the second part, and by what is signed."""
    second = [part.tag for part in parts[1:2]]
    if second == [der.OCTET_STRING] and _algorithm(parts[0]).startswith(_ENCRYPTION):
        return SECRETS[0]
    if second == [der.BIT_STRING]:
        return _BARE_KEY
    return _by_signed_part(parts[0]) if second == [der.SEQUENCE] else ""


def _by_signed_part(first: Element) -> str:
    """Tell a request and a CRL from a certificate: their fourth parts differ, or the third."""
    try:
        tags = [part.tag for part in _beginnings(first.content)]
    except ValueError:
        return ""
    versioned = tags[:3] == [der.INTEGER, der.SEQUENCE, der.SEQUENCE]
    place = 3 if versioned else 2
    if tags[:2] == [der.SEQUENCE, der.SEQUENCE] or versioned:
        if set(tags[place : place + 1]) & _TIMES:
            return "a certificate revocation list (CRL)"
        if versioned and tags[place:] != [der.SEQUENCE]:
            return "a certificate request (CSR)"
    return ""


def _algorithm(sequence: Element) -> str:
    try:
        return _oid(element_at(sequence.content))
    except ValueError:
        return ""


def _oid(element: Element) -> str:
    try:
        return der.oid_text(element.content)
    except ValueError:
        return ""
