"""A report of `inspect` or `probe` as one HTML file. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from aovpn_remediate.reports.html.files import html_file
from aovpn_remediate.reports.inspections.sheet import Sheet, summary
from aovpn_remediate.reports.words import moment
from aovpn_remediate.results.inspection import Severity

_TONES: Mapping[Severity, str] = {
    Severity.PROBLEM: "bad",
    Severity.WARNING: "warn",
    Severity.NOTE: "quiet",
}


def sheet_page(sheet: Sheet) -> str:
    """Return a whole page."""
    report = sheet.inspection
    return html_file(
        "inspection.html.j2",
        sheet=sheet,
        summary=summary(report),
        moment=moment(report.made_at),
        tones=_TONES,
    )
