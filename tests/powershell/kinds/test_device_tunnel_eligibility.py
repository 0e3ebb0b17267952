"""The eligibility for a device tunnel, from a real registry and a stand-in of CIM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.powershell.arranged import store
from tests.powershell.host import EngineHost

pytestmark = pytest.mark.usefixtures("stand_ins")

_KIND = "AovpnDeviceTunnelEligibility"
_NT = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_TUNNEL = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RasMan\DeviceTunnel"
_EDITION = f"$null = New-ItemProperty '{_NT}' -Name EditionID -Force -Value "


@pytest.fixture(autouse=True)
def _edition(windows: EngineHost) -> Iterator[None]:
    yield
    windows.run(f"{_EDITION}ServerStandard")


def _computer(rows: Any) -> str:
    return store("Cim", "root/cimv2:Win32_ComputerSystem", json.dumps(rows))


def test_edition_build_and_domain_are_told(windows: EngineHost) -> None:
    joined = _computer([{"PartOfDomain": True, "Domain": "corp.example"}])
    found = windows.read(_KIND, {}, arrange=f"{_EDITION}Enterprise\n{joined}")
    assert found == {"edition": "Enterprise", "build": 20348, "joined": True, "tunnel": False}


def test_a_computer_of_a_workgroup_is_in_no_domain(windows: EngineHost) -> None:
    assert windows.read(_KIND, {})["joined"] is False


def test_a_device_tunnel_that_is_set_up_is_seen(windows: EngineHost) -> None:
    try:
        found = windows.read(_KIND, {}, arrange=f"$null = New-Item '{_TUNNEL}' -Force")
    finally:
        windows.run(f"Remove-Item '{_TUNNEL}' -Recurse")
    assert found["tunnel"] is True


def test_what_is_not_told_is_null(windows: EngineHost) -> None:
    """And nothing else is lost by it."""
    gone = f"Remove-ItemProperty '{_NT}' -Name EditionID"
    denied = _computer({"error": "Access denied "})
    found = windows.read(_KIND, {}, arrange=f"{gone}\n{denied}")
    assert found == {"edition": None, "build": 20348, "joined": None, "tunnel": False}
