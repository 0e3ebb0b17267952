"""The way to the hosts of a service: a credential that is refused is not tried at every turn."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from aovpn_remediate.drift.assignment import Assignment
from aovpn_remediate.engine.connect import Connector
from aovpn_remediate.engine.control import Control
from aovpn_remediate.results import HostPlan


@dataclass
class Doors:
    """A new door for each tick, with secrets read anew; the same one for a while after a refusal.

    A door tries a credential on two hosts at most until it has proved good. Hosts that are due at
    different times would each try it with a door of their own, and lock the account out.
    """

    control: Control
    every: float
    """Seconds for which a door is kept after a refusal."""
    _door: Connector | None = field(default=None, init=False)
    _made_for: Assignment | None = field(default=None, init=False)
    _kept_until: float = field(default=0.0, init=False)

    def at(self, assignment: Assignment, now: float) -> Connector:
        """The door for the looks of a tick."""
        stale = self._made_for is not assignment or now >= self._kept_until
        if self._door is None or stale:
            hosts = [catalog.host for catalog in assignment.catalogs.values()]
            self._door, self._made_for, self._kept_until = (
                Connector(hosts, self.control),
                assignment,
                0,
            )
        return self._door

    def seen(self, looks: Iterable[HostPlan], now: float) -> None:
        """What came of the looks through the door."""
        refused = any(look.error_kind == "LogonFailed" for look in looks)
        if refused and not self._kept_until:
            self._kept_until = now + self.every
