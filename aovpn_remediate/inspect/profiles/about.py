"""Findings about one profile."""

from __future__ import annotations

from dataclasses import dataclass

from aovpn_remediate.results.inspection import Finding, Severity


@dataclass(frozen=True)
class About:
    """The profile that findings are about; a text becomes a sentence."""

    subject: str

    def problem(self, id_: str, text: str, fix: str) -> Finding:
        """Return a problem."""
        return self._finding(Severity.PROBLEM, id_, text, fix)

    def warning(self, id_: str, text: str, fix: str) -> Finding:
        """Return a warning."""
        return self._finding(Severity.WARNING, id_, text, fix)

    def note(self, id_: str, text: str, fix: str = "") -> Finding:
        """Return a note."""
        return self._finding(Severity.NOTE, id_, text, fix)

    def _finding(self, severity: Severity, id_: str, text: str, fix: str) -> Finding:
        sentence = f"{text[:1].upper()}{text[1:]}."
        return Finding(id=id_, severity=severity, subject=self.subject, text=sentence, fix=fix)


def shown(text: str) -> str:
    """Return a value of a profile as a text may quote it: not longer than a name can be."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def on_line(line: int) -> str:
    """Return the place of an element as a text may end with it."""
    return f"(line {line})"


_LONGEST = 253
