"""Since when steps have differed, and what became of it: told from their episodes. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from aovpn_remediate.drift.episodes import Episode, came_back
from aovpn_remediate.drift.history_store import in_order
from aovpn_remediate.drift.log import contested

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class StepHistory:
    """A step on a host, with its episodes in the order of time; there is one at least."""

    host: str
    step: str
    episodes: tuple[Episode, ...]

    @property
    def last(self) -> Episode:
        """The latest episode."""
        return self.episodes[-1]

    @property
    def differs(self) -> bool:
        """Whether it was other than wanted when it was read last."""
        return self.last.ended is None

    @property
    def set_by(self) -> Mapping[str, int]:
        """Who set it right by a run, and how often."""
        return Counter(e.operator or "a run" for e in self.episodes if e.how == "run")

    @property
    def came_back(self) -> int:
        """How often the value found last came back after a run had set it."""
        return came_back(self.episodes)

    @property
    def advice(self) -> str:
        """What is said of one that comes back again and again."""
        return contested(self.episodes)


def histories(episodes: Sequence[Episode]) -> list[StepHistory]:
    """By host and step; what differs now comes first on each host."""
    found = [StepHistory(*key, tuple(of)) for key, of in in_order(episodes).items()]
    return sorted(found, key=lambda one: (one.host, not one.differs, one.step))


def as_data(found: Sequence[StepHistory]) -> dict[str, Any]:
    """For a program. Times are ISO 8601 in UTC."""
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
