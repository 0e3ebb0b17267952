"""The messages of the service's log."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime

from aovpn_remediate.drift.episodes import CONTESTED_AFTER, Episode, came_back
from aovpn_remediate.drift.queue import HostStatus
from aovpn_remediate.reports.escape import one_line
from aovpn_remediate.reports.restarts import pending_of
from aovpn_remediate.reports.words import count
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results import Action, HostPlan, PlannedStep

_MOST_REASONS = 3

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
    elif changed.how == "restarted":
        _log.info("%s is no longer pending", what, extra=fields)
    elif changed.how == "not_asked":
        _log.info("%s is no longer assigned", what, extra=fields)
    elif not changed.id:
        is_, should_be = one_line(changed.found), one_line(changed.wanted)
        _log.warning("%s is %s, should be %s", what, is_, should_be, extra=fields)
        if warning := contested_warning(episodes):
            _log.warning("%s %s", what, warning, extra=fields)


def log_failure(plan: HostPlan, due: float, run: str = "") -> None:
    """Log a host that could not be read, or that a run could not fix, and the next try."""
    why = one_line(plan.error or f"could not be fixed: use `show {run}`")
    fields = {"host": plan.host, "why": why}
    _log.warning("%s: %s; next try at %s", one_line(plan.host), why, _moment(due), extra=fields)


def log_tick(plans: Collection[HostPlan]) -> None:
    """Log how many hosts a tick found compliant, and the reasons of each that is not."""
    _log.info("checked %s: %s", count(len(plans), "host"), _summary(plans))
    for plan in plans:
        _log_reasons(plan)


def log_not_due(statuses: Collection[HostStatus]) -> None:
    """Log the last known state of hosts that were not due, and the time of their next check."""
    known = [status.plan for status in statuses if status.plan is not None]
    waiting = [status.due for status in statuses if not status.under_way]
    words = f"{count(len(statuses), 'host')} not due"
    if known:
        words += f"; last known: {_summary(known)}"
    if len(known) < len(statuses):
        words += f"; {len(statuses) - len(known)} never checked"
    if len(waiting) < len(statuses):
        words += f"; another service is checking {len(statuses) - len(waiting)}"
    _log.info("%s", words + (f"; next check at {_moment(min(waiting))}" if waiting else ""))
    for status in statuses:
        if status.plan is not None:
            read = f" at {_moment(status.ended)}" if status.ended is not None else ""
            _log_reasons(status.plan, read)


def _summary(plans: Collection[HostPlan]) -> str:
    failed = sum(plan.failed for plan in plans)
    differ = sum(plan.differs and not plan.failed for plan in plans)
    words = f"{len(plans) - failed - differ} compliant"
    words += f", {differ} not compliant" if differ else ""
    return words + (f", {failed} failed or could not be read" if failed else "")


def _log_reasons(plan: HostPlan, at: str = "") -> None:
    if plan.failed or plan.differs:
        state = "could not be read" if plan.failed else "not compliant"
        why = listed(list(_reasons(plan)), _MOST_REASONS, "; ")
        _log.info("%s: %s%s: %s", one_line(plan.host), state, at, why, extra={"host": plan.host})


def _reasons(plan: HostPlan) -> Iterator[str]:
    """Yield each reason why a host is not compliant or was not read whole."""
    if plan.error is not None:
        yield one_line(plan.error)
    for book in plan.playbooks:
        if book.status in ("blocked", "unknown"):
            yield one_line(f"{book.name}: {book.reason}")
    yield from filter(None, map(_reason_of, plan.steps))
    for check in plan.after:
        if check.ok is not True:
            why = check.reason or f"is {check.found}, should be {check.wanted}"
            yield one_line(f"{check.id} {why}")
    for pending in dict.fromkeys(map(pending_of, plan.outstanding)):
        yield f"{pending} is pending"


def _reason_of(step: PlannedStep) -> str:
    if not step.readable:
        return one_line(f"{step.id} could not be read: {step.reason}")
    if step.action is Action.NONE or step.waived:
        return ""
    return one_line(f"{step.id} is {step.before_text}, should be {step.after_text}")


def _moment(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC"
