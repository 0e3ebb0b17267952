"""Fixtures for tests on real hosts, which are those of the inventory AOVPN_TEST_INVENTORY."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.inventory.model import Inventory

VARIABLE = "AOVPN_TEST_INVENTORY"
ROOT = r"HKLM\SOFTWARE\AovpnRemediateTest"
EVERYTHING = aovpn.Restart(reboot=False, services=("any",))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = f"set {VARIABLE} to the inventory of real Windows test hosts"
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.windows)
            if not os.environ.get(VARIABLE):
                item.add_marker(pytest.mark.skip(reason=reason))


@dataclass
class Fleet:
    """The real hosts and a journal for them."""

    inventory: Inventory
    folder: Path
    journal: aovpn.Journal

    def playbook(self, name: str, steps: list[dict[str, Any]], hosts: str = "all") -> Path:
        whole = {"name": name, "summary": "A live test", "hosts": hosts, "steps": steps}
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "utf-8")
        return path

    def plan(self, playbook: Path) -> aovpn.Plan:
        plan = aovpn.plan([playbook], self.inventory, journal=self.journal)
        for host in plan.hosts:
            assert host.error is None, f"{host.host}: {host.error}"
        return plan

    def apply(self, plan: aovpn.Plan) -> aovpn.Run:
        return aovpn.apply(plan, self.inventory, journal=self.journal, permit=EVERYTHING)

    def rollback(self, *runs: str) -> aovpn.Run:
        return aovpn.rollback(runs, self.inventory, journal=self.journal, permit=EVERYTHING)

    def with_variable(self, name: str) -> str:
        """Return a pattern of the hosts that have a variable; skip the test if none has it."""
        hosts = [host.name for host in self.inventory.hosts.values() if name in host.vars]
        if not hosts:
            pytest.skip(f"no host of the inventory has the variable {name}")
        return ",".join(hosts)


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Fleet]:
    inventory = aovpn.load_inventory(Path(os.environ[VARIABLE]))
    journal = aovpn.Journal(f"sqlite:///{tmp_path}/journal.sqlite")
    yield Fleet(inventory, tmp_path, journal)
    journal.close()


def states(plan: aovpn.Plan) -> dict[str, dict[str, Any]]:
    """Return the state of each step before the change, by host and step."""
    return {host.host: {step.id: step.before for step in host.steps} for host in plan.hosts}


def assert_all(run: aovpn.Run, status: str) -> None:
    """Assert that every step of every host has this status."""
    for host in run.hosts:
        assert host.error is None, f"{host.host}: {host.error}"
        for step in host.steps:
            where = f"{host.host} {step.id}: {step.status} {step.message}"
            assert step.status == status, f"{where} ({step.before} -> {step.after})"
