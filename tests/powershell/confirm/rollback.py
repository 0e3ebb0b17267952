"""An automatic rollback of a test, and what it leaves on the host."""

from __future__ import annotations

import time
from typing import Any

from aovpn_remediate.rendering import batch
from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.registry_value import RegistryValue
from aovpn_remediate.resources.restart import NOTHING, Restart
from tests.powershell.host import EngineHost

FOLDER = r"C:\ProgramData\aovpn-remediate"
_KEY = r"HKLM\SOFTWARE\AovpnRemediateTest"
LONG = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnRemediateTest"
SOON = 90.0


def value(name: str = "value", sub: str = "") -> RegistryValue:
    key = f"{_KEY}\\{sub}" if sub else _KEY
    return RegistryValue(key=key, name=name, type="string", data="new", create_key=True)


class Rollback:
    """An automatic rollback of one run."""

    def __init__(self, host: EngineHost, run: str = "r-1") -> None:
        self.host, self.run = host, run
        self.steps: list[batch.RollbackStep] = []

    def read(self, name: str, resource: Resource, needs: Restart = NOTHING) -> None:
        """Have a step rolled back to what is there now."""
        state = self.host.answer(resource)
        target = literal(resource.target())
        call = f"Invoke-AovpnStep -Id x -Kind {resource.function} -Target {target}"
        text = self.host.record(call)["before"]
        self.steps.append(
            batch.RollbackStep(name, resource, resource.normalise(state), text, needs)
        )

    def arm(self, seconds: int = 600) -> Any:
        script = batch.rolling_back(self.run, self.steps)
        return self.host.record(batch.scheduling_rollback(self.run, seconds, script))

    def look(self) -> Any:
        return self.host.record(batch.inspecting_rollback(self.run))

    def confirm(self) -> Any:
        return self.host.record(batch.cancelling_rollback(self.run))

    def forget(self) -> Any:
        return self.host.record(batch.forgetting_rollback(self.run))

    def await_stage(self, stage: str) -> Any:
        """Look until the host is at a stage; what it says then."""
        end = time.monotonic() + SOON
        while (said := self.look())["found"] != stage:
            assert time.monotonic() < end, said
        return said


def left(host: EngineHost) -> list[str]:
    """The files and tasks of rollbacks."""
    return host.run(
        f"if (Test-Path {FOLDER}) {{ Get-ChildItem {FOLDER} -Name }}\n"
        "Get-ScheduledTask -TaskPath '\\aovpn-remediate\\' | ForEach-Object TaskName"
    )


def change(host: EngineHost) -> None:
    host.run(f"[Microsoft.Win32.Registry]::SetValue('{LONG}', 'value', 'changed')")


def now(host: EngineHost) -> Any:
    return host.answer(value())
