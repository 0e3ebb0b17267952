"""Rules for damage, and for what is against the standard, so that Windows may refuse it."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.inspect.certificates.judging.finding import note, problem, warning
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results.certificates import InspectedCertificate, Role
from aovpn_remediate.results.inspection import Finding

_VERSION = 3
_MOST_REASONS = 3
_LONGEST_SERIAL = 40
"""Digits: 20 bytes."""


def judge_form(one: InspectedCertificate) -> Iterator[Finding]:
    """Judge what is damaged, unknown or against the standard."""
    yield from _unreadable(one)
    if one.facts.unknown_critical:
        yield problem(
            one,
            "critical-extension-unknown",
            f"It has the critical extension {', '.join(one.facts.unknown_critical[:4])}, which "
            "must be understood, and Windows is not known to: reason 282 in the log of NPS.",
            "Issue it with the extension marked as not critical, or without it.",
        )
    if one.facts.version not in (None, _VERSION) and not one.facts.self_signed:
        yield warning(
            one,
            "version-old",
            f"It is of version {one.facts.version}, which has no extensions: no purpose, no "
            "alternative name, no CRL distribution point.",
            "Issue it with version 3.",
        )
    yield from _serial(one)
    yield from _own_signature(one)


def _unreadable(one: InspectedCertificate) -> Iterator[Finding]:
    reasons: dict[str, list[str]] = {}
    for part in one.facts.unreadable:
        reasons.setdefault(part.part, []).append(part.reason)
    for name, why in reasons.items():
        yield warning(
            one,
            "part-unreadable",
            f"The part {name!r} cannot be understood ({listed(why, _MOST_REASONS)}): Windows may "
            "refuse the certificate for it.",
            "Issue it again; if it was copied, compare it with the original.",
        )


def _serial(one: InspectedCertificate) -> Iterator[Finding]:
    serial = one.facts.serial
    if not serial:
        return
    if serial.startswith("-") or not serial.strip("0"):
        yield note(
            one, "serial-odd", "Its serial number is not positive, which the standard forbids."
        )
    elif len(serial) > _LONGEST_SERIAL:
        yield note(
            one,
            "serial-odd",
            f"Its serial number has {len(serial) // 2} bytes; the standard allows 20.",
        )


def _own_signature(one: InspectedCertificate) -> Iterator[Finding]:
    if one.facts.self_signed and one.role is not Role.CA:
        yield warning(
            one,
            "self-signed",
            "It has signed itself: whoever is to accept it has to trust it by name, and nobody can "
            "revoke it.",
            "Have it issued by a CA that servers and clients trust.",
        )
