"""The report of `inspect certificate` as a sheet. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aovpn_remediate.reports.inspections.sheet import Sheet, sections_of
from aovpn_remediate.reports.words import count, moment
from aovpn_remediate.resources.texts import in_short, listed
from aovpn_remediate.results.certificates import (
    CertificateFacts,
    CertificateReport,
    Chain,
    InspectedCertificate,
    PublicKey,
    Role,
)

_MOST = 8
_WITH_ACCOUNTS = (Role.CLIENT, Role.EITHER)
_ROLES = {
    Role.CLIENT: "client (a user or a device)",
    Role.SERVER: "server",
    Role.EITHER: "client or server",
    Role.CA: "CA",
    Role.OTHER: "neither client nor server",
}


def certificate_sheet(report: CertificateReport) -> Sheet:
    """Return a section for each certificate, chain by chain from the leaf up."""
    things = [(one.name, tuple(_rows(one, report))) for one in report.certificates]
    return Sheet(
        verb="inspect certificate",
        heading=count(len(report.certificates), "certificate"),
        sections=sections_of(things, report),
        inspection=report,
    )


def _rows(one: InspectedCertificate, report: CertificateReport) -> Iterator[tuple[str, str]]:
    facts = one.facts
    if len(one.files) > 1:
        yield "files", _listed(one.files)
    yield "use", _ROLES[one.role]
    yield "subject", _short(facts.subject)
    yield "issuer", "itself" if facts.self_signed else _short(facts.issuer)
    yield "chain", "; ".join(_chain(chain) for chain in _chains(one, report))
    yield "valid", _validity(facts)
    yield from _names(facts)
    yield "purposes", _listed([purpose.name or purpose.oid for purpose in facts.ekus])
    yield "key usage", _listed(facts.key_usage)
    yield "SID", _sid(facts, report.sid) or ("none" if one.role in _WITH_ACCOUNTS else "")
    yield "CRL (CDP)", _listed(facts.cdp) or ("" if facts.self_signed else "none")
    yield "issuer at (AIA)", _listed(facts.aia)
    yield "OCSP", _listed(facts.ocsp)
    yield "key", _key(facts.key)
    yield "signature", _short(facts.signature_algorithm)
    yield "serial number", _short(facts.serial)
    yield "thumbprint", facts.sha1
    yield "SHA-256", facts.sha256


def _names(facts: CertificateFacts) -> Iterator[tuple[str, str]]:
    yield "UPN", _listed(facts.upns)
    yield "DNS names", _listed(facts.dns_names)
    yield "addresses", _listed(facts.ips)
    yield "mail", _listed(facts.emails)
    yield "URIs", _listed(facts.uris)


def _validity(facts: CertificateFacts) -> str:
    if facts.not_before is None or facts.not_after is None:
        return ""
    return f"{moment(facts.not_before)} to {moment(facts.not_after)}"


def _chains(one: InspectedCertificate, report: CertificateReport) -> Iterator[Chain]:
    """Return the chains that begin with it, if there is more to them than itself."""
    for chain in report.chains:
        if chain.certificates[0] == one.name and len(chain.certificates) > 1:
            yield chain


def _chain(chain: Chain) -> str:
    way = " < ".join(chain.certificates[1:])
    return way if chain.complete else f"{way} < {_short(chain.missing)} (not given)"


def _sid(facts: CertificateFacts, wanted: str) -> str:
    places = {facts.sid_in_extension: ["extension"]} if facts.sid_in_extension else {}
    for text in facts.sids_in_uris:
        places.setdefault(text, []).append("URI")
    found = [f"{_short(text)} ({' and '.join(where[:2])})" for text, where in places.items()]
    equal = ", the one asked for" if list(places) == [wanted] else ""
    return f"{listed(found, _MOST)}{equal}"


def _key(key: PublicKey | None) -> str:
    if key is None:
        return ""
    return " ".join(part for part in (key.type.upper(), key.curve or str(key.bits or "")) if part)


def _listed(texts: Sequence[str]) -> str:
    return listed([_short(text) for text in texts], _MOST)


def _short(text: str) -> str:
    return in_short(text, f"{len(text)} characters")
