"""How far Windows is patched, from a real registry and services; updates by a stand-in of CIM."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.powershell.arranged import Services, failing, store
from tests.powershell.host import EngineHost, read_step

_KIND = "AovpnSecurityFloors"
_HKLM = "Registry::HKEY_LOCAL_MACHINE"
_NT = rf"{_HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_UPDATE = rf"{_NT}\Update"
_PACKAGE = rf"{_UPDATE}\TargetingInfo\DynamicInstalled\Hotpatch.amd64"
_POLICY = rf"{_HKLM}\SOFTWARE\Microsoft\PolicyManager\current\device\Update"
_CONTROL = rf"{_HKLM}\SYSTEM\CurrentControlSet\Control"
_GUARD = rf"{_CONTROL}\DeviceGuard"
_MEMORY = rf"{_CONTROL}\Session Manager\Memory Management"
_OFF = {"package": False, "policy": False, "vbs": False, "table": False}
_LIST = "root/cimv2:Win32_QuickFixEngineering"


def value(key: str, name: str, data: object, kind: str = "DWord") -> str:
    """A script that sets a value, and makes its key."""
    return (
        f"if (-not (Test-Path '{key}')) {{ $null = New-Item '{key}' -Force }}\n"
        f"$null = New-ItemProperty '{key}' -Name '{name}' -PropertyType {kind} -Value {data} -Force"
    )


_ENROLLED = value(_PACKAGE, "Name", "'Hotpatch Enrollment Package'", "String")


@pytest.fixture(autouse=True)
def _forget(stand_ins: EngineHost) -> Iterator[None]:
    yield
    stand_ins.run(
        f"Remove-Item '{_UPDATE}', '{_HKLM}\\SOFTWARE\\Microsoft\\PolicyManager', '{_GUARD}' "
        "-Recurse -ErrorAction Ignore\n"
        f"Set-ItemProperty '{_CONTROL}\\ProductOptions' -Name ProductType -Value ServerNT\n"
        f"Remove-ItemProperty '{_MEMORY}' -Name HotPatchTableSize -ErrorAction Ignore\n"
        + value(_NT, "UBR", 3207)
    )


def read(windows: EngineHost, *arrange: str, services: tuple[str, ...] = ()) -> Any:
    """The answer after these scripts."""
    return windows.read(_KIND, {"Services": list(services)}, arrange="\n".join(arrange))


def updates(*names: Any) -> str:
    """The installed updates."""
    return store("Cim", _LIST, json.dumps([{"HotFixID": name} for name in names]))


def test_a_plain_server(windows: EngineHost) -> None:
    assert read(windows, updates("KB5087423")) == {
        "build": 20348,
        "ubr": 3207,
        "product": "ServerNT",
        "hotpatch": _OFF,
        "updates": None,
        "running": [],
    }


def test_no_ubr_is_told(windows: EngineHost) -> None:
    assert read(windows, f"Remove-ItemProperty '{_NT}' -Name UBR")["ubr"] is None


@pytest.mark.parametrize("product", ["LanmanNT", "WinNT"])
def test_the_type_of_the_product(windows: EngineHost, product: str) -> None:
    set_it = f"Set-ItemProperty '{_CONTROL}\\ProductOptions' -Name ProductType -Value {product}"
    assert read(windows, set_it)["product"] == product


@pytest.mark.parametrize(
    ("arrange", "true"),
    [
        (_ENROLLED, "package"),
        (value(_PACKAGE, "Name", "'hotpatch enrollment PACKAGE'", "String"), "package"),
        (value(_PACKAGE, "Name", "'Hotpatch Enrollment Package 2'", "String"), ""),
        (value(_PACKAGE, "Other", "'Hotpatch Enrollment Package'", "String"), ""),
        (value(_POLICY, "AllowRebootlessUpdates", 1), "policy"),
        (value(_POLICY, "AllowRebootlessUpdates", 0), ""),
        (value(_POLICY, "AllowRebootlessUpdates", "'1','2'", "MultiString"), ""),
        (value(_GUARD, "EnableVirtualizationBasedSecurity", 1), "vbs"),
        (value(_GUARD, "EnableVirtualizationBasedSecurity", 2), ""),
        (value(_MEMORY, "HotPatchTableSize", 4096), "table"),
        (value(_MEMORY, "HotPatchTableSize", 0), ""),
    ],
)
def test_what_there_is_of_hotpatching(windows: EngineHost, arrange: str, true: str) -> None:
    assert read(windows, arrange)["hotpatch"] == {name: name == true for name in _OFF}


@pytest.mark.parametrize("arrange", [_ENROLLED, value(_POLICY, "AllowRebootlessUpdates", 1)])
def test_updates_are_listed_where_they_decide(windows: EngineHost, arrange: str) -> None:
    names = ["KB5087423", "kb5082063", "File 1", "", None, "KB1; exit", "KB12345678901"]
    assert read(windows, arrange, updates(*names))["updates"] == ["KB5087423", "KB5082063"]
    assert read(windows, arrange, updates("KB5087423"))["updates"] == ["KB5087423"]
    assert read(windows, arrange, updates())["updates"] == []


def test_updates_that_cannot_be_listed_are_unknown(windows: EngineHost) -> None:
    denied = store("Cim", _LIST, json.dumps({"error": "Access denied "}))
    assert read(windows, _ENROLLED, denied)["updates"] is None


def test_services_that_run(windows: EngineHost, services: Services) -> None:
    runs, stopped = services.make(), services.make(shown="IKEEXT")
    services.start(runs)
    asked = (runs, stopped, "IKEEXT", "No'Such", "*")
    assert read(windows, services=asked)["running"] == [runs]


def test_services_that_cannot_be_asked_for_are_told(windows: EngineHost) -> None:
    denied = failing("Get-CimInstance", "ClassName", "Filter")
    call = read_step(_KIND, {"Services": ["IKEEXT"]})
    record = windows.record(f"{denied}\n{call}")
    assert record["error"]["message"] == "Whether IKEEXT runs cannot be read: denied"
