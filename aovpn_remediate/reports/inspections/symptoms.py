"""The report of `diagnose` as a sheet: a section for each trouble, its causes as findings. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.reports.inspections.sheet import Sheet, sections_of
from aovpn_remediate.reports.words import count
from aovpn_remediate.results.symptoms import SymptomReport, Trouble


def symptom_sheet(report: SymptomReport) -> Sheet:
    """Make the sheet."""
    things = [(trouble.subject, tuple(_rows(trouble))) for trouble in report.troubles]
    heading = count(len(report.troubles), "failed connection")
    return Sheet("diagnose", heading, sections_of(things, report), report)


def _rows(trouble: Trouble) -> Iterator[tuple[str, str]]:
    yield "seen", "; ".join(trouble.seen)
    yield "no rule fits", "; ".join(trouble.unexplained)
    for why in dict.fromkeys(other.why for other in trouble.ruled_out):
        causes = "; ".join(other.text for other in trouble.ruled_out if other.why == why)
        yield "ruled out", f"because {why}: {causes}"
