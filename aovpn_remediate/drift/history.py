"""The drift history of steps, made from their episodes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aovpn_remediate.drift.episodes import Episode, came_back
from aovpn_remediate.drift.history_store import by_step
from aovpn_remediate.drift.log import contested_warning

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class StepHistory:
    """A step on a host with its episodes, oldest first; at least one."""

    host: str
    step: str
    episodes: tuple[Episode, ...]

    @property
    def last(self) -> Episode:
        """The latest episode."""
        return self.episodes[-1]

    @property
    def differs(self) -> bool:
        """True if the step was not compliant when it was last read."""
        return self.last.ended is None

    @property
    def set_by(self) -> Mapping[str, int]:
        """The operators whose runs fixed the step, and how often each did."""
        return Counter(e.operator or "a run" for e in self.episodes if e.how == "run")

    @property
    def came_back(self) -> int:
        """The number of times that the last value found came back after a fix."""
        return came_back(self.episodes)

    @property
    def advice(self) -> str:
        """Advice for a value that keeps coming back; empty for any other."""
        return contested_warning(self.episodes)


def histories(episodes: Sequence[Episode]) -> list[StepHistory]:
    """Group episodes by host and step; on each host, steps that differ now come first."""
    found = [StepHistory(*key, tuple(of)) for key, of in by_step(episodes).items()]
    return sorted(found, key=lambda one: (one.host, not one.differs, one.step))


def as_data(found: Sequence[StepHistory]) -> dict[str, Any]:
    """Return the histories as JSON data. Times are ISO 8601 in UTC."""
    return {
        "kind": "drift_history",
        "schema_version": SCHEMA_VERSION,
        "steps": [_step(one) for one in found],
    }


def _step(one: StepHistory) -> dict[str, Any]:
    return {
        "host": one.host,
        "step": one.step,
        "differs": one.differs,
        "first_seen": _time(one.episodes[0].first_seen),
        "last_seen": _time(one.last.last_seen),
        "set_by": dict(one.set_by),
        "came_back": one.came_back,
        "advice": one.advice,
        "episodes": [_episode(episode) for episode in one.episodes],
    }


def _episode(episode: Episode) -> dict[str, Any]:
    return {
        "first_seen": _time(episode.first_seen),
        "last_seen": _time(episode.last_seen),
        "ended": None if episode.ended is None else _time(episode.ended),
        "how": episode.how,
        "run": episode.run,
        "operator": episode.operator,
        "found": episode.found,
        "wanted": episode.wanted,
        "hint": episode.hint,
    }


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
