"""The thing that findings are about."""

from __future__ import annotations

from dataclasses import dataclass

from aovpn_remediate.results.inspection import Finding, Severity


@dataclass(frozen=True)
class About:
    """The thing that findings are about, as the sections of a report name it."""

    subject: str

    def problem(self, id_: str, text: str, fix: str, playbook: str = "") -> Finding:
        """Return a finding for which connections fail, or will."""
        return self.finding(Severity.PROBLEM, id_, text, fix, playbook)

    def warning(self, id_: str, text: str, fix: str, playbook: str = "") -> Finding:
        """Return a finding that a person has to judge."""
        return self.finding(Severity.WARNING, id_, text, fix, playbook)

    def note(self, id_: str, text: str, fix: str = "", playbook: str = "") -> Finding:
        """Return a finding that is only worth knowing."""
        return self.finding(Severity.NOTE, id_, text, fix, playbook)

    def finding(
        self, severity: Severity, id_: str, text: str, fix: str, playbook: str = ""
    ) -> Finding:
        """Return a finding of any severity."""
        return Finding(
            id=id_, severity=severity, subject=self.subject, text=text, fix=fix, playbook=playbook
        )
