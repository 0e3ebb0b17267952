"""Findings about one profile."""

from __future__ import annotations

from aovpn_remediate.inspect.about import About
from aovpn_remediate.results.inspection import Finding, Severity


class AboutProfile(About):
    """The profile that findings are about; a text becomes a sentence."""

    def finding(
        self, severity: Severity, id_: str, text: str, fix: str, playbook: str = ""
    ) -> Finding:
        """Return a finding whose text begins with a capital and ends with a full stop."""
        return super().finding(severity, id_, f"{text[:1].upper()}{text[1:]}.", fix, playbook)


def shown(text: str) -> str:
    """Return a value of a profile as a text may quote it: not longer than a name can be."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def on_line(line: int) -> str:
    """Return the place of an element as a text may end with it."""
    return f"(line {line})"


_LONGEST = 253
