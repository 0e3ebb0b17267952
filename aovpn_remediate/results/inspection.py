"""What `inspect` and `probe` have in common: findings, and what could not be looked at."""

from __future__ import annotations

from enum import StrEnum

from pydantic import model_validator

from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS, EXIT_FAILED
from aovpn_remediate.results.common import Data


class Severity(StrEnum):
    """The severity of a finding, the most serious first."""

    PROBLEM = "problem"
    """Connections fail, or will."""
    WARNING = "warning"
    """Connections may fail, or fail soon; or a person has to judge."""
    NOTE = "note"
    """Worth knowing; nothing has to be done."""


class Finding(Data):
    """One thing that was found, and what to do about it."""

    id: str
    """A stable name for programs, such as `certificate-without-cdp`."""
    severity: Severity
    subject: str
    """The thing that it is about, as the sections of the report name it."""
    text: str
    fix: str = ""
    """What to do; never empty for a problem or a warning."""
    playbook: str = ""
    """The shipped playbook that does it, if there is one."""

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What follows the text, each with its label; what is empty is left out."""
        return tuple(
            (label, text)
            for label, text in (("fix", self.fix), ("playbook", self.playbook))
            if text
        )

    @model_validator(mode="after")
    def _has_a_fix(self) -> Finding:
        if self.severity is not Severity.NOTE and not self.fix:
            raise ValueError(f"{self.id} does not say what to do")
        return self


class Unread(Data):
    """A thing that could not be looked at, with the reason."""

    subject: str
    reason: str


class Inspection(Data):
    """The base of the reports of `inspect` and `probe`."""

    made_by: str = ""
    """The version of this program."""
    made_at: str
    """The time that validity is judged by: ISO 8601, UTC."""
    findings: tuple[Finding, ...] = ()
    unread: tuple[Unread, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 something could not be looked at, 3 problems or warnings, 0 neither."""
        if self.unread:
            return EXIT_FAILED
        found = any(finding.severity is not Severity.NOTE for finding in self.findings)
        return EXIT_DIFFERS if found else EXIT_COMPLIANT
