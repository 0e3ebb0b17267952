"""Numbers, times and names as words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aovpn_remediate.reports.escape import visible
from aovpn_remediate.resources.texts import listed

_MINUTE = 60
_SHORT = 10
_MOST_NAMES = 4


def count(number: int, noun: str) -> str:
    """Return a number with its noun: `1 host`, `2 hosts`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """Return a length of time: `0.4 s`, `12 s`, `3 min 20 s`."""
    if seconds < _SHORT:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def moment(text: str) -> str:
    """Return a time as `2026-11-21 02:03:04 UTC`; any other text as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return visible(text)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return f"{found.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def seconds_between(started: str, finished: str) -> float:
    """Return the length of a run; the journal keeps its end in whole seconds."""
    took = datetime.fromisoformat(finished) - datetime.fromisoformat(started)
    return max(0.0, took.total_seconds())


def names(hosts: Sequence[str]) -> str:
    """List the first names and count the others: `nps-01, nps-02 and 7 more`."""
    return listed([visible(host) for host in hosts], _MOST_NAMES)
