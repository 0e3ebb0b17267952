"""Checks of the network: name, port, certificate."""

from __future__ import annotations

from datetime import timedelta

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks.context import CheckContext
from aovpn_remediate.doctor.observed import Certificate, Observation
from aovpn_remediate.results.examination import Check, Finding, Level

CERTIFICATE_DAYS = 21
"""The days before its expiry from which a certificate should be renewed."""


def check_name(context: CheckContext) -> Finding | None:
    """Check that the name of the host resolves."""
    if context.local:
        return context.finding(Check.NAME, Level.OK, "this machine")
    if context.connection.proxy:
        return context.finding(Check.NAME, Level.SKIPPED, "resolved by the proxy")
    if context.observed.addresses is None:
        return None
    address, found = context.host.address, ", ".join(context.observed.addresses)
    if found != address:
        found = f"{address} resolves to {found}"
    return context.finding(Check.NAME, Level.OK, found)


def check_port(context: CheckContext) -> Finding | None:
    """Check that the port is open."""
    if context.local:
        return context.finding(Check.PORT, Level.OK, "not needed")
    if context.observed.port_open:
        return context.finding(Check.PORT, Level.OK, f"{context.connection.resolved_port} is open")
    if context.connection.proxy and context.observed.session:
        return context.finding(Check.PORT, Level.OK, "reached through the proxy")
    return None


def check_tls(context: CheckContext) -> Finding | None:
    """Check that the certificate is trusted and not about to expire."""
    if context.local or context.connection.scheme == "http":
        return context.finding(Check.TLS, Level.SKIPPED, "not used")
    if context.observed.tls is None:
        return None
    certificate, refused = context.observed.tls.certificate, context.observed.tls.refused
    days = _days_left(certificate, context.observed) if certificate else None
    if refused is not None:
        found = f"not verified (`verify: false`); verification would fail: {refused.text}"
        return context.finding(Check.TLS, Level.WARNING, found, cures.NOT_VERIFIED, days)
    if certificate and days is not None and days < CERTIFICATE_DAYS:
        found = f"the certificate expires in {days:.0f} days, on {certificate.ends:%Y-%m-%d}"
        return context.finding(Check.TLS, Level.WARNING, found, cures.RENEW_SOON, days)
    if not context.connection.verify:
        found = "not verified (`verify: false`), although the certificate is trusted"
        return context.finding(Check.TLS, Level.WARNING, found, cures.NOT_VERIFIED, days)
    found = "certificate trusted" if days is None else f"certificate valid for {days:.0f} days"
    return context.finding(Check.TLS, Level.OK, found, value=days)


def _days_left(certificate: Certificate, observed: Observation) -> float:
    return round((certificate.ends - observed.at) / timedelta(days=1), 1)
