"""Fixtures for tests on real hosts, which are those of the inventory AOVPN_TEST_INVENTORY.

On real servers, AOVPN_TEST_RECORD=tests/windows/proven.json has the kinds recorded that were set
and set back there: the last level of proof.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.inventory.model import Inventory
from aovpn_remediate.resources import KINDS

VARIABLE = "AOVPN_TEST_INVENTORY"
ROOT = r"HKLM\SOFTWARE\AovpnRemediateTest"
RECORD = "AOVPN_TEST_RECORD"
_SET_BACK: set[str] = set()
"""The kinds of which a step was set back."""
EVERYTHING = aovpn.Restart(reboot=False, services=("any",))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    reason = f"set {VARIABLE} to the inventory of real Windows test hosts"
    here = f"{Path(__file__).parent}{os.sep}"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.windows)
            if not os.environ.get(VARIABLE):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_sessionfinish(exitstatus: int) -> None:
    if exitstatus == 0 and _SET_BACK and os.environ.get(RECORD):
        record = json.dumps({"kinds": sorted(_SET_BACK)}, indent=2)
        Path(os.environ[RECORD]).write_text(f"{record}\n", "utf-8")


@dataclass
class Fleet:
    """The real hosts and a journal for them."""

    inventory: Inventory
    folder: Path
    journal: aovpn.Journal
    kinds: set[str] = field(default_factory=set)
    """The kinds of the steps of the test."""

    def playbook(self, name: str, steps: list[dict[str, Any]], hosts: str = "all") -> Path:
        self.kinds.update(kind for step in steps for kind in step if kind in KINDS)
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
        run = aovpn.rollback(runs, self.inventory, journal=self.journal, permit=EVERYTHING)
        if any(step.status == "changed" for host in run.hosts for step in host.steps):
            _SET_BACK.update(self.kinds)
        return run

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
