"""The result of `doctor` as text: a line for each host, and a suggested fix for each problem. Pure.

The level of each finding is a word; its colour only repeats the word.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.text import Text

from aovpn_remediate.reports.escape import one_line, visible
from aovpn_remediate.reports.text.layout import hanging
from aovpn_remediate.reports.words import count
from aovpn_remediate.results.examination import Check, Diagnosis, Finding, HostHealth, Level

_COLOURS = {Level.OK: "green", Level.WARNING: "yellow", Level.FAILED: "red"}
_PROBLEMS = (Level.FAILED, Level.WARNING)
_OUTLINE_CHECKS = (Check.LOGON, Check.ENCRYPTION, Check.TLS, Check.POWERSHELL, Check.CLOCK)
_LEVEL_WIDTH = len(Level.WARNING)
_CHECK_WIDTH = max(len(check) for check in Check)
_WIDEST_NAME = 24
"""A longer host name overruns its column."""


def doctor_lines(diagnosis: Diagnosis, width: int, *, everything: bool = False) -> list[Text]:
    """Return lines of at most `width` columns; `everything` includes passed and skipped checks."""
    names = [len(visible(host.host)) for host in diagnosis.hosts]
    column = max((size for size in names if size <= _WIDEST_NAME), default=0)
    lines: list[Text] = []
    for host in diagnosis.hosts:
        lines += _host(host, column, width, everything=everything)
    return [*lines, *hanging(Text(), _summary(diagnosis), width)]


def _host(host: HostHealth, column: int, width: int, *, everything: bool) -> Iterator[Text]:
    start = Text(f"{visible(host.host):{column}}  ", style="bold")
    start.append_text(_level(host.level))
    yield from hanging(start, Text(_outline(host)), width)
    for finding in host.findings:
        if everything or finding.level in _PROBLEMS:
            yield from _finding(finding, width)


def _level(level: Level) -> Text:
    return Text(f"{level:{_LEVEL_WIDTH}}  ", style=_COLOURS.get(level, "dim"))


def _outline(host: HostHealth) -> str:
    if host.level in _PROBLEMS:
        problems = [f.check.value for level in _PROBLEMS for f in host.findings if f.level is level]
        return ", ".join(problems)
    passed = {f.check: one_line(f.found) for f in host.findings if f.level is Level.OK}
    # Texts in parentheses are shown with `everything` alone.
    return ", ".join(
        passed[check].partition(" (")[0] for check in _OUTLINE_CHECKS if check in passed
    )


def _finding(finding: Finding, width: int) -> Iterator[Text]:
    start = Text(f"  {finding.check:{_CHECK_WIDTH}}  ")
    margin = Text(" " * start.cell_len)
    start.append_text(_level(finding.level))
    yield from hanging(start, Text(one_line(finding.found)), width)
    if finding.cure:
        yield from hanging(margin, Text(f"fix: {one_line(finding.cure)}"), width)


def _summary(diagnosis: Diagnosis) -> Text:
    """Return a text such as: Doctor: 1 host failed, 2 hosts with warnings, 9 hosts ok."""
    parts: list[Text] = []
    for level, words in (
        (Level.FAILED, "failed"),
        (Level.WARNING, "with warnings"),
        (Level.SKIPPED, "skipped"),
        (Level.OK, "ok"),
    ):
        if number := sum(host.level is level for host in diagnosis.hosts):
            parts.append(Text(f"{count(number, 'host')} {words}", style=_COLOURS.get(level, "")))
    if diagnosis.interrupted:
        parts.append(Text("interrupted", style="red"))
    return Text("Doctor: ", style="bold") + Text(", ").join(parts) + Text(".", style="default")
