"""Rules for the strength and the kind of key and signature."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.inspect.certificates.facts import EXPLICIT_CURVE
from aovpn_remediate.inspect.certificates.judging.finding import note, problem, warning
from aovpn_remediate.results.certificates import InspectedCertificate, PublicKey
from aovpn_remediate.results.inspection import Finding

_REFUSED_BITS = 1024
_ENOUGH_BITS = 2048
_CURVES = {"secp256r1", "secp384r1", "secp521r1"}
_BROKEN = {"md2", "md4", "md5"}
_BROKEN_OIDS = {"1.2.840.113549.1.1.2", "1.2.840.113549.1.1.3"}
_FIX = "Issue it again with a new RSA key of 2048 bits or more, or a key on P-256 or P-384."


def judge_strength(one: InspectedCertificate) -> Iterator[Finding]:
    """Judge key and signature; nobody checks the signature of a root."""
    if one.facts.key:
        yield from _key(one, one.facts.key)
    if not one.facts.self_signed:
        yield from _signature(one)


def _key(one: InspectedCertificate, key: PublicKey) -> Iterator[Finding]:
    bits = key.bits or 0
    if key.type == "rsa" and bits < _REFUSED_BITS:
        yield problem(
            one, "key-weak", f"Its RSA key has {bits} bits: Windows refuses keys below 1024.", _FIX
        )
    elif key.type == "rsa" and bits < _ENOUGH_BITS:
        yield warning(
            one,
            "key-weak",
            f"Its RSA key has {bits} bits: keys below 2048 count as broken, and many refuse them.",
            _FIX,
        )
    elif key.curve == EXPLICIT_CURVE:
        yield warning(
            one,
            "key-unusual",
            "Its key brings the parameters of its curve instead of the name: since 2020 Windows "
            "takes that for a forgery (not confirmed for each version).",
            _FIX,
        )
    elif key.type == "ec" and key.curve not in _CURVES:
        yield warning(
            one,
            "key-unusual",
            f"Its key is on the curve {key.curve}; Windows uses P-256, P-384 and P-521 for TLS and "
            "IKE (others are not confirmed).",
            _FIX,
        )
    elif key.type not in ("rsa", "ec"):
        yield warning(
            one,
            "key-unusual",
            f"Its key is of the type {key.type}, which Windows is not known to use for a VPN.",
            _FIX,
        )


def _signature(one: InspectedCertificate) -> Iterator[Finding]:
    found, algorithm = one.facts.signature_hash, one.facts.signature_algorithm
    fix = "Let the CA sign with SHA-256 or better, and issue it again."
    if found in _BROKEN or algorithm in _BROKEN_OIDS:
        yield problem(
            one,
            "signature-weak",
            f"It is signed with {found.upper() or algorithm}, which can be forged: Windows refuses "
            "it.",
            fix,
        )
    elif found == "sha1":
        yield warning(
            one,
            "signature-weak",
            "It is signed with SHA-1, which can be forged, and which Windows refuses in many uses.",
            fix,
        )
    elif algorithm == "rsassaPss":
        yield note(
            one,
            "signature-pss",
            "It is signed with RSASSA-PSS, which some VPN software cannot check (not confirmed for "
            "which; RRAS and NPS usually can).",
        )
