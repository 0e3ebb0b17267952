"""Plan files: JSON that needs nothing else, validated like a playbook when it is loaded."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from aovpn_remediate.engine.plan.compare import action_of, resource_of
from aovpn_remediate.errors import PlanError, Problem, UsageError, first_problem
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.results import Action, CheckResult, HostPlan, Plan, PlannedStep
from aovpn_remediate.results.files import as_json, from_json


def save(plan: Plan, path: Path) -> None:
    """Write a plan, whole or not at all, readable for its owner only. Raises `UsageError`."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(f"{as_json(plan)}\n")
        Path(name).replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def load(path: Path) -> Plan:
    """Load a plan that `save` wrote. Raises `PlanError` for anything else."""
    try:
        document = from_json(path.read_bytes())
    except OSError as error:
        raise PlanError(Problem(path, 0, 0, "", f"cannot be read: {error.strerror}")) from None
    except ValueError as error:
        raise PlanError(Problem(path, 0, 0, "", f"is not a plan file: {error}")) from None
    try:
        plan = Plan.model_validate(document)
    except ValidationError as error:
        where, what = first_problem(error)
        raise PlanError(Problem(path, 0, 0, where, f"is not a plan file: {what}")) from None
    _refuse_duplicates(path, "hosts", (host.host for host in plan.hosts))
    for host in plan.hosts:
        _check_host(path, host)
    return plan


def _refuse_duplicates(path: Path, where: str, names: Iterable[str]) -> None:
    for name, count in Counter(names).items():
        if count > 1:
            raise PlanError(Problem(path, 0, 0, f"{where}.{name}", "occurs twice"))


def _check_host(path: Path, host: HostPlan) -> None:
    where = f"hosts.{host.host}"
    items: list[CheckResult | PlannedStep] = [*host.before, *host.steps, *host.after]
    _refuse_duplicates(path, where, (item.id for item in items))
    for item in items:
        try:
            resource = resource_of(item.resource)
            problem = _inconsistency(item, resource) if isinstance(item, PlannedStep) else ""
        except ValidationError as error:
            problem = " ".join(": ".join(first_problem(error)).split())
        except ValueError as error:
            problem = " ".join(str(error).split())
        if problem:
            raise PlanError(Problem(path, 0, 0, f"{where}.{item.id}", problem))


def _inconsistency(step: PlannedStep, resource: Resource) -> str:
    """Return what is inconsistent in a step; empty where nothing is."""
    if not step.readable:
        return ""
    try:
        texts = resource.show(step.before), resource.show(step.after)
        goal = resource.wanted(step.before)
        is_goal = resource.same(goal, step.after) and resource.show(goal) == texts[1]
        expected = action_of(resource, step.before, step.after)
    except (AttributeError, LookupError, TypeError, ValueError):
        return "its states do not fit its kind"
    if not is_goal:
        return "its goal does not follow from its resource and the state before"
    manual = Action.MANUAL if expected is not Action.NONE else expected
    # Of a kind without Set the restart alone may be the change.
    is_only_read = resource.read_only and not step.then
    possible = (manual,) if is_only_read else (manual, expected)
    return "" if step.action in possible else f"its action should be {expected}"
