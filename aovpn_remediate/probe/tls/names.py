"""The names in a certificate against the name that clients connect to. Pure."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from aovpn_remediate.results.certificates import CertificateFacts


def names_of(certificate: CertificateFacts) -> tuple[str, ...]:
    """Return the names and addresses that a certificate is for, without those of its subject."""
    return (*certificate.dns_names, *certificate.ips)


def is_for(certificate: CertificateFacts, name: str) -> bool:
    """Return True if one of the alternative names is the name or the address."""
    try:
        wanted = ipaddress.ip_address(name)
    except ValueError:
        return any(matches(pattern, name) for pattern in certificate.dns_names)
    return str(wanted) in certificate.ips


def is_for_by_subject(certificate: CertificateFacts, name: str) -> bool:
    """Return True if a certificate without alternative names has the name in its subject."""
    return not names_of(certificate) and _any(certificate.common_names, name)


def _any(patterns: Sequence[str], name: str) -> bool:
    return any(matches(pattern, name) for pattern in patterns)


def matches(pattern: str, name: str) -> bool:
    """Compare without case; `*` stands for the whole first label and nothing more."""
    wanted, found = pattern.lower().removesuffix("."), name.lower().removesuffix(".")
    if not wanted.startswith("*."):
        return wanted == found
    first, _, rest = found.partition(".")
    # A star directly below a top-level domain would stand for everybody's name.
    return bool(first) and rest == wanted[2:] and "." in rest
