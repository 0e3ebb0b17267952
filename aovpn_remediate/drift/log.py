"""What the service says in its log, for whoever reads it in the morning."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from aovpn_remediate.drift.episodes import OWNED, Episode, came_back
from aovpn_remediate.reports.escape import said
from aovpn_remediate.reports.words import count
from aovpn_remediate.results import HostPlan

_log = logging.getLogger("aovpn_remediate.drift")

SUSPECT = "something else owns it: look at group policy first"
"""Said of a value that comes back again and again."""


def contested(episodes: Sequence[Episode]) -> str:
    """What is said of a step whose value came back too often; empty where it did not."""
    times = came_back(episodes)
    if times < OWNED:
        return ""
    last = episodes[-1]
    hint = f" ({said(last.hint)})" if last.hint else ""
    return f"has come back to {said(last.found)} {times} times after it was set: {SUSPECT}{hint}"


def episode(moved: Episode, episodes: Sequence[Episode]) -> None:
    """An episode that has begun or ended; all of its step are given to judge by."""
    what = f"{said(moved.host)}: {said(moved.step)}"
    fields = {"host": moved.host, "step": moved.step}
    if moved.how == "run":
        _log.info("%s is as wanted: set by run %s", what, moved.run, extra=fields)
    elif moved.how == "elsewhere":
        _log.info("%s is as wanted again, set by somebody else", what, extra=fields)
    elif moved.how == "not_asked":
        _log.info("%s is no longer asked for", what, extra=fields)
    elif not moved.id:
        is_, should_be = said(moved.found), said(moved.wanted)
        _log.warning("%s is %s, should be %s", what, is_, should_be, extra=fields)
        if words := contested(episodes):
            _log.warning("%s %s", what, words, extra=fields)


def failure(look: HostPlan, due: float) -> None:
    """A host that was not read, or not set right, and when it is tried again."""
    why = said(look.error or "it could not be set right: see the run")
    again = f"{datetime.fromtimestamp(due, UTC):%Y-%m-%d %H:%M:%S}"
    fields = {"host": look.host, "why": why}
    _log.warning("%s: %s; next at %s UTC", said(look.host), why, again, extra=fields)


def tick(looks: Collection[HostPlan]) -> None:
    """What the turns of a tick came to."""
    failed = sum(look.failed for look in looks)
    differ = sum(look.differs and not look.failed for look in looks)
    words = f"{count(len(looks), 'host')} looked at: {len(looks) - failed - differ} as wanted"
    words += f", {differ} other than wanted" if differ else ""
    _log.info("%s", words + (f", {failed} failed or not read" if failed else ""))
