"""The report of `inspect profile` as sections. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aovpn_remediate.reports.inspections.sheet import Section, Sheet, sections_of
from aovpn_remediate.reports.words import count
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results.inspection import Severity
from aovpn_remediate.results.profiles import Profile, ProfileReport, ProfileRoute

_MOST_SHOWN = 20


def profile_sheet(report: ProfileReport) -> Sheet:
    """Return the sections of a report: each profile, the certificate, and the corrections."""
    things = [(profile.name, [*_rows(profile)]) for profile in report.profiles]
    sections = sections_of(things, report)
    if report.corrected:
        sections = (*sections, Section("Corrected copy", tuple(_corrections(report))))
    return Sheet(
        verb="inspect profile",
        heading=count(len(report.profiles), "profile"),
        sections=sections,
        inspection=report,
        diff=report.diff,
    )


def _rows(profile: Profile) -> Iterator[tuple[str, str]]:
    methods = [("user", profile.user_method), ("machine", profile.machine_method)]
    yield "kind", profile.kind
    yield "OMA-URI", profile.uri
    yield "servers", listed(profile.servers, _MOST_SHOWN, "; ")
    yield "protocol", profile.protocol
    yield "authentication", ", ".join(f"{text} ({whose})" for whose, text in methods if text)
    yield "routing", profile.routing
    yield "routes", _routes([route for route in profile.routes if not route.exclusion])
    yield "routes beside", _routes([route for route in profile.routes if route.exclusion])
    for validation in profile.server_validation:
        names = listed(validation.server_names, _MOST_SHOWN, "; ") or "any server"
        roots = listed(validation.trusted_roots, _MOST_SHOWN) or "none"
        yield validation.method, f"trusts {names}; roots: {roots}"
    yield "conditional access", "Entra" if profile.conditional_access else ""


def _routes(routes: Sequence[ProfileRoute]) -> str:
    return listed([f"{route.address}/{route.prefix_size}" for route in routes], _MOST_SHOWN)


def _corrections(report: ProfileReport) -> Iterator[tuple[str, str]]:
    for correction in report.corrections:
        yield "corrected", correction.text
    if not report.corrections:
        yield "corrected", "nothing: the copy is the same as the original"
    for finding in report.remaining:
        if finding.severity is not Severity.NOTE:
            yield "left to a person", f"{finding.text} {finding.fix}"
