"""The names of the parts of a certificate, by which `unreadable` names what is damaged."""

from __future__ import annotations

from aovpn_remediate.results.certificates import CertificateFacts

NAMES = "alternative names"
SID = "SID extension"
CDP = "CRL distribution points"
AIA = "authority information access"
EKU = "purposes (EKU)"
BASIC = "basic constraints"
SUBJECT = "subject"
EXTENSIONS = "extensions"


def readable(facts: CertificateFacts, part: str) -> bool:
    """Return true if a part, which may be absent, was understood."""
    return not any(one.part in (part, EXTENSIONS) for one in facts.unreadable)
