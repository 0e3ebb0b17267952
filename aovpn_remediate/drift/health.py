"""The health of the service: its last successful tick, and errors since it started."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

_MOST_MISSED = 3


@dataclass
class Health:
    """The health of a service; the service's loop writes it, the HTTP server reads it."""

    interval: float
    """Seconds between two checks of a host."""
    started: datetime
    last_tick: datetime | None = None
    """The end of the last tick that succeeded."""
    tick_seconds: float = 0.0
    failed_ticks: int = 0
    last_error: str = ""
    """The error of the last tick; empty if it succeeded."""
    inventory_problem: str = ""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def tick_succeeded(self, at: datetime, seconds: float, inventory_problem: str) -> None:
        """Record a tick that succeeded."""
        with self._lock:
            self.last_tick, self.tick_seconds, self.last_error = at, seconds, ""
            self.inventory_problem = inventory_problem

    def tick_failed(self, why: str) -> None:
        """Record a tick that failed."""
        with self._lock:
            self.failed_ticks += 1
            self.last_error = why

    def unhealthy_reason(self, now: datetime) -> str:
        """Return why the service is unhealthy; empty if it is healthy."""
        with self._lock:
            since = (now - (self.last_tick or self.started)).total_seconds()
            if since <= _MOST_MISSED * self.interval:
                return ""
            why = f": {self.last_error}" if self.last_error else ""
            return f"no tick has succeeded for {since:.0f} s{why}"
