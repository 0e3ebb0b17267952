"""Draining a VPN server: a restart waits until few enough users are connected. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from aovpn_remediate.engine.run_options import RunOptions
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Facts


@dataclass(frozen=True)
class Drain:
    """The wait of a restart for the users of a VPN server to disconnect."""

    most: int | None = RunOptions.max_sessions
    """VPN sessions that a restart may disconnect; None: any number."""
    timeout: float = RunOptions.drain_timeout
    """Longest wait in seconds; after it the restart stays pending."""
    force: bool = RunOptions.force_restart
    """After the timeout, restart anyway and disconnect the users."""

    def refusal(self, facts: Facts) -> str:
        """Return why a restart has to wait; empty where it may be made.

        An unknown number of sessions is too many.
        """
        if self.most is None:
            return ""
        if facts.sessions is None:
            why = facts.unknown.get("sessions", "")
            return f"its VPN sessions could not be read ({why})" if why else ""
        if facts.sessions <= self.most:
            return ""
        connected = "1 VPN user is" if facts.sessions == 1 else f"{facts.sessions} VPN users are"
        return f"{connected} connected, and at most {self.most} may be disconnected"


def disconnects_users(restart: Restart, facts: Facts) -> bool:
    """Return true where a restart may end VPN sessions on a host with these facts."""
    has_users = facts.sessions is not None or "sessions" in facts.unknown
    return has_users and restart.cuts_users
