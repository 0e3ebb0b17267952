"""The times at which hosts are checked. Pure; times are seconds since 1970."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST = 24 * 3600.0
"""The longest interval in seconds between two checks of a host that keeps failing."""

_MOST_DOUBLINGS = 30


@dataclass(frozen=True)
class Schedule:
    """The interval between checks of a host, and a random delay that spreads the hosts.

    `fraction` below is the random part: a number from 0 to 1 of the longest delay.
    """

    every: float
    jitter: float = 0.0
    """The longest random delay, in seconds."""

    def interval(self, failures: int) -> float:
        """Return the seconds between two checks; they double with each failure in a row."""
        doubled = self.every * 2.0 ** min(failures, _MOST_DOUBLINGS)
        return max(self.every, min(doubled, LONGEST))

    def first(self, now: float, fraction: float) -> float:
        """Return the due time of a host that has never been checked."""
        return now + fraction * self.jitter

    def after(self, begun: float, failures: int, fraction: float) -> float:
        """Return the due time of a host after a check that began at `begun`."""
        return begun + self.interval(failures) + fraction * self.jitter

    def latest(self, now: float, failures: int) -> float:
        """Return the latest due time: a row may come from a service with a longer interval."""
        return now + self.interval(failures) + self.jitter
