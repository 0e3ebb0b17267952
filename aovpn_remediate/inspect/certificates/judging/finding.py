"""Findings about one certificate."""

from __future__ import annotations

from aovpn_remediate.results.certificates import InspectedCertificate
from aovpn_remediate.results.inspection import Finding, Severity


def problem(
    one: InspectedCertificate, id_: str, text: str, fix: str, playbook: str = ""
) -> Finding:
    """Return a finding for which connections fail, or will."""
    return _finding(Severity.PROBLEM, one, id_, text=text, fix=fix, playbook=playbook)


def warning(
    one: InspectedCertificate, id_: str, text: str, fix: str, playbook: str = ""
) -> Finding:
    """Return a finding that a person has to judge."""
    return _finding(Severity.WARNING, one, id_, text=text, fix=fix, playbook=playbook)


def note(
    one: InspectedCertificate, id_: str, text: str, fix: str = "", playbook: str = ""
) -> Finding:
    """Return a finding that is only worth knowing."""
    return _finding(Severity.NOTE, one, id_, text=text, fix=fix, playbook=playbook)


def _finding(severity: Severity, one: InspectedCertificate, id_: str, **texts: str) -> Finding:
    return Finding(id=f"certificate-{id_}", severity=severity, subject=one.name, **texts)
