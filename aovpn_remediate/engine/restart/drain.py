"""Whether the users of a VPN server have left, so far as a restart has to wait for that. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.results import Facts


@dataclass(frozen=True)
class Drain:
    """How long a restart waits for the users of a VPN server to leave."""

    most: int | None = None
    """VPN sessions that a restart may cut; None: any number."""
    timeout: float = 1800.0
    """Seconds; after them the restart stays outstanding."""
    force: bool = False
    """After them it is done all the same."""

    def refusal(self, facts: Facts) -> str:
        """Why a restart may not be now; empty where it may. An unknown number is too many."""
        if self.most is None:
            return ""
        if facts.sessions is None:
            why = facts.unknown.get("sessions", "")
            return f"its VPN sessions are unknown ({why})" if why else ""
        if facts.sessions <= self.most:
            return ""
        connected = "1 VPN user is" if facts.sessions == 1 else f"{facts.sessions} VPN users are"
        return f"{connected} connected, at most {self.most} may be cut"


def cuts(restart: Restart, facts: Facts) -> bool:
    """Whether it may end VPN sessions."""
    has_users = facts.sessions is not None or "sessions" in facts.unknown
    return has_users and restart.cuts_users
