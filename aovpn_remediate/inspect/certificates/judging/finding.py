"""Findings about one certificate."""

from __future__ import annotations

from aovpn_remediate.inspect.about import About
from aovpn_remediate.results.certificates import InspectedCertificate
from aovpn_remediate.results.inspection import Finding


def problem(
    one: InspectedCertificate, id_: str, text: str, fix: str, playbook: str = ""
) -> Finding:
    """Return a finding for which connections fail, or will."""
    return About(one.name).problem(f"certificate-{id_}", text, fix, playbook)


def warning(
    one: InspectedCertificate, id_: str, text: str, fix: str, playbook: str = ""
) -> Finding:
    """Return a finding that a person has to judge."""
    return About(one.name).warning(f"certificate-{id_}", text, fix, playbook)


def note(
    one: InspectedCertificate, id_: str, text: str, fix: str = "", playbook: str = ""
) -> Finding:
    """Return a finding that is only worth knowing."""
    return About(one.name).note(f"certificate-{id_}", text, fix, playbook)
