"""The preview of a rollback on one host: each step as it is now, and as it would be. Pure."""

from __future__ import annotations

from aovpn_remediate.engine.apply.changes import Change, HostChanges
from aovpn_remediate.engine.apply.recheck import CurrentState, recheck_state
from aovpn_remediate.engine.plan.catalog import Catalog
from aovpn_remediate.engine.plan.compare import action_of, needed_restart
from aovpn_remediate.engine.plan.host import warnings
from aovpn_remediate.engine.reading.read import Reading
from aovpn_remediate.engine.reading.records import Record
from aovpn_remediate.engine.reading.restart_needs import open_needs
from aovpn_remediate.playbook.model import Playbook, Step
from aovpn_remediate.resources.restart import NOTHING
from aovpn_remediate.results import Action, HostPlan, PlannedStep

_MOVED = "it has changed since the run: it is left as it is"


def catalog_of_rollback(changes: HostChanges) -> Catalog:
    """Return what has to be read of a host: its steps, and the restarts that they have left."""
    steps = tuple(Step(c.id, c.resource, c.planned.declared) for c in changes.steps)
    book = Playbook(name="rollback", summary="", hosts="", steps=steps)
    own = {step.id for step in changes.steps}
    needs = tuple(need for need in changes.needs if need.step in own)
    return Catalog(changes.host, (book,), needs)


def preview_host(changes: HostChanges, catalog: Catalog, found: Reading) -> HostPlan:
    """Return what a rollback would do on a host, by what was just read of it."""
    return HostPlan(
        host=changes.host.name,
        address=changes.host.address,
        groups=changes.host.groups,
        facts=found.facts,
        warnings=warnings(changes.host),
        steps=tuple(_preview(change, found[change.id]) for change in changes.steps),
        outstanding=open_needs(catalog.needs, found.facts),
    )


def _preview(change: Change, record: Record) -> PlannedStep:
    now = recheck_state(change, record)
    if now.verdict == "unreadable":
        update = {"readable": False, "reason": now.reason, "then": NOTHING}
        return change.planned.model_copy(update=update)
    update = {
        "before": now.state,
        "before_text": change.resource.show(now.state),
        **_to_do(change, now),
    }
    return change.planned.model_copy(update=update)


def _to_do(change: Change, now: CurrentState) -> dict[str, object]:
    if now.verdict == "unchanged":
        return {"action": Action.NONE, "reason": "", "then": NOTHING}
    if change.manual or now.verdict == "stale":
        reason = change.manual or now.reason or _MOVED
        return {"action": Action.MANUAL, "reason": reason, "then": NOTHING}
    resource, goal = change.resource, change.goal
    action = action_of(resource, now.state, goal)
    # A key that was made goes as well, though the value is as absent as it was.
    action = Action.UPDATE if action is Action.NONE else action
    declared = change.planned.declared
    then = needed_restart(declared, resource, now.answer, now.state, goal)
    return {"action": action, "then": then}
