"""A report of `inspect` or `probe` before it is text or HTML: sections of facts and findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aovpn_remediate.reports.words import count
from aovpn_remediate.results.inspection import Finding, Inspection, Severity


@dataclass(frozen=True)
class Section:
    """One thing: its name, what was read of it, and what was found."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """The sections of a report in their order, with the verb that made it."""

    verb: str
    """Such as `inspect certificate`."""
    heading: str
    """Such as `2 certificates`."""
    sections: tuple[Section, ...]
    inspection: Inspection
    diff: str = ""
    """Lines that are shown as they are, after the sections."""


def sections_of(
    things: Sequence[tuple[str, Sequence[tuple[str, str]]]], report: Inspection
) -> tuple[Section, ...]:
    """Return a section for each thing with the findings about it; those of no thing come last.

    A thing is a title, which is the subject of its findings, and its rows; rows without a text
    are left out.
    """
    titles = [title for title, _ in things]
    own = {
        title: tuple(found for found in report.findings if found.subject == title)
        for title in titles
    }
    sections = [
        Section(title, tuple((label, text) for label, text in rows if text), own[title])
        for title, rows in things
    ]
    others = dict.fromkeys(f.subject for f in report.findings if f.subject not in own)
    for subject in others:
        found = tuple(f for f in report.findings if f.subject == subject)
        sections.append(Section(subject, findings=found))
    return tuple(sections)


def summary(report: Inspection) -> str:
    """Return a sentence such as: 2 problems, 1 note, 1 file could not be read."""
    parts = [*_numbers(report)]
    if report.unread:
        parts.append(f"{len(report.unread)} could not be looked at")
    return ", ".join(parts) if parts else "nothing found"


def _numbers(report: Inspection) -> Iterator[str]:
    for severity in Severity:
        number = sum(finding.severity is severity for finding in report.findings)
        if number:
            yield count(number, severity.value)
