"""A certificate as a host sends it: what of it counts, and who may read its private key."""

from __future__ import annotations

import base64
import hashlib
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from aovpn_remediate.resources.declared import HostAnswer, Told

if TYPE_CHECKING:
    from cryptography import x509

SID_EXTENSION = "1.3.6.1.4.1.311.25.2"
SID_URI = "tag:microsoft.com,2022-09-14:sid:"
PARTS: Mapping[str, str] = {
    "CN": "2.5.4.3",
    "O": "2.5.4.10",
    "OU": "2.5.4.11",
    "C": "2.5.4.6",
    "ST": "2.5.4.8",
    "L": "2.5.4.7",
    "DC": "0.9.2342.19200300.100.1.25",
    "E": "1.2.840.113549.1.9.1",
    "SERIALNUMBER": "2.5.4.5",
}
"""The parts of a subject that may be named."""

_ONE_AT_A_TIME = threading.RLock()
"""Filters of warnings are the whole program's."""

# FILE_READ_DATA, GENERIC_READ and GENERIC_ALL.
_READ = 0x1 | 0x80000000 | 0x10000000
_SERVICES = frozenset({"S-1-5-18", "S-1-5-19", "S-1-5-20"})
_EVERYBODY = frozenset({"S-1-1-0", "S-1-5-11"})
_OF_SERVICES = _EVERYBODY | {"S-1-5-6", "S-1-2-0", "S-1-5-32-545"}
_ADMINISTRATORS = "S-1-5-32-544"
_SYSTEM = "S-1-5-18"


class _Rule(HostAnswer):
    sid: Told
    allow: bool
    rights: int


class Access(HostAnswer):
    """The access list of the file of a private key, or the reason why it is not known."""

    rules: Annotated[list[_Rule], Field(max_length=200)] | None = None
    reason: Told | None = None

    def lets_read(self, sid: str) -> bool:
        """Return true if the account may read the file, itself or by what every such account is.

        Memberships in other groups are not followed.
        """
        names = {sid} | (_OF_SERVICES if sid in _SERVICES else _EVERYBODY)
        names |= {_ADMINISTRATORS} if sid == _SYSTEM else set()
        found = [rule for rule in self.rules or () if rule.sid in names and rule.rights & _READ]
        return bool(found) and all(rule.allow for rule in found)


def follows_groups(sid: str) -> bool:
    """Return true for an account whose groups are known: those of Windows' own services."""
    return sid in _SERVICES


@dataclass(frozen=True)
class Parsed:
    """The parts of a certificate that count."""

    thumbprint: str
    subject: tuple[tuple[str, str], ...]
    """The parts of the subject: the OID, and the text in lower case."""
    ends: datetime
    names: tuple[str, ...]
    """The DNS names, in lower case."""
    ekus: tuple[str, ...]
    """The OIDs of its purposes; none where it names none."""
    sid: bool
    cdp: bool

    def has(self, parts: Mapping[str, str]) -> bool:
        """Return true if the subject has all these parts, in any case of letters."""
        return all((PARTS[name], text.lower()) in self.subject for name, text in parts.items())


@contextmanager
def quietly() -> Iterator[None]:
    """Read certificates without warnings of the library, of a serial number of zero, say."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def thumbprint_of(der: bytes) -> str:
    """Return the SHA-1 of a certificate, as Windows names it."""
    return hashlib.sha1(der, usedforsecurity=False).hexdigest().upper()


# The state and the notes of one answer are made one after the other.
@lru_cache(maxsize=300)
def parsed(raw: str) -> Parsed | None:
    """Return a certificate from its DER in base64; None where it cannot be understood."""
    from cryptography import x509

    try:
        der = base64.b64decode(raw, validate=True)
        with quietly():
            return _of(x509.load_der_x509_certificate(der), der)
    except Exception:  # noqa: BLE001 - a host may send anything, and each kind has its own error
        return None


def _of(found: x509.Certificate, der: bytes) -> Parsed:
    from cryptography import x509

    by_oid = {one.oid.dotted_string: one.value for one in found.extensions}
    values = list(by_oid.values())
    names = [
        name for value in values if isinstance(value, x509.SubjectAlternativeName) for name in value
    ]
    dns = [name.value for name in names if isinstance(name, x509.DNSName)]
    uris = [name.value for name in names if isinstance(name, x509.UniformResourceIdentifier)]
    return Parsed(
        thumbprint=thumbprint_of(der),
        subject=tuple((one.oid.dotted_string, _text(one.value)) for one in found.subject),
        ends=found.not_valid_after_utc,
        names=tuple(name.lower() for name in dns),
        ekus=_ekus(values),
        sid=SID_EXTENSION in by_oid or any(uri.startswith(SID_URI) for uri in uris),
        cdp=any(_has_place(value) for value in values),
    )


def _text(value: str | bytes) -> str:
    return (value if isinstance(value, str) else value.hex()).lower()


def _ekus(values: Iterable[x509.ExtensionType]) -> tuple[str, ...]:
    from cryptography import x509

    return tuple(
        oid.dotted_string
        for value in values
        if isinstance(value, x509.ExtendedKeyUsage)
        for oid in value
    )


def _has_place(value: x509.ExtensionType) -> bool:
    """Return true for the extension that says where a CRL is, if it names a place."""
    from cryptography import x509

    return isinstance(value, x509.CRLDistributionPoints) and any(one.full_name for one in value)
