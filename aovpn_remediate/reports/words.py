"""Numbers, times, names and restarts as words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from aovpn_remediate.reports.escape import visible
from aovpn_remediate.results import Restart

_MINUTE = 60
_SHORT = 10
_MOST_NAMES = 4


def count(number: int, noun: str) -> str:
    """Give a number with its noun: `1 host`, `2 hosts`."""
    return f"{number} {noun}" + ("" if number == 1 else "s")


def duration(seconds: float) -> str:
    """Give a length of time: `0.4 s`, `12 s`, `3 min 20 s`."""
    if seconds < _SHORT:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def moment(text: str) -> str:
    """Give a time as `2026-11-21 02:03:04 UTC`; a text that is no time as it is."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return visible(text)
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    return f"{found.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def seconds_between(started: str, finished: str) -> float:
    """Give the length of a run; its end is kept in whole seconds."""
    took = datetime.fromisoformat(finished) - datetime.fromisoformat(started)
    return max(0.0, took.total_seconds())


def needed(restart: Restart) -> str:
    """Name a restart: `reboot`, `restart RasMan, IAS`, or nothing."""
    if restart.reboot:
        return "reboot"
    return f"restart {', '.join(map(visible, restart.services))}" if restart.services else ""


def names(hosts: Sequence[str]) -> str:
    """List names, not too many: `nps-01, nps-02 and 7 more`."""
    shown = ", ".join(map(visible, hosts[:_MOST_NAMES]))
    more = len(hosts) - _MOST_NAMES
    return f"{shown} and {more} more" if more > 0 else shown
