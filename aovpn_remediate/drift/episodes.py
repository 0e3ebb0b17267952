"""Since when steps have differed: what a look at a host makes of what was known. Pure.

An episode lasts from the first look that finds a step other than wanted to the look that finds it
right, or finds that nobody asks for it any more. What could not be read says nothing, either way.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from aovpn_remediate.results import Action, HostPlan, PlannedStep
from aovpn_remediate.results.common import playbook_of

OWNED = 3
"""A value that came back so often is set by something else."""

How = Literal["", "run", "elsewhere", "not_asked"]
"""How an episode ended: not yet, by a run, by somebody else between two looks, or not asked."""


@dataclass(frozen=True)
class Episode:
    """A step that differed, or does. Times are seconds since 1970."""

    host: str
    step: str
    first_seen: float
    last_seen: float
    found: str
    """At the last look that found it other than wanted."""
    wanted: str
    hint: str = ""
    """What the host said of a group policy that has to do with it."""
    ended: float | None = None
    how: How = ""
    run: str = ""
    """The run that set it right."""
    operator: str = ""
    id: int = 0
    """The journal's own; 0 for one that is new."""


@dataclass(frozen=True)
class Fix:
    """A run that set a step on the host since it was looked at last."""

    run: str
    operator: str


def advance(
    known: Mapping[str, Episode], look: HostPlan, at: float, fixes: Mapping[str, Fix]
) -> list[Episode]:
    """The episodes that are new or other than before.

    `known` are those of the host that have not ended and `fixes` the runs that set one of these
    steps since, both by the step.
    """
    if look.error is not None:
        return []
    found: list[Episode] = []
    steps = {step.id: step for step in look.steps}
    for step in look.steps:
        found += _of_step(known.get(step.id), step, look.host, at, fixes.get(step.id))
    untold = {book.name for book in look.playbooks if book.status in ("blocked", "unknown")}
    for name, episode in known.items():
        if name not in steps and playbook_of(name) not in untold:
            found.append(end(episode, at, "not_asked"))
    return found


def end(episode: Episode, at: float, how: How, fix: Fix | None = None) -> Episode:
    """The episode, over. A clock may have been set back since it was seen last."""
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


def _policy(step: PlannedStep) -> str:
    """What is said of group policy beside a step."""
    said = (step.reason, *step.notes)
    return next((words for words in said if "policy" in words.casefold()), "")


def came_back(episodes: Sequence[Episode]) -> int:
    """How often the value found last came back after a run had set the step right.

    The episodes are those of one step on one host, in the order of time.
    """
    if not episodes:
        return 0
    alike = [episode for episode in episodes if episode.found == episodes[-1].found]
    return sum(before.how == "run" for before in alike[:-1])
