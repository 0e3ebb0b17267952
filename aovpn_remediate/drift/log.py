"""The messages of the service's log."""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from aovpn_remediate.drift.episodes import CONTESTED_AFTER, Episode, came_back
from aovpn_remediate.reports.escape import one_line
from aovpn_remediate.reports.words import count
from aovpn_remediate.results import HostPlan

_log = logging.getLogger("aovpn_remediate.drift")

CONTESTED_ADVICE = "something else sets it too, check Group Policy first"


def contested_warning(episodes: Sequence[Episode]) -> str:
    """Return a warning on a step whose value keeps coming back; empty for any other.

    The episodes are those of one step on one host, oldest first.
    """
    times = came_back(episodes)
    if times < CONTESTED_AFTER:
        return ""
    last = episodes[-1]
    hint = f" ({one_line(last.hint)})" if last.hint else ""
    return f"reverted to {one_line(last.found)} {times} times after a fix: {CONTESTED_ADVICE}{hint}"


def log_episode(changed: Episode, episodes: Sequence[Episode]) -> None:
    """Log an episode that has begun or ended; `episodes` are all of the same step and host."""
    what = f"{one_line(changed.host)}: {one_line(changed.step)}"
    fields = {"host": changed.host, "step": changed.step}
    if changed.how == "run":
        _log.info("%s is compliant: fixed by run %s", what, changed.run, extra=fields)
    elif changed.how == "elsewhere":
        _log.info("%s is compliant again: changed outside of a run", what, extra=fields)
    elif changed.how == "not_asked":
        _log.info("%s is no longer assigned", what, extra=fields)
    elif not changed.id:
        is_, should_be = one_line(changed.found), one_line(changed.wanted)
        _log.warning("%s is %s, should be %s", what, is_, should_be, extra=fields)
        if warning := contested_warning(episodes):
            _log.warning("%s %s", what, warning, extra=fields)


def log_failure(plan: HostPlan, due: float) -> None:
    """Log a host that could not be read or fixed, and the time of the next try."""
    why = one_line(plan.error or "could not be fixed: see the report of the run")
    next_try = f"{datetime.fromtimestamp(due, UTC):%Y-%m-%d %H:%M:%S}"
    fields = {"host": plan.host, "why": why}
    _log.warning("%s: %s; next try at %s UTC", one_line(plan.host), why, next_try, extra=fields)


def log_tick(plans: Collection[HostPlan]) -> None:
    """Log how many hosts a tick found compliant, not compliant, or failed."""
    failed = sum(plan.failed for plan in plans)
    differ = sum(plan.differs and not plan.failed for plan in plans)
    summary = f"checked {count(len(plans), 'host')}: {len(plans) - failed - differ} compliant"
    summary += f", {differ} not compliant" if differ else ""
    _log.info("%s", summary + (f", {failed} failed or could not be read" if failed else ""))
