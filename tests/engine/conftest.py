"""A site: simulated hosts behind a real WinRM server, an inventory, a journal, and the API."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.server import Lab
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.results import HostPlan, HostRun
from tests.journal.fixtures import made_before

PATIENCE = aovpn.Patience(settle=30, reboot=30, poll=0.02, stable=0)
ALL_RESTARTS = aovpn.Restart(reboot=True, services=("any",))


@dataclass
class Meddling:
    """The simulated Windows, with an outsider who acts before a pipeline of a host runs."""

    windows: SimulatedWindows
    before: dict[tuple[str, int], Callable[[], None]] = field(default_factory=dict)
    """By address and the number of the pipeline on that host, counted from 1."""
    pipelines: dict[str, int] = field(default_factory=dict)

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        number = self.pipelines[host] = self.pipelines.get(host, 0) + 1
        act = self.before.pop((host, number), None)
        if act is not None:
            act()
        yield from self.windows.run(host, script, session)

    def up(self, host: str) -> bool:
        return self.windows.up(host)

    def may_log_on(self, host: str, user: str) -> bool:
        return self.windows.may_log_on(host, user)


@dataclass
class Site:
    """Hosts by name; each has the address 127.0.7.N in the order of the names."""

    lab: Lab
    windows: SimulatedWindows
    meddling: Meddling
    folder: Path
    addresses: Mapping[str, str]
    inventory: Path
    journal: aovpn.Journal

    def address(self, host: str = "") -> str:
        return self.addresses[host or next(iter(self.addresses))]

    def state(self, host: str = "") -> Any:
        return self.windows.state(self.address(host))

    def snapshots(self) -> dict[str, Any]:
        return {name: self.windows.snapshot(place) for name, place in self.addresses.items()}

    def playbook(self, name: str = "test", **parts: Any) -> Path:
        """A playbook file; `steps` may be bare kinds, which get the ids s0, s1..."""
        steps = [
            step if "id" in step else {"id": f"s{n}", **step}
            for n, step in enumerate(parts.pop("steps", []))
        ]
        whole = {"name": name, "summary": "A test", "hosts": "all", **parts}
        whole |= {"steps": steps} if steps else {}
        path = self.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), "utf-8")
        return path

    def plan(self, *playbooks: Path | str, **more: Any) -> aovpn.Plan:
        return aovpn.plan(playbooks, self.inventory, journal=self.journal, **more)

    def apply(self, plan: aovpn.Plan, **more: Any) -> aovpn.Run:
        options = {"permit": ALL_RESTARTS, "options": aovpn.Options(patience=PATIENCE)}
        return aovpn.apply(plan, self.inventory, journal=self.journal, **{**options, **more})

    def rollback(self, *runs: str, **more: Any) -> aovpn.Run:
        options = {"permit": ALL_RESTARTS, "options": aovpn.Options(patience=PATIENCE)}
        return aovpn.rollback(runs, self.inventory, journal=self.journal, **{**options, **more})

    def requests(self, host: str = "") -> int:
        """Requests to a host since the counts were reset."""
        return sum(request.host == self.address(host) for request in self.lab.requests)


MakeSite = Callable[..., Site]


@pytest.fixture
def make_site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeSite]:
    """Start a site; at the end no shell may be left open."""
    monkeypatch.setenv("AOVPN_LAB_PASSWORD", "secret")
    with ExitStack() as stack:

        def make(
            seeds: Mapping[str, HostSeed],
            *,
            groups: Mapping[str, Sequence[str]] | None = None,
            clean: bool = True,
            connection: Mapping[str, Any] | None = None,
            journal_url: str | None = None,
            **settings: Any,
        ) -> Site:
            addresses = {name: f"127.0.7.{n}" for n, name in enumerate(seeds, start=1)}
            windows = SimulatedWindows({addresses[name]: seed for name, seed in seeds.items()})
            meddling = Meddling(windows)
            lab = stack.enter_context(Lab(meddling, users={"lab": "secret"}, **settings))
            if clean:
                stack.callback(lab.assert_clean)
            inventory = tmp_path / "fleet.yaml"
            inventory.write_text(
                yaml.safe_dump(_inventory(addresses, groups, lab.port, connection or {}))
            )
            journal = aovpn.Journal(journal_url or made_before(tmp_path))
            stack.callback(journal.close)
            return Site(lab, windows, meddling, tmp_path, addresses, inventory, journal)

        yield make


def _inventory(
    addresses: Mapping[str, str],
    groups: Mapping[str, Sequence[str]] | None,
    port: int,
    connection: Mapping[str, Any],
) -> dict[str, Any]:
    hosts = {name: {"address": address} for name, address in addresses.items()}
    members = groups or {"servers": list(hosts)}
    return {
        "all": {
            "connection": {
                "scheme": "http",
                "port": port,
                "auth": "basic",
                "encryption": "never",
                **connection,
            },
            "credential": {"username": "lab", "password": {"env": "AOVPN_LAB_PASSWORD"}},
        },
        "groups": {
            group: {"hosts": {name: hosts[name] for name in names}}
            for group, names in members.items()
        },
    }


def one(document: aovpn.Plan | aovpn.Run) -> Any:
    """The only host of a plan or a run."""
    [host] = document.hosts
    return host


def statuses(run: aovpn.Run) -> dict[str, list[str]]:
    """The status of each step, by host."""
    return {host.host: [step.status for step in host.steps] for host in run.hosts}


def dword(key: str, name: str, data: int, **more: Any) -> dict[str, Any]:
    """A step of one kind, without an id."""
    fields = {"key": key, "name": name, "type": "dword", "data": data, **more}
    return {"registry_value": fields}


__all__ = ["HostPlan", "HostRun", "MakeSite", "Site", "dword", "one", "statuses"]
