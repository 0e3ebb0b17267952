"""What is to be set on a host, as it reads at this moment: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.engine.apply.changes import Change
from aovpn_remediate.engine.plan.compare import recheck_state
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.resources.base import Answer
from aovpn_remediate.results import StepRun, StepStatus
from aovpn_remediate.results.common import playbook_of


def recheck(change: Change, record: Record, off: Mapping[str, str]) -> tuple[StepRun, Answer]:
    """What becomes of a step before anything is set: `not_done` is what has to be set."""
    if (playbook := playbook_of(change.id)) in off:
        why = f"a before-check keeps the playbook off: {off[playbook]}"
        return change.as_run("skipped", message=why), None
    found = recheck_state(change.resource, record, as_seen=change.as_seen, at_goal=change.at_goal)
    if found.verdict == "unreadable":
        return change.as_run("unreadable", message=found.reason), None
    common: dict[str, Any] = {
        "before": found.state,
        "before_text": change.resource.show(found.state),
        "read": True,
    }
    if found.verdict == "unchanged":
        return change.as_run("unchanged", **common), found.answer
    if found.verdict == "set" and change.sets:
        return change.as_run("not_done", **common), found.answer
    as_seen = change.resource.same(found.state, change.seen)
    if borne := change.waived or (change.manual if as_seen else ""):
        status: StepStatus = "waived" if change.waived else "manual"
        return change.as_run(status, message=borne, **common), found.answer
    by_hand = "" if change.rule else change.manual
    message = by_hand or found.reason or "the host is neither as it was seen nor as wanted"
    return change.as_run("stale", message=message, **common), found.answer
