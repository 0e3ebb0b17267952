"""The way to a host: name, port, certificate."""

from __future__ import annotations

from datetime import timedelta

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks.case import Case
from aovpn_remediate.doctor.observed import Certificate, Observation
from aovpn_remediate.results.examination import Check, Finding, Level

CERTIFICATE_DAYS = 21
"""So many days before its end a certificate should be renewed."""


def name(case: Case) -> Finding | None:
    """Whether its name is known, and where it leads."""
    if case.local:
        return case.finding(Check.NAME, Level.OK, "this machine")
    if case.connection.proxy:
        return case.finding(Check.NAME, Level.SKIPPED, "known to the proxy")
    if case.seen.addresses is None:
        return None
    found = ", ".join(case.seen.addresses)
    shown = found if found == case.host.address else f"{case.host.address} is {found}"
    return case.finding(Check.NAME, Level.OK, shown)


def port(case: Case) -> Finding | None:
    """Whether something listens."""
    if case.local:
        return case.finding(Check.PORT, Level.OK, "none is needed")
    if case.seen.port_open:
        return case.finding(Check.PORT, Level.OK, f"{case.connection.resolved_port} is open")
    if case.connection.proxy and case.seen.visit:
        return case.finding(Check.PORT, Level.OK, "reached through the proxy")
    return None


def tls(case: Case) -> Finding | None:
    """Whether its certificate is trusted, and for how long."""
    if case.local or case.connection.scheme == "http":
        return case.finding(Check.TLS, Level.SKIPPED, "not used")
    if case.seen.tls is None:
        return None
    certificate, refused = case.seen.tls.certificate, case.seen.tls.refused
    days = _days_left(certificate, case.seen) if certificate else None
    if refused is not None:
        found = f"not verified (`verify: false`), or it would be said: {refused.what}"
        return case.finding(Check.TLS, Level.WARNING, found, cures.NOT_VERIFIED, days)
    if certificate and days is not None and days < CERTIFICATE_DAYS:
        found = f"the certificate ends in {days:.0f} days, on {certificate.ends:%Y-%m-%d}"
        return case.finding(Check.TLS, Level.WARNING, found, cures.RENEW_SOON, days)
    if not case.connection.verify:
        found = "not verified (`verify: false`), though it would be trusted"
        return case.finding(Check.TLS, Level.WARNING, found, cures.NOT_VERIFIED, days)
    found = "certificate trusted" if days is None else f"certificate {days:.0f} days"
    return case.finding(Check.TLS, Level.OK, found, value=days)


def _days_left(certificate: Certificate, seen: Observation) -> float:
    return round((certificate.ends - seen.at) / timedelta(days=1), 1)
