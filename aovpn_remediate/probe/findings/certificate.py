"""Findings about the certificate of TLS and its chain."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta

from aovpn_remediate.inspect.about import About
from aovpn_remediate.probe.tls.names import is_for, is_for_by_subject, names_of
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results.certificates import CertificateFacts
from aovpn_remediate.results.inspection import Finding, Severity
from aovpn_remediate.results.probes import AddressProbe, ChainProblem, TlsProbe

SOON = timedelta(days=30)
"""A certificate that ends before is to be renewed now."""

_SERVER_PURPOSES = {"1.3.6.1.5.5.7.3.1", "2.5.29.37.0"}
"""Server authentication, and any purpose."""
_MOST_NAMES = 5
_RENEW = (
    "Renew the certificate, set it with Set-RemoteAccess -SslCertificate, and restart RemoteAccess."
)
_TRUST_THE_ROOT = (
    "If its root is your own, see that every client trusts it, and name its file with --ca-file; "
    "otherwise take a certificate of a public CA."
)
_SEND_THE_CHAIN = (
    "Put the certificates of the issuing CAs into the store Intermediate Certification Authorities "
    "of the server, and restart RemoteAccess; if the issuer is a root of your own, name its file "
    "with --ca-file."
)
_CHAIN_FIXES: Mapping[ChainProblem, tuple[str, Severity, str]] = {
    ChainProblem.SELF_SIGNED: (
        "certificate-self-signed",
        Severity.PROBLEM,
        "Take a certificate of a CA that all clients trust (Set-RemoteAccess -SslCertificate).",
    ),
    ChainProblem.UNTRUSTED_ROOT: (
        "certificate-untrusted",
        Severity.WARNING,
        _TRUST_THE_ROOT,
    ),
    ChainProblem.ISSUER_MISSING: (
        "certificate-chain-incomplete",
        Severity.WARNING,
        _SEND_THE_CHAIN,
    ),
    ChainProblem.OTHER: (
        "certificate-not-accepted",
        Severity.WARNING,
        "Take a certificate that current clients accept (Set-RemoteAccess -SslCertificate).",
    ),
}


def certificate_findings(address: AddressProbe, now: str) -> Iterator[Finding]:
    """Return what clients will not accept, or not for long."""
    about, tls = About(address.address), address.tls
    if tls.certificates_unread:
        yield about.problem(
            "certificate-unreadable",
            f"The server sends what cannot be read: {tls.certificates_unread}.",
            _RENEW,
        )
    time = datetime.fromisoformat(now)
    validity = [
        finding
        for place, certificate in enumerate(tls.chain)
        for finding in _validity(about, certificate, time, own=not place)
    ]
    yield from validity
    yield from _chain(about, tls, dates_told=bool(validity))
    if tls.chain:
        yield from _purpose(about, tls.chain[0])
        yield from _names(about, address, tls.chain[0])


def _chain(about: About, tls: TlsProbe, *, dates_told: bool) -> Iterator[Finding]:
    problem = tls.chain_problem
    if problem is ChainProblem.DATES and not dates_told:
        problem = ChainProblem.OTHER
    if problem is not None and problem is not ChainProblem.DATES:
        id_, severity, fix = _CHAIN_FIXES[problem]
        text = f"The certificate is not accepted here: {_chain_text(tls)}."
        yield about.finding(severity, id_, text, fix)
    if not tls.chain_is_whole:
        yield about.note(
            "chain-not-shown",
            "This Python shows only the server's own certificate, not those it sent with it.",
        )


def _chain_text(tls: TlsProbe) -> str:
    if tls.chain_problem is not ChainProblem.ISSUER_MISSING or not tls.chain:
        return tls.chain_detail
    last = tls.chain[-1]
    sent = (
        "the server sent it alone"
        if len(tls.chain) == 1
        else f"the chain that the server sent ends with {last.subject or 'a certificate'}"
    )
    issuer = last.issuer or "its issuer"
    return f"{sent}, and {issuer} is neither in the chain nor trusted here"


def _validity(
    about: About, certificate: CertificateFacts, now: datetime, *, own: bool
) -> Iterator[Finding]:
    what = "The certificate" if own else f"The certificate {certificate.subject} of the chain"
    prefix = "certificate" if own else "chain-certificate"
    begins, ends = _time(certificate.not_before), _time(certificate.not_after)

    def finding(id_: str, severity: Severity, text: str) -> Finding:
        return about.finding(severity, f"{prefix}-{id_}", f"{what} {text}.", _RENEW)

    if begins is not None and now < begins:
        yield finding("not-yet-valid", Severity.PROBLEM, f"is not valid before {_day(begins)}")
    if ends is None:
        return
    if ends <= now:
        yield finding("expired", Severity.PROBLEM, f"expired on {_day(ends)}")
    elif ends - now < SOON:
        days = (ends - now).days
        text = f"expires on {_day(ends)}, in {days} day{'' if days == 1 else 's'}"
        yield finding("expires-soon", Severity.WARNING, text)


def _purpose(about: About, certificate: CertificateFacts) -> Iterator[Finding]:
    purposes = {purpose.oid for purpose in certificate.ekus}
    if purposes and not purposes & _SERVER_PURPOSES:
        yield about.problem(
            "certificate-purpose",
            "The certificate is not for server authentication, so that clients refuse it.",
            "Take a certificate with the purpose 1.3.6.1.5.5.7.3.1.",
        )


def _names(about: About, address: AddressProbe, certificate: CertificateFacts) -> Iterator[Finding]:
    own = listed(names_of(certificate), _MOST_NAMES) or "no name at all"
    if not address.names and not is_for(certificate, address.address):
        yield about.note(
            "name-not-compared",
            f"The certificate is for {own}; --name compares with the name that clients use.",
        )
    for name in address.names:
        if is_for_by_subject(certificate, name):
            yield about.warning(
                "certificate-name-in-subject-only",
                f"The certificate has {name} in its subject alone, which clients ignore.",
                f"Take a certificate with {name} as an alternative name (SAN).",
            )
        elif not is_for(certificate, name):
            yield about.problem(
                "certificate-name",
                f"The certificate is not for {name}: it is for {own}.",
                f"Take a certificate with {name} as an alternative name (SAN), or see on which "
                "certificate RRAS is set.",
            )


def _time(text: str | None) -> datetime | None:
    if text is None:
        return None
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _day(time: datetime) -> str:
    return f"{time.astimezone(UTC):%Y-%m-%d}"
