"""A plan as a file: JSON that stands alone, validated like a playbook when it is read back."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from pydantic import ValidationError

from aovpn_remediate.engine.changes import resource_of
from aovpn_remediate.engine.results import CheckResult, HostPlan, Plan, PlannedStep
from aovpn_remediate.errors import PlanError, Problem, UsageError


def save(plan: Plan, path: Path) -> None:
    """Write a plan, whole or not at all, for the user alone to read. Raises `UsageError`."""
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            # ASCII: a host may answer half of a character, which UTF-8 has no bytes for.
            json.dump(plan.model_dump(mode="json"), file, indent=1)
            file.write("\n")
        Path(name).replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from None


def load(path: Path) -> Plan:
    """A plan that `save` wrote. Raises `PlanError` for anything else."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise PlanError(Problem(path, 0, 0, "", f"cannot be read: {error.strerror}")) from None
    except UnicodeDecodeError:
        raise PlanError(Problem(path, 0, 0, "", "is no plan: it is not UTF-8 text")) from None
    try:
        plan = Plan.model_validate(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise PlanError(Problem(path, 0, 0, "", f"is no plan: {error}")) from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PlanError(Problem(path, 0, 0, where, f"is no plan: {first['msg']}")) from None
    for host in plan.hosts:
        _check_resources(path, host)
    return plan


def _check_resources(path: Path, host: HostPlan) -> None:
    items: list[CheckResult | PlannedStep] = [*host.before, *host.steps, *host.after]
    for item in items:
        try:
            resource_of(item.resource)
        except (ValidationError, ValueError) as error:
            what = " ".join(str(error).split())
            where = f"hosts.{host.host}.{item.id}"
            raise PlanError(Problem(path, 0, 0, where, what)) from None
