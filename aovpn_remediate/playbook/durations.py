"""How a person writes a length of time: 90, 90s, 10m, 1h, 1d."""

from __future__ import annotations

import re

UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)([smhd]?)")

SHORTEST_CONFIRM, LONGEST_CONFIRM = 60.0, 86400.0
"""Seconds that a host may be told to wait before it sets itself back."""


def seconds_of(text: str) -> float | None:
    """The seconds; None for what is no length of time."""
    found = DURATION.fullmatch(text)
    return float(found.group(1)) * UNITS[found.group(2)] if found else None


def in_words(seconds: float) -> str:
    """The seconds as they are written here, in the largest unit that fits: 600 is `10m`."""
    for unit in ("d", "h", "m"):
        if seconds >= UNITS[unit] and seconds % UNITS[unit] == 0:
            return f"{seconds / UNITS[unit]:.0f}{unit}"
    return f"{seconds:.6f}".rstrip("0").rstrip(".") + "s"
