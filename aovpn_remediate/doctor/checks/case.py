"""A host and what was seen of it, as the checks take it."""

from __future__ import annotations

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.observed import Observation
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import Facts
from aovpn_remediate.results.examination import Check, Finding, Level


class Case:
    """A host and what was seen of it. A check gives None for what was not reached."""

    def __init__(self, host: Host, seen: Observation) -> None:
        self.host = host
        self.seen = seen
        self.connection = host.connection
        self.local = host.connection.transport == "local"

    @property
    def facts(self) -> Facts | None:
        """What the host said of itself."""
        return self.seen.visit.facts if self.seen.visit else None

    def finding(
        self, check: Check, level: Level, found: str, cure: str = "", value: float | None = None
    ) -> Finding:
        """A finding with the words of its cure for this host."""
        return Finding(
            check=check,
            level=level,
            found=found,
            cure=cures.cure(cure, self.host),
            value=value,
        )

    def untold(self, check: Check, what: str, fact: str) -> Finding:
        """A fact that the host did not give."""
        why = self.facts.unknown.get(fact, "") if self.facts else ""
        found = f"{what} cannot be told: {why or 'the host did not say'}"
        return self.finding(check, Level.WARNING, found)
