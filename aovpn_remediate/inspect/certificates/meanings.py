"""The extensions of a certificate that count for a VPN, and what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from cryptography import x509
from cryptography.x509.oid import AuthorityInformationAccessOID as Access

from aovpn_remediate.inspect.certificates import der, parts
from aovpn_remediate.inspect.certificates.der import element_at
from aovpn_remediate.inspect.certificates.extensions import RawExtension, understood
from aovpn_remediate.inspect.certificates.names import alternative_names, sid_in
from aovpn_remediate.inspect.certificates.purposes import PURPOSES
from aovpn_remediate.resources.certificate_data import SID_EXTENSION, SID_URI
from aovpn_remediate.results.certificates import Purpose, Unreadable

_NAMES = "2.5.29.17"
_SKI = "2.5.29.14"
_AKI = "2.5.29.35"
_BASIC = "2.5.29.19"
_BOOLEAN = 0x01
_KEY_IDENTIFIER = 0x80
_USAGES = {
    "digital_signature": "digitalSignature",
    "content_commitment": "nonRepudiation",
    "key_encipherment": "keyEncipherment",
    "data_encipherment": "dataEncipherment",
    "key_agreement": "keyAgreement",
    "key_cert_sign": "keyCertSign",
    "crl_sign": "cRLSign",
}
_TITLES = {
    _NAMES: parts.NAMES,
    SID_EXTENSION: parts.SID,
    _SKI: "subject key identifier",
    "2.5.29.15": "key usage",
    _BASIC: parts.BASIC,
    "2.5.29.31": parts.CDP,
    _AKI: "authority key identifier",
    "2.5.29.37": parts.EKU,
    "1.3.6.1.5.5.7.1.1": parts.AIA,
}
_WITHOUT_MEANING_HERE = {
    *("2.5.29.16", "2.5.29.18", "2.5.29.30", "2.5.29.32", "2.5.29.33", "2.5.29.36"),
    *("2.5.29.46", "2.5.29.54", "1.3.6.1.5.5.7.48.1.5", "1.3.6.1.4.1.11129.2.4.2"),
    *("1.3.6.1.4.1.311.20.2", "1.3.6.1.4.1.311.21.1", "1.3.6.1.4.1.311.21.2"),
    *("1.3.6.1.4.1.311.21.7", "1.3.6.1.4.1.311.21.10", "1.3.6.1.4.1.311.21.11"),
}
"""Extensions that Windows knows, and nothing here asks for."""


_FIELDS_OF_NAMES = {
    "dns": "dns_names",
    "upn": "upns",
    "uri": "uris",
    "email": "emails",
    "ip": "ips",
}


def _usage(value: x509.KeyUsage) -> dict[str, Any]:
    named = [name for field, name in _USAGES.items() if getattr(value, field)]
    if value.key_agreement:
        named += [
            name
            for name, there in (
                ("encipherOnly", value.encipher_only),
                ("decipherOnly", value.decipher_only),
            )
            if there
        ]
    return {"key_usage": tuple(named)}


def _purposes(value: x509.ExtendedKeyUsage) -> dict[str, Any]:
    oids = [one.dotted_string for one in value]
    return {"ekus": tuple(Purpose(oid=oid, name=PURPOSES.get(oid, "")) for oid in oids)}


def _points(value: x509.CRLDistributionPoints) -> dict[str, Any]:
    return {"cdp": tuple(_place(name) for point in value for name in point.full_name or ())}


def _access(value: x509.AuthorityInformationAccess) -> dict[str, Any]:
    def places(method: x509.ObjectIdentifier) -> tuple[str, ...]:
        return tuple(_place(one.access_location) for one in value if one.access_method == method)

    return {"aia": places(Access.CA_ISSUERS), "ocsp": places(Access.OCSP)}


def _constraints(value: bytes) -> dict[str, Any]:
    # Many CAs write the default, FALSE, which the library refuses.
    whole = element_at(value)
    found = {one.tag: one.content for one in whole.children()}
    length = int.from_bytes(found.get(der.INTEGER, b""), "big", signed=True)
    if (
        (whole.tag, whole.whole) != (der.SEQUENCE, value)
        or length < 0
        or not set(found) <= {_BOOLEAN, der.INTEGER}
    ):
        raise ValueError("it says nothing that makes sense")
    return {
        "is_ca": found.get(_BOOLEAN, b"\0") != b"\0",
        "path_length": length if der.INTEGER in found else None,
    }


def _key_identifier(value: bytes) -> str:
    # The library wants its other fields, which nobody looks at, to be whole as well.
    found = (one for one in element_at(value).children() if one.tag == _KEY_IDENTIFIER)
    return next((one.content.hex().upper() for one in found), "")


def _place(name: x509.GeneralName) -> str:
    if isinstance(name, x509.DirectoryName):
        return f"directory:{name.value.rfc4514_string()}"
    return str(name.value)


_FIELDS_OF_VALUES: Mapping[type[x509.ExtensionType], Callable[[Any], dict[str, Any]]] = {
    x509.KeyUsage: _usage,
    x509.ExtendedKeyUsage: _purposes,
    x509.CRLDistributionPoints: _points,
    x509.AuthorityInformationAccess: _access,
}


class Meanings:
    """The fields of `CertificateFacts` that come from extensions."""

    def __init__(self, certificate: x509.Certificate, extensions: Sequence[RawExtension]) -> None:
        """Begin with no extension added."""
        self._certificate = certificate
        self._fields: dict[str, Any] = {
            "unknown_critical": tuple(
                one.oid
                for one in extensions
                if one.critical and one.oid not in _WITHOUT_MEANING_HERE and one.oid not in _TITLES
            )
        }
        self._seen: set[str] = set()
        self.unreadable: list[Unreadable] = []

    def fields(self) -> Mapping[str, Any]:
        """Return what was read so far."""
        return self._fields

    def name(self, extension: RawExtension) -> str:
        """Return the name of an extension for a person."""
        return _TITLES.get(extension.oid, f"extension {extension.oid}")

    def add(self, extension: RawExtension) -> None:
        """Read one more. Raises whatever a damaged one leads to."""
        if extension.oid in self._seen:
            raise ValueError("it is there more than once")
        self._seen.add(extension.oid)
        if extension.oid == SID_EXTENSION:
            self._fields["sid_in_extension"] = ""
            self._fields["sid_in_extension"] = sid_in(extension.value)
        elif extension.oid == _NAMES:
            self._add_names(extension.value)
        elif extension.oid == _SKI:
            self._fields["ski"] = element_at(extension.value).content.hex().upper()
        elif extension.oid == _BASIC:
            self._fields |= _constraints(extension.value)
        elif extension.oid == _AKI:
            self._fields["aki"] = _key_identifier(extension.value)
        elif extension.oid in _TITLES:
            self._add_understood(understood(self._certificate, extension))

    def _add_names(self, value: bytes) -> None:
        found: dict[str, list[str]] = {}
        for kind, text in alternative_names(value):
            if kind == "unread":
                self.unreadable.append(Unreadable(part=_TITLES[_NAMES], reason=text))
            found.setdefault(kind, []).append(text)
        for kind, field in _FIELDS_OF_NAMES.items():
            self._fields[field] = tuple(found.get(kind, ()))
        self._fields["sids_in_uris"] = tuple(
            uri.removeprefix(SID_URI) for uri in found.get("uri", ()) if uri.startswith(SID_URI)
        )

    def _add_understood(self, value: x509.ExtensionType) -> None:
        for kind, fields in _FIELDS_OF_VALUES.items():
            if isinstance(value, kind):
                self._fields.update(fields(value))
