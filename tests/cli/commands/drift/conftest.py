"""A fleet with playbooks assigned."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.cli.conftest import NPS, Fleet, work

EAP = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13"
INVENTORY = ("-i", "fleet.yaml")


def assign(fleet: Fleet, **groups: dict[str, Any]) -> None:
    """Write what groups are ruled by into the inventory."""
    path = fleet.folder / "fleet.yaml"
    inventory = yaml.safe_load(path.read_text())
    for name, rules in groups.items():
        inventory["groups"][name].update(rules)
    path.write_text(yaml.safe_dump(inventory))


@pytest.fixture
def assigned_fleet(fleet: Fleet) -> Fleet:
    """A fleet whose NPS servers have a playbook that drift may fix."""
    assign(fleet, nps={"playbooks": [NPS], "drift": "fix"})
    return fleet


def once(*more: str) -> Any:
    return work("drift", "run", *INVENTORY, "--every", "1h", "--once", *more)
