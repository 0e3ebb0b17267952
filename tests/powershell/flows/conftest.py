"""A host with a registry and a service, a playbook for both, and a journal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from tests.engine.conftest import ALL_RESTARTS
from tests.powershell.arranged import Services
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost

KEY = r"HKLM\SOFTWARE\AovpnRemediateTest"
_ITEM = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\AovpnRemediateTest"
_PATIENCE = aovpn.Patience(settle=60, reboot=60, poll=0.5, stable=0.5)
OPTIONS = aovpn.Options(patience=_PATIENCE)


@dataclass
class Site:
    """One host of the engine, and what a run needs."""

    host: EngineHost
    service: str
    inventory: Path
    journal: aovpn.Journal
    playbook: Path

    def plan(self) -> aovpn.Plan:
        return aovpn.plan([self.playbook], self.inventory)

    def apply(self, plan: aovpn.Plan | str, **more: Any) -> aovpn.Run:
        return aovpn.apply(
            plan,
            self.inventory,
            journal=self.journal,
            permit=ALL_RESTARTS,
            **{"options": OPTIONS, **more},
        )

    def rollback(self, *runs: str) -> aovpn.Run:
        return aovpn.rollback(
            runs, self.inventory, journal=self.journal, permit=ALL_RESTARTS, options=OPTIONS
        )

    def process(self) -> str:
        """The id of the service's process."""
        [said] = self.host.run(
            f"[string] (Get-CimInstance Win32_Service -Filter \"Name = '{self.service}'\")"
            ".ProcessId"
        )
        return said

    def state(self) -> list[str]:
        """What is on the host: each value below the key, and how the service is set up."""
        return self.host.run(
            f"foreach ($key in @(Get-Item '{_ITEM}') + @(Get-ChildItem '{_ITEM}' -Recurse)) {{\n"
            "foreach ($name in $key.GetValueNames()) {\n"
            '"$($key.PSChildName) $name $($key.GetValueKind($name)) $($key.GetValue($name))" }\n'
            "$key.PSChildName }\n"
            f"$service = Get-Service {self.service}\n"
            '"$($service.StartType) $($service.Status)"'
        )


@pytest.fixture(params=["psrp"])
def site(
    request: pytest.FixtureRequest,
    windows: EngineHost,
    windows_lab: EngineLab,
    services: Services,
    tmp_path: Path,
) -> Iterator[Site]:
    """A host that needs a value below a key that is not there, another value, and a startup."""
    service = services.make()
    services.start(service)
    windows.run(f"$null = New-Item '{_ITEM}' -Force; Set-ItemProperty '{_ITEM}' known 'as it was'")
    value = {"key": KEY, "type": "string", "data": "as it shall be"}
    book = {
        "name": "flow",
        "summary": "Two values and a startup.",
        "hosts": "servers",
        "steps": [
            {"id": "known", "registry_value": {**value, "name": "known"}},
            {
                "id": "new",
                "registry_value": {**value, "key": rf"{KEY}\new", "name": "n", "create_key": True},
            },
            {
                "id": "service",
                "service": {"name": service, "startup": "automatic", "status": "running"},
                "then": {"restart": [service]},
            },
        ],
    }
    playbook = tmp_path / "book.yaml"
    playbook.write_text(yaml.safe_dump(book))
    inventory = tmp_path / "fleet.yaml"
    inventory.write_text(windows_lab.inventory(transport=request.param).read_text())
    journal = aovpn.Journal(f"sqlite:///{tmp_path / 'journal.sqlite'}")
    try:
        yield Site(windows, service, inventory, journal, playbook)
    finally:
        journal.close()
        windows.run(f"Remove-Item '{_ITEM}' -Recurse")
