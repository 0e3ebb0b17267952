"""Durations as a person writes them: 90, 90s, 10m, 1h, 1d."""

from __future__ import annotations

import re

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smhd]?)")

SHORTEST_CONFIRM, LONGEST_CONFIRM = 60.0, 86400.0
"""The limits, in seconds, of the time before a host rolls back automatically."""


def seconds_of(text: str) -> float | None:
    """Return the seconds of a duration; None if the text is not one."""
    found = DURATION.fullmatch(text)
    return float(found.group(1)) * UNITS[found.group(2)] if found else None


def in_words(seconds: float) -> str:
    """Return a duration in the largest unit that divides it: 600 is `10m`."""
    for unit in ("d", "h", "m"):
        if seconds >= UNITS[unit] and seconds % UNITS[unit] == 0:
            return f"{seconds / UNITS[unit]:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"
