"""The report of `diagnose`: for each failed connection what was seen, and its causes, ranked."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal

from aovpn_remediate.errors import EXIT_INTERRUPTED
from aovpn_remediate.results.common import Data
from aovpn_remediate.results.inspection import Finding, Inspection


class Certainty(StrEnum):
    """The certainty of a cause, the most certain first."""

    PROVEN = "proven"
    """Everything that it is told by was seen, and nothing speaks against it."""
    LIKELY = "likely"
    """What decides was seen; what goes with it was not, or speaks against it."""
    POSSIBLE = "possible"
    """The symptom has other causes, too: what decides was not seen."""


class CureOnHost(Data):
    """The state of a host that the playbook of a cause is for, as it was read."""

    host: str
    state: Literal["compliant", "differs", "unknown"]
    reason: str = ""
    """The reason of an unknown state."""


class Cause(Finding):
    """A cause, with what speaks for it and what is missing to be sure."""

    certainty: Certainty
    seen: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    explanation: str = ""
    command: str = ""
    """The command to run next; empty where no command helps."""
    source: str = ""
    hosts: tuple[CureOnHost, ...] = ()
    """The hosts that the playbook is for, if they were read; it does not help where it is held."""

    @property
    def details(self) -> tuple[tuple[str, str], ...]:
        """What follows the text, each with its label; what is empty is left out."""
        short = self.certainty is Certainty.POSSIBLE
        parts = (
            ("seen", "" if short else "; ".join(self.seen)),
            ("missing", "; ".join(self.missing)),
            ("against", "; ".join(self.against)),
            ("why", "" if short else self.explanation),
            ("fix", self.fix),
            ("playbook", self.playbook),
            ("hosts", "; ".join(self._on_hosts())),
            ("next", self.command),
            ("source", "" if short else self.source),
        )
        return tuple((label, text) for label, text in parts if text)

    def _on_hosts(self) -> Iterator[str]:
        for state, words in (("compliant", "held by"), ("differs", "not yet by")):
            names = ", ".join(one.host for one in self.hosts if one.state == state)
            if names:
                yield f"{words} {names}"
        for one in self.hosts:
            if one.state == "unknown":
                yield f"{one.host} could not be compared: {one.reason}"


class RuledOut(Data):
    """A cause with the same symptom that what was seen excludes."""

    id: str
    text: str
    why: str


class Trouble(Data):
    """One failed connection, or whatever the evidence belongs together by."""

    subject: str
    """Such as `a.b on PC-7, 2026-11-27 10:00 UTC`; the subject of its causes."""
    seen: tuple[str, ...]
    ruled_out: tuple[RuledOut, ...] = ()
    unexplained: tuple[str, ...] = ()
    """The evidence that no rule fits."""


class SymptomReport(Inspection):
    """The troubles in the order of their times, with their causes as findings."""

    kind: Literal["symptoms"] = "symptoms"
    schema_version: Literal[1] = 1
    findings: tuple[Cause, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    interrupted: bool = False
    """True if hosts were not read because the work was stopped."""

    @property
    def exit_code(self) -> int:
        """130 interrupted; else 1 something could not be looked at, 3 found, 0 neither."""
        return EXIT_INTERRUPTED if self.interrupted else super().exit_code
