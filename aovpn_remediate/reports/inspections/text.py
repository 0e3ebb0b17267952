"""A report of `inspect` or `probe` as lines of text. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.inspections.sheet import Section, Sheet, summary
from aovpn_remediate.reports.text.layout import hanging
from aovpn_remediate.results.inspection import Finding, Severity

_COLOURS = {Severity.PROBLEM: "red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}
_DIFF_COLOURS = {"+": "green", "-": "red", "@": "cyan"}
_SEVERITY_WIDTH = max(len(severity) for severity in Severity)
_WIDEST_LABEL = 24


def sheet_lines(sheet: Sheet, width: int | None) -> list[Text]:
    """Return lines of at most `width` columns, or as long as they are; the last one sums up."""
    lines: list[Text] = []
    for section in sheet.sections:
        lines += [*_section(section, width), Text()]
    if sheet.diff:
        lines += [*map(_diff_line, sheet.diff.splitlines()), Text()]
    for unread in sheet.inspection.unread:
        start = Text("could not be looked at  ", style="red")
        rest = Text(f"{visible(unread.subject)}: {one_line(unread.reason)}")
        lines += hanging(start, rest, width)
    verb = sheet.verb[:1].upper() + sheet.verb[1:]
    end = Text(f"{verb}: ", style="bold")
    return [*lines, *hanging(end, Text(f"{summary(sheet.inspection)}."), width)]


def _diff_line(line: str) -> Text:
    return Text(visible(line), style=_DIFF_COLOURS.get(line[:1], ""))


def _section(section: Section, width: int | None) -> Iterator[Text]:
    yield Text(one_line(section.title), style="bold")
    labels = (len(label) for label, _ in section.rows)
    column = max((size for size in labels if size <= _WIDEST_LABEL), default=0)
    for label, text in section.rows:
        yield from hanging(Text(f"  {label:{column}}  ", style="dim"), Text(one_line(text)), width)
    for finding in section.findings:
        yield from _finding(finding, width)


def _finding(finding: Finding, width: int | None) -> Iterator[Text]:
    colour = _COLOURS[finding.severity]
    start = Text(f"  {finding.severity:{_SEVERITY_WIDTH}}  ", style=colour)
    margin = Text(" " * start.cell_len)
    yield from hanging(start, Text(one_line(finding.text)), width)
    for label, text in finding.details:
        yield from hanging(margin, Text(f"{label}: {one_line(text)}"), width)
