"""Runs and plans as data, with values that no database may trip over."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.results import (
    Action,
    HostPlan,
    HostRun,
    InventorySource,
    Plan,
    PlannedStep,
    Run,
    StepRun,
)

HARD = 'half \udfff\ud800, none \x00, lock \U0001f510, it\'s "quoted" \\u0000 %s :x {} \x7f'
"""Halves of characters, a NUL, and what SQL, JSON and drivers give a meaning."""

INVENTORY = InventorySource(path="fleet.yaml", digest="d")


def state(data: str = HARD) -> dict[str, Any]:
    """A registry value as it is found; its data is whatever Windows has."""
    return {"type": "String", "data": data, "list": [data, None, 2**64, -0.5]}


def step(name: str, status: str = "not_done", **more: Any) -> StepRun:
    """One step."""
    resource = {"registry_value": {"key": r"HKLM\SOFTWARE\T", "name": name, "data": HARD}}
    return StepRun.model_validate(
        {"id": name, "title": "A value", "resource": resource, "status": status, **more}
    )


def host(name: str, *steps: StepRun, **more: Any) -> HostRun:
    """One host of a run."""
    return HostRun.model_validate({"host": name, "steps": steps, **more})


def run(number: int = 1, **more: Any) -> Run:
    """A run; a later one has a greater number, below 60."""
    return Run.model_validate(
        {
            "id": f"20261121-0102{number:02}-abcd",
            "action": "apply",
            "started": f"2026-11-21T01:02:{number:02}.000+00:00",
            "operator": "ann@pc",
            "inventory": INVENTORY,
            "options": {"limit": HARD},
            **more,
        }
    )


def plan() -> Plan:
    """A plan of one step."""
    planned = PlannedStep(
        id="pb/a",
        title="A value",
        resource={"registry_value": {"key": r"HKLM\SOFTWARE\T", "name": "v", "data": HARD}},
        action=Action.UPDATE,
        before=state("old"),
        after=state(),
    )
    return Plan(
        made_at="2026-11-21T01:00:00+00:00",
        hosts=(HostPlan(host="nps-01", steps=(planned,)),),
        inventory=INVENTORY,
        playbooks=(),
    )
