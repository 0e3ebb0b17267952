"""Calls to the simulated hosts of the tests."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.lab.backend import HostGone
from tests.lab.windows.batches import Bench, call, joined

RRAS = {"RasMan": {}, "RemoteAccess": {}, "IAS": {"alone": False}}
ANSWERS = joined(call("Get-AovpnFacts", Services=[]))


def facts(bench: Bench, *services: str) -> dict[str, Any]:
    (record,) = bench.run(call("Get-AovpnFacts", Services=list(services)))
    found: dict[str, Any] = record["facts"]
    return found


def restart(name: str) -> str:
    return call("Invoke-AovpnRestart", Service=name, Seconds=60)


def reboot(bench: Bench) -> None:
    with pytest.raises(HostGone):
        bench.run("Invoke-AovpnReboot\n")
    bench.session = {}
