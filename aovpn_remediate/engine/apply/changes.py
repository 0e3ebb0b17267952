"""The changes of one host: of a plan to be applied, or of runs to be rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

from aovpn_remediate.engine.plan.compare import resource_of
from aovpn_remediate.engine.plan.unknown import UnknownStep
from aovpn_remediate.engine.reading.restart_needs import to_do
from aovpn_remediate.errors import PlanError, Problem
from aovpn_remediate.inventory.model import Host, Inventory
from aovpn_remediate.inventory.selection import select
from aovpn_remediate.journal.leftovers import Need
from aovpn_remediate.playbook.model import Check
from aovpn_remediate.rendering.batch import RollbackStep
from aovpn_remediate.resources.backups import Backup
from aovpn_remediate.resources.base import Resource, State
from aovpn_remediate.resources.restart import NOTHING, Restart
from aovpn_remediate.results import (
    FAILED_STATUSES,
    Action,
    CheckResult,
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
    """A planned step with its resource; it is set only while the host still is as planned."""

    planned: PlannedStep
    resource: Resource
    restores: bool = False
    """True in a rollback: the goal is one exact state, not any state that the resource accepts."""

    @property
    def id(self) -> str:
        """The id of the step."""
        return self.planned.id

    @property
    def goal(self) -> State:
        """The state to set."""
        return self.planned.after

    @property
    def backup(self) -> Backup | None:
        """The backup that is taken before it is set; plans of older versions name none."""
        return self.planned.backup or self.resource.backup

    @property
    def sets(self) -> bool:
        """True if the step may be set, False if the plan shows nothing to set.

        A rollback also restores what only `Resource.restored` tells apart, such as a new key.
        """
        if self.restores:
            return self.planned.action is not Action.MANUAL
        return self.planned.changes

    @property
    def high_impact(self) -> str:
        """What it concerns beyond the host, also where a plan file does not say it."""
        return self.planned.high_impact or self.resource.high_impact

    @property
    def manual(self) -> str:
        """The manual action that is needed instead of a change; empty where there is none."""
        return self.planned.reason if self.planned.readable and not self.sets else ""

    def is_at_goal(self, state: State) -> bool:
        """Return true if nothing has to be set."""
        if self.restores:
            return self.resource.restored(state, self.goal)
        is_goal = self.planned.readable and self.resource.same(state, self.goal)
        return is_goal or self.resource.same(state, self.resource.wanted(state))

    def is_as_planned(self, state: State) -> bool:
        """Return true if the state has not changed since the plan, but towards its goal.

        Another run may have set a part of it. A rollback may also set a step whose value is
        restored but whose new key is still there.
        """
        if self.resource.same(state, self.goal):
            return self.restores or self.resource.same(state, self.planned.before)
        return self.planned.readable and self.resource.is_between(
            state, self.planned.before, self.goal
        )

    def as_run(self, status: StepStatus = "not_done", **more: Any) -> StepRun:
        """Return the step as the journal holds it, with its status."""
        planned = self.planned
        return StepRun(
            id=planned.id,
            title=planned.title,
            resource=planned.resource,
            status=status,
            planned=planned.before,
            planned_text=planned.before_text,
            goal=planned.after,
            goal_text=planned.after_text,
            declared=planned.declared,
            backup=self.backup,
            high_impact=self.high_impact,
            **more,
        )


def waits_for_restart(step: StepRun) -> bool:
    """Return true for a step of which nothing is set, and whose restart is not done yet."""
    return step.status == "not_done" and bool(step.then)


def holds_of(step: StepRun, change: Change) -> Callable[[State], bool]:
    """Return the test of a step that is as wanted: as it was set, or right without a change."""
    if step.status == "changed":
        return lambda state: change.resource.same(state, step.after)
    return change.is_at_goal


@dataclass(frozen=True)
class HostChanges:
    """Everything that a run has to do on one host."""

    host: Host
    steps: tuple[Change, ...]
    before: tuple[Check, ...] = ()
    after: tuple[Check, ...] = ()
    plan: HostPlan | None = None
    """None in a rollback."""
    needs: tuple[Need, ...] = ()
    unknown_steps: tuple[UnknownStep, ...] = ()
    also_services: tuple[str, ...] = ()
    """Services that an earlier run stopped and was not seen to start."""

    @property
    def outstanding(self) -> Restart:
        """The restarts that the plan shows: pending ones of earlier runs, and those of its changes.

        An earlier apply of the same plan may have made the changes and left their restarts.
        """
        if self.plan is None:
            return NOTHING
        own = [step.then for step in self.plan.steps if step.changes]
        return reduce(or_, own, to_do(self.plan.outstanding))

    @property
    def stopped_by_sets(self) -> tuple[str, ...]:
        """The services that the changes themselves stop, if they are made."""
        changing = (step.resource for step in self.steps if step.sets)
        return tuple(dict.fromkeys(s for resource in changing for s in resource.stopped_by_set))

    @property
    def all_or_nothing(self) -> bool:
        """True if one stale step keeps the whole host from being set; a rollback goes on."""
        return self.plan is not None

    @property
    def ending(self) -> frozenset[str]:
        """The statuses of a step that end the changes on the host."""
        return FAILED_STATUSES if self.all_or_nothing else FAILED_STATUSES - {"stale", "unreadable"}

    @property
    def high_impact(self) -> tuple[Change, ...]:
        """The changes that concern more than the host."""
        return tuple(step for step in self.steps if step.high_impact and step.sets)

    def as_run(self) -> HostRun:
        """Return the host as the journal holds it before anything is sent to it."""
        return HostRun(
            host=self.host.name,
            address=self.host.address,
            groups=self.host.groups,
            playbooks=self.plan.playbooks if self.plan else (),
            steps=tuple(step.as_run() for step in self.steps),
        )


def changes_of_host(plan: HostPlan, host: Host, path: str) -> HostChanges:
    """Return the changes that a plan has for a host.

    Raises `PlanError` where the plan holds a resource of no known kind.
    """
    try:
        return HostChanges(
            host=host,
            steps=tuple(Change(step, resource_of(step.resource)) for step in plan.steps),
            before=_checks(plan.before),
            after=_checks(plan.after),
            plan=plan,
        )
    except ValueError as error:
        what = " ".join(str(error).split())
        raise PlanError(Problem(path, 0, 0, f"hosts.{plan.host}", what)) from None


def _checks(results: Iterable[CheckResult]) -> tuple[Check, ...]:
    return tuple(Check(id=result.id, resource=resource_of(result.resource)) for result in results)


Guard = Callable[[Session, Sequence[RollbackStep]], Confirmation | None]
"""A function to call before anything is set on a host, with the state before of each step.

Raises `RemediateError` where nothing may be set.
"""


def changes_of_plan(
    plan: Plan, fleet: Inventory, path: str | Path, limit: str | None
) -> list[HostChanges]:
    """Return the changes of each host of a plan, within the limit.

    Raises `PlanError` for a host that is not in the inventory.
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
