"""What one host is to be brought to: by a plan, or back by a rollback."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.plan.compare import needs, plain, resource_of, restart
from aovpn_remediate.engine.plan.unknown import UnknownStep
from aovpn_remediate.engine.reading.restart_needs import to_do
from aovpn_remediate.errors import PlanError, Problem
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.journal.leftovers import Need
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import RollbackStep
from aovpn_remediate.resources import declared as as_declared
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import (
    FAILED_STATUSES,
    Confirmation,
    HostPlan,
    HostRun,
    Plan,
    PlannedStep,
    StepRun,
    StepStatus,
)
from aovpn_remediate.transports.base import Session


@dataclass(frozen=True, eq=False)
class Change:
    """One step and its goal; it is set only if it is still as it was seen."""

    id: str
    resource: Resource
    seen: State
    goal: State
    declared: Restart
    sets: bool = True
    """False: the plan showed nothing to set here (as wanted, for a person, unreadable)."""
    manual: str = ""
    readable: bool = True
    waived: str = ""
    """The waiver that bears the difference: it is not set."""
    rule: bool = True
    """Whether any state is right that the declared rule is content with, not the goal alone."""

    def at_goal(self, state: State) -> bool:
        """Whether nothing has to be set."""
        if not self.rule:
            return self.resource.restored(state, self.goal)
        is_goal = self.readable and self.resource.same(state, self.goal)
        return is_goal or self.resource.same(state, self.resource.wanted(state))

    def as_seen(self, state: State) -> bool:
        """Whether it may be set: also where a value has gone, but not the key made for it."""
        is_gone = not self.rule and self.resource.same(state, self.goal)
        return self.resource.same(state, self.seen) or is_gone

    def as_run(self, status: StepStatus = "not_done", **more: Any) -> StepRun:
        """For the journal, with what has become of it."""
        return StepRun(
            id=self.id,
            title=self.resource.title(),
            resource=as_declared(self.resource),
            status=status,
            planned=plain(self.seen),
            planned_text=self.resource.show(self.seen) if self.readable else "",
            goal=plain(self.goal),
            goal_text=self.resource.show(self.goal) if self.readable else "",
            declared=needs(self.declared),
            **more,
        )


@dataclass(frozen=True)
class HostChanges:
    """Everything that a run wants of one host."""

    host: Host
    steps: tuple[Change, ...]
    before: tuple[Check, ...] = ()
    after: tuple[Check, ...] = ()
    plan: HostPlan | None = None
    """None in a rollback."""
    outstanding: Restart = NOTHING
    """Restarts that the plan showed: those of earlier runs, and those of its changes, which an
    earlier apply of the same plan may have left."""
    alone: bool = True
    """Whether one stale step keeps the whole host from being set; a rollback goes on."""
    needs: tuple[Need, ...] = ()
    unknown_steps: tuple[UnknownStep, ...] = ()
    also_services: tuple[str, ...] = ()
    """Services of which an earlier run does not know whether they run again."""

    @property
    def ending(self) -> frozenset[str]:
        """What has to become of a step to end the changes on the host."""
        return FAILED_STATUSES if self.alone else FAILED_STATUSES - {"stale", "unreadable"}

    def as_run(self) -> HostRun:
        """For the journal, before the host is touched."""
        plan = self.plan
        return HostRun(
            host=self.host.name,
            address=self.host.address,
            groups=self.host.groups,
            playbooks=plan.playbooks if plan else (),
            steps=tuple(step.as_run() for step in self.steps),
        )


def changes_of_host(plan: HostPlan, host: Host, path: str) -> HostChanges:
    """What a plan wants of a host. Raises `PlanError` where the file holds no steps of ours."""
    try:
        return HostChanges(
            host=host,
            steps=tuple(_intent(step) for step in plan.steps),
            before=_checks((c.id, c.resource) for c in plan.before),
            after=_checks((c.id, c.resource) for c in plan.after),
            plan=plan,
            outstanding=reduce(or_, _restarts(plan), to_do(plan.outstanding)),
        )
    except ValueError as error:
        what = " ".join(str(error).split())
        raise PlanError(Problem(path, 0, 0, f"hosts.{plan.host}", what)) from None


def _restarts(plan: HostPlan) -> list[Restart]:
    return [restart(step.then) for step in plan.steps if step.changes]


def _intent(step: PlannedStep) -> Change:
    return Change(
        id=step.id,
        resource=resource_of(step.resource),
        seen=step.before,
        goal=step.after,
        declared=restart(step.declared),
        sets=step.changes,
        manual=step.reason if step.readable and not step.changes else "",
        readable=step.readable,
        waived=step.waived,
    )


def _checks(items: Iterable[tuple[str, Mapping[str, Any]]]) -> tuple[Check, ...]:
    return tuple(Check(id=name, resource=resource_of(data)) for name, data in items)


Guard = Callable[[Session, Sequence[RollbackStep]], Confirmation | None]
"""Called before anything is set on a host, with how each step that is to be set was.

Raises `RemediateError` where nothing may be set.
"""


def changes_of_plan(
    plan: Plan, fleet: Inventory, path: str | Path, limit: str | None
) -> list[HostChanges]:
    """The changes of each host of a plan, within the limit.

    Raises `PlanError` for a host that the inventory does not have.
    """
    limited = {host.name for host in select(fleet, limit or "all")}
    changes = []
    for host_plan in plan.hosts:
        if host_plan.host not in fleet.hosts:
            what = f"is not in the inventory {fleet.path}"
            raise PlanError(Problem(path, 0, 0, f"hosts.{host_plan.host}", what))
        if host_plan.host in limited:
            changes.append(changes_of_host(host_plan, fleet.hosts[host_plan.host], str(path)))
    return changes
