"""How a service is: when it last did its work, and what went wrong since it was started."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

_MOST_MISSED = 3


@dataclass
class Pulse:
    """Written by the loop, read by the listener."""

    every: float
    """Seconds from one look at a host to the next."""
    began: datetime
    last_tick: datetime | None = None
    """The end of the last tick that came to its end."""
    tick_seconds: float = 0.0
    errors: int = 0
    """Ticks that did not."""
    problem: str = ""
    """Why the last one did not."""
    inventory_problem: str = ""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def ticked(self, at: datetime, seconds: float, inventory_problem: str) -> None:
        """A tick has come to its end."""
        with self._lock:
            self.last_tick, self.tick_seconds, self.problem = at, seconds, ""
            self.inventory_problem = inventory_problem

    def failed(self, why: str) -> None:
        """A tick has not come to its end."""
        with self._lock:
            self.errors += 1
            self.problem = why

    def trouble(self, now: datetime) -> str:
        """Why the service is not well; empty where it is."""
        with self._lock:
            since = (now - (self.last_tick or self.began)).total_seconds()
            if since <= _MOST_MISSED * self.every:
                return ""
            why = f": {self.problem}" if self.problem else ""
            return f"no tick has come to its end for {since:.0f} s{why}"
