"""A certificate as plain texts; what cannot be understood is named, and the rest is there."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import PublicKeyAlgorithmOID

from aovpn_remediate.inspect.certificates import der, parts
from aovpn_remediate.inspect.certificates.der import element_at
from aovpn_remediate.inspect.certificates.extensions import RawExtension, raw_extensions
from aovpn_remediate.inspect.certificates.meanings import Meanings
from aovpn_remediate.inspect.certificates.reasons import reason_of
from aovpn_remediate.inspect.certificates.signatures import Signature, check_signature
from aovpn_remediate.inspect.certificates.subjects import issuer_of, subject_of
from aovpn_remediate.resources.certificate_data import quietly, thumbprint_of
from aovpn_remediate.results.certificates import CertificateFacts, PublicKey, Unreadable

_T = TypeVar("_T")

EXPLICIT_CURVE = "explicit parameters"
_KNOWN_KEYS = {
    PublicKeyAlgorithmOID.RSAES_PKCS1_v1_5: "rsa",
    PublicKeyAlgorithmOID.RSASSA_PSS: "rsa-pss",
    PublicKeyAlgorithmOID.DSA: "dsa",
    PublicKeyAlgorithmOID.EC_PUBLIC_KEY: "ec",
    PublicKeyAlgorithmOID.ED25519: "ed25519",
    PublicKeyAlgorithmOID.ED448: "ed448",
}


def certificate_facts(certificate: x509.Certificate) -> CertificateFacts:
    """Return all that a certificate says; no damage in it raises anything."""
    with quietly():
        return _Reading(certificate).facts()


class _Reading:
    """One certificate, and what of it could not be read so far.

    The library looks at most parts only when they are asked for, and its errors are of many kinds.
    """

    def __init__(self, certificate: x509.Certificate) -> None:
        self._certificate = certificate
        self._unreadable: list[Unreadable] = []

    def facts(self) -> CertificateFacts:
        one = self._certificate
        whole = one.public_bytes(Encoding.DER)
        subject = self._part(parts.SUBJECT, lambda: subject_of(one), None)
        issuer = self._part("issuer", lambda: issuer_of(one), None)
        names = [str(name) if name else "" for name in (subject, issuer)]
        meanings = self._meanings()
        return CertificateFacts(
            subject=names[0],
            common_names=subject.common_names if subject else (),
            issuer=names[1],
            serial=self._part("serial number", lambda: _serial(one.serial_number), ""),
            version=self._part("version", lambda: one.version.value + 1, None),
            sha1=thumbprint_of(whole),
            sha256=hashlib.sha256(whole).hexdigest().upper(),
            not_before=self._part("start", lambda: _time(one.not_valid_before_utc), None),
            not_after=self._part("end", lambda: _time(one.not_valid_after_utc), None),
            key=self._part("key", lambda: _key(one), None),
            signature_algorithm=self._part("signature algorithm", lambda: _algorithm(one), ""),
            signature_hash=self._part("signature algorithm", lambda: _hash(one), ""),
            self_signed=(names[0] == names[1] and check_signature(one, one) is Signature.RIGHT),
            unreadable=tuple(dict.fromkeys(self._unreadable)),
            **meanings.fields(),
        )

    def _meanings(self) -> Meanings:
        none: list[RawExtension] = []
        extensions = self._part(parts.EXTENSIONS, lambda: raw_extensions(self._certificate), none)
        meanings = Meanings(self._certificate, extensions)
        for extension in extensions:
            self._part(meanings.name(extension), partial(meanings.add, extension), None)
        self._unreadable += meanings.unreadable
        return meanings

    def _part(self, part: str, read: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return read()
        except Exception as error:  # noqa: BLE001 - each part of the library has its own errors
            self._unreadable.append(Unreadable(part=part, reason=reason_of(error)))
            return otherwise


def _serial(number: int) -> str:
    digits = f"{abs(number):X}"
    digits = digits.zfill(len(digits) + len(digits) % 2)
    return f"-{digits}" if number < 0 else digits


def _time(time: datetime) -> str:
    return time.isoformat(timespec="seconds")


def _key(certificate: x509.Certificate) -> PublicKey:
    oid = certificate.public_key_algorithm_oid
    if oid not in _KNOWN_KEYS:
        return PublicKey(type=oid.dotted_string)
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return PublicKey(type="rsa", bits=key.key_size)
    if isinstance(key, dsa.DSAPublicKey):
        return PublicKey(type="dsa", bits=key.key_size)
    if isinstance(key, ec.EllipticCurvePublicKey):
        curve = key.curve.name if _has_a_named_curve(certificate) else EXPLICIT_CURVE
        return PublicKey(type="ec", bits=key.key_size, curve=curve)
    return PublicKey(type=_KNOWN_KEYS[oid])


def _has_a_named_curve(certificate: x509.Certificate) -> bool:
    """Return false for a key that brings the parameters of its curve, which may be forged."""
    fields = element_at(certificate.tbs_certificate_bytes).children()
    keys = [one.children() for one in fields if one.tag == der.SEQUENCE]
    [algorithm] = [one[0] for one in keys if [part.tag for part in one[1:]] == [der.BIT_STRING]]
    return [one.tag for one in algorithm.children()] == [der.OID, der.OID]


def _algorithm(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid
    name = oid._name  # noqa: SLF001 - its only name for a person
    return oid.dotted_string if name == "Unknown OID" else name


def _hash(certificate: x509.Certificate) -> str:
    found = certificate.signature_hash_algorithm
    return found.name if found else ""
