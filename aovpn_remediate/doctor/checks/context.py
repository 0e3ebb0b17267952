"""The input of the checks: a host and its observations."""

from __future__ import annotations

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.observed import Observation
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import Facts
from aovpn_remediate.results.examination import Check, Finding, Level


class CheckContext:
    """A host and its observations. A check returns None for anything not reached."""

    def __init__(self, host: Host, observed: Observation) -> None:
        self.host = host
        self.observed = observed
        self.connection = host.connection
        self.local = host.connection.transport == "local"

    @property
    def facts(self) -> Facts | None:
        """The facts of the host, if a session read them."""
        return self.observed.session.facts if self.observed.session else None

    def finding(
        self, check: Check, level: Level, found: str, fix: str = "", value: float | None = None
    ) -> Finding:
        """Make a finding, with its suggested fix worded for this host."""
        return Finding(
            check=check,
            level=level,
            found=found,
            cure=cures.fix_for(fix, self.host),
            value=value,
        )

    def unreadable(self, check: Check, what: str, fact: str) -> Finding:
        """Make a finding about a fact that the host did not report."""
        why = self.facts.unknown.get(fact, "") if self.facts else ""
        found = f"{what} could not be read: {why or 'the host did not report it'}"
        return self.finding(check, Level.WARNING, found)
