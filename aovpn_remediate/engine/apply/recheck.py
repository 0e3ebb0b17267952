"""What is to be set on a host, as it reads at this moment: pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.engine.apply.changes import Intent
from aovpn_remediate.engine.plan.compare import judge, plain
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.resources.base import Answer
from aovpn_remediate.results import StepRun, StepStatus
from aovpn_remediate.results.common import playbook_of


def decide(intent: Intent, record: Record, off: Mapping[str, str]) -> tuple[StepRun, Answer]:
    """What becomes of a step before anything is set: `not_done` is what has to be set."""
    if (playbook := playbook_of(intent.id)) in off:
        why = f"a before-check keeps the playbook off: {off[playbook]}"
        return intent.as_run("skipped", message=why), None
    found = judge(intent.resource, record, as_seen=intent.as_seen, at_goal=intent.at_goal)
    if found.verdict == "unreadable":
        return intent.as_run("unreadable", message=found.reason), None
    common: dict[str, Any] = {
        "before": plain(found.state),
        "before_text": intent.resource.show(found.state),
        "read": True,
    }
    if found.verdict == "unchanged":
        return intent.as_run("unchanged", **common), found.answer
    if found.verdict == "set" and intent.sets:
        return intent.as_run("not_done", **common), found.answer
    as_seen = intent.resource.same(found.state, intent.seen)
    if borne := intent.waived or (intent.manual if as_seen else ""):
        status: StepStatus = "waived" if intent.waived else "manual"
        return intent.as_run(status, message=borne, **common), found.answer
    by_hand = "" if intent.rule else intent.manual
    message = by_hand or found.reason or "the host is neither as it was seen nor as wanted"
    return intent.as_run("stale", message=message, **common), found.answer
