"""When a host is looked at next. Pure; times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 24 * 3600.0
"""A host that fails again and again is looked at once in these seconds at least."""

_MOST_DOUBLINGS = 30


@dataclass(frozen=True)
class Rhythm:
    """How often hosts are looked at. `jitter` keeps them from coming all at once."""

    every: float
    jitter: float = 0.0
    """The most seconds by which one comes later. `chance` below is from 0 to 1, by lot."""

    def pause(self, failures: int) -> float:
        """Seconds from one look to the next; twice as many after each failure in a row."""
        doubled = self.every * 2.0 ** min(failures, _MOST_DOUBLINGS)
        return max(self.every, min(doubled, LONGEST))

    def first(self, now: float, chance: float) -> float:
        """When a host is due that was never looked at."""
        return now + chance * self.jitter

    def after(self, begun: float, failures: int, chance: float) -> float:
        """When a host is due after a look that was begun then."""
        return begun + self.pause(failures) + chance * self.jitter

    def latest(self, now: float, failures: int) -> float:
        """When a host is due at the latest: a row may be of a service that came less often."""
        return now + self.pause(failures) + self.jitter
