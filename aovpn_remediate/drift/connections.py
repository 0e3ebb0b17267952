"""Connections of the service that do not lock out an account whose password is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aovpn_remediate.drift.assignment import Assignment
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.results import HostPlan


@dataclass
class ConnectorCache:
    """A new connector for each tick, with secrets read again; kept for a while after a refusal.

    A connector tries a credential on at most two hosts until a logon succeeds. Hosts that are due
    at different times would each try it through a connector of their own, and lock the account out.
    """

    control: Control
    interval: float
    """Seconds for which a connector is kept after a refused logon."""
    _connector: Connector | None = field(default=None, init=False)
    _made_for: Assignment | None = field(default=None, init=False)
    _kept_until: float = field(default=0.0, init=False)

    def get(self, assignment: Assignment, now: float) -> Connector:
        """Return the connector for a tick."""
        stale = self._made_for is not assignment or now >= self._kept_until
        if self._connector is None or stale:
            hosts = [catalog.host for catalog in assignment.catalogs.values()]
            self._connector = Connector(hosts, self.control)
            self._made_for, self._kept_until = assignment, 0
        return self._connector

    def note_refusals(self, plans: Iterable[HostPlan], now: float) -> None:
        """Keep the connector if a host refused a logon while these plans were made."""
        if any(plan.logon_failed for plan in plans) and not self._kept_until:
            self._kept_until = now + self.interval
