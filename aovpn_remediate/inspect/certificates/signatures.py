"""The check of signatures, those with old algorithms included."""

from __future__ import annotations

from enum import StrEnum

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from aovpn_remediate.resources.certificate_data import quietly


class Signature(StrEnum):
    """The outcome of the check of a signature."""

    RIGHT = "right"
    WRONG = "wrong"
    UNKNOWN = "unknown"
    """The library does not know the algorithm, or the key or a name is damaged."""


def check_signature(one: x509.Certificate, issuer: x509.Certificate) -> Signature:
    """Return the outcome of the check whether the key of this issuer has signed it."""
    try:
        with quietly():
            _verify(one, issuer)
    except InvalidSignature:
        return Signature.WRONG
    except Exception:  # noqa: BLE001 - a key, a name or an algorithm of any kind
        return Signature.UNKNOWN
    return Signature.RIGHT


def _verify(one: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        one.verify_directly_issued_by(issuer)
    except ValueError:
        _verify_old(one, issuer)


def _verify_old(one: x509.Certificate, issuer: x509.Certificate) -> None:
    """Verify with SHA-1 and MD5 too, which old roots have, and where a name is damaged."""
    key, algorithm = issuer.public_key(), one.signature_hash_algorithm
    if algorithm is None:
        raise ValueError("an algorithm without a hash")
    signed, signature = one.tbs_certificate_bytes, one.signature
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, signed, padding.PKCS1v15(), algorithm)
    elif isinstance(key, ec.EllipticCurvePublicKey):
        key.verify(signature, signed, ec.ECDSA(algorithm))
    else:
        raise ValueError("a key of another kind")  # noqa: TRY004 - as the library says it
