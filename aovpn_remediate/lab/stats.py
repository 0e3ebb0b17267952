"""Counts of the lab, for each host and in total."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any


@dataclass
class Counts:
    """Counts since the start or the last reset.

    Bytes are those of HTTP bodies. Each round of a logon counts as a request.
    """

    connections: int = 0
    requests: int = 0
    unauthorized: int = 0
    """Requests answered 401: refused, or a round of an unfinished logon."""
    bytes_in: int = 0
    bytes_out: int = 0
    idle_closed: int = 0
    actions: Counter[str] = field(default_factory=Counter)
    refusals: Counter[int] = field(default_factory=Counter)
    """WSManFaults by code."""
    faults: Counter[str] = field(default_factory=Counter)
    """Planned faults that occurred, by kind."""

    def add(self, other: Counts) -> None:
        """Add the counts of another host."""
        for item in fields(Counts):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))

    def plain(self) -> dict[str, Any]:
        """Return the counts as a mapping for JSON."""
        values = ((item.name, getattr(self, item.name)) for item in fields(self))
        return {name: dict(v) if isinstance(v, Counter) else v for name, v in values}


@dataclass
class Stats(Counts):
    """The counts of all hosts, and the current state. `cpu_seconds` covers the whole process."""

    hosts: int = 0
    shells: int = 0
    cpu_seconds: float = 0.0


@dataclass(frozen=True)
class LoggedRequest:
    """One WSMan request and its answer. `status` is 0 when no answer was sent."""

    host: str
    action: str
    user: str
    status: int
    bytes_in: int
    bytes_out: int
    seconds: float
