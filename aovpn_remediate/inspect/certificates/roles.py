"""What a certificate is for."""

from __future__ import annotations

from aovpn_remediate.inspect.certificates.purposes import (
    ANY,
    CLIENT,
    CONDITIONAL_ACCESS,
    SERVER,
    SMART_CARD,
)
from aovpn_remediate.results.certificates import CertificateFacts, Role

_OF_CLIENTS = {CLIENT, SMART_CARD, CONDITIONAL_ACCESS}


def role_of(facts: CertificateFacts) -> Role:
    """Return the role: a UPN makes a certificate a client's, whatever its purposes are."""
    if _is_authority(facts):
        return Role.CA
    if facts.upns:
        return Role.CLIENT
    oids = {one.oid for one in facts.ekus}
    if not oids or ANY in oids:
        return Role.EITHER
    if oids & _OF_CLIENTS:
        return Role.EITHER if SERVER in oids else Role.CLIENT
    return Role.SERVER if SERVER in oids else Role.OTHER


def _is_authority(facts: CertificateFacts) -> bool:
    # Roots of the nineties have no extensions that would say so.
    return facts.is_ca or (facts.version == 1 and facts.self_signed)
