"""Episodes of drift: the periods in which a step was not compliant on a host. Pure.

An episode lasts from the first check that finds a step not compliant to the check that finds it
compliant, or no longer assigned. A step that could not be read neither begins nor ends an episode.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aovpn_remediate.reports.restarts import is_pending, origin, pending_of, since
from aovpn_remediate.results import Action, HostPlan, PlannedStep
from aovpn_remediate.results.common import playbook_of

CONTESTED_AFTER = 3
"""A value that came back this often after a fix is set by something else as well."""

EndReason = Literal["", "run", "elsewhere", "not_asked", "restarted"]
"""The way an episode ended: still open, fixed by a run, changed outside of a run, the step is no
longer assigned to the host, or the pending restart has been made."""


@dataclass(frozen=True)
class Episode:
    """A period in which a step was not compliant on a host. Times are seconds since 1970."""

    host: str
    step: str
    """The id of the step, or the name of a pending restart."""
    first_seen: float
    last_seen: float
    found: str
    """The value at the last check that found the step not compliant."""
    wanted: str
    hint: str = ""
    """A remark of the host on a group policy that concerns the step."""
    ended: float | None = None
    how: EndReason = ""
    run: str = ""
    """The run that fixed the step."""
    operator: str = ""
    id: int = 0
    """The journal's key; 0 for a new episode."""

    @property
    def is_restart(self) -> bool:
        """True for a pending restart or start, whose name no step can have."""
        return is_pending(self.step)


@dataclass(frozen=True)
class Fix:
    """A run that changed a step on the host since the last check."""

    run: str
    operator: str


def advance(
    known: Mapping[str, Episode], plan: HostPlan, at: float, fixes: Mapping[str, Fix]
) -> list[Episode]:
    """Return the episodes that a check of a host began or changed.

    `known` are the open episodes of the host, and `fixes` the runs that changed one of their steps
    since the last check; both by step.
    """
    if plan.error is not None:
        return []
    found: list[Episode] = []
    steps = {step.id: step for step in plan.steps}
    for step in plan.steps:
        found += _of_step(known.get(step.id), step, plan.host, at, fixes.get(step.id))
    found += _of_restarts({k: e for k, e in known.items() if e.is_restart}, plan, at)
    unread = {book.name for book in plan.playbooks if book.status in ("blocked", "unknown")}
    for name, episode in known.items():
        is_asked = name in steps or playbook_of(name) in unread
        if not (episode.is_restart or is_asked):
            found.append(end(episode, at, "not_asked"))
    return found


def end(episode: Episode, at: float, how: EndReason, fix: Fix | None = None) -> Episode:
    """Return the ended episode; a clock set back meanwhile does not end it before it was seen."""
    ended = replace(episode, ended=max(at, episode.last_seen), how=how)
    return ended if fix is None else replace(ended, run=fix.run, operator=fix.operator)


def _of_step(
    episode: Episode | None, step: PlannedStep, host: str, at: float, fix: Fix | None
) -> Iterator[Episode]:
    if not step.readable:
        return
    if step.action is Action.NONE:
        if episode is not None:
            yield end(episode, at, "run" if fix else "elsewhere", fix)
        return
    seen = Episode(host, step.id, at, at, step.before_text, step.after_text, _policy(step))
    if episode is None:
        yield seen
    elif fix is not None:
        # It was right in between, though no look was there to see it.
        yield end(episode, at, "run", fix)
        yield seen
    else:
        now = max(at, episode.last_seen)
        yield replace(episode, last_seen=now, found=seen.found, wanted=seen.wanted, hint=seen.hint)


def _of_restarts(known: Mapping[str, Episode], plan: HostPlan, at: float) -> Iterator[Episode]:
    """Yield the episodes of pending restarts, each restart once whatever needs it."""
    pending: dict[str, Episode] = {}
    for item in plan.outstanding:
        found = f"pending {since(item)} ({item.step}, run {item.run})"
        if item.down:
            found = f"pending: {origin(item)}"
        name = pending_of(item)
        pending.setdefault(name, Episode(plan.host, name, at, at, found, "made"))
    for name, seen in pending.items():
        episode = known.get(name, seen)
        last = max(at, episode.last_seen)
        yield replace(episode, last_seen=last, found=seen.found)
    for name, episode in known.items():
        if name not in pending:
            yield end(episode, at, "restarted")


def _policy(step: PlannedStep) -> str:
    """Return the remark on group policy among the notes of a step."""
    remarks = (step.reason, *step.notes)
    return next((text for text in remarks if "policy" in text.casefold()), "")


def came_back(episodes: Sequence[Episode]) -> int:
    """Return how often the value found last came back after a run had fixed the step.

    The episodes are those of one step on one host, oldest first.
    """
    if not episodes:
        return 0
    same = [episode for episode in episodes if episode.found == episodes[-1].found]
    return sum(earlier.how == "run" for earlier in same[:-1])
