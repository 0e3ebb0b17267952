"""The services whose programs lie in a folder that a value of a real registry names."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import Services
from tests.powershell.build import ENGINE
from tests.powershell.host import EngineHost

_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\AovpnBelow"
_VALUE = f"{_KEY}\\It's [1] \u2019Folder"
_FOLDER = "Z:" + str(ENGINE / "services").replace("/", "\\")


@pytest.fixture(autouse=True)
def _forget(windows: EngineHost) -> Iterator[None]:
    yield
    windows.run(f"Remove-Item 'Registry::{_KEY}' -Recurse -ErrorAction Ignore")


def facts(windows: EngineHost, folder: object, *services: str, kind: str = "String") -> Any:
    """The facts with this folder and these services asked for."""
    name = literal(_VALUE.rpartition("\\")[2])
    data = literal(folder)
    arrange = (
        f"$null = New-Item 'Registry::{_KEY}' -Force\n"
        f"$null = New-ItemProperty 'Registry::{_KEY}' -Name {name} -PropertyType {kind} "
        f"-Value {data}\n"
    )
    call = f"Get-AovpnFacts -Services {literal([_VALUE, *services])}"
    return windows.record(f"{arrange if folder is not None else ''}{call}")["facts"]


@pytest.mark.parametrize(
    "folder", [_FOLDER, _FOLDER.upper(), f'"{_FOLDER}"', f"{_FOLDER}\\"], ids=str
)
def test_each_service_in_the_folder_is_named(
    windows: EngineHost, services: Services, folder: str
) -> None:
    one, other = services.make(), services.make("--anything")
    services.start(one)
    found = facts(windows, folder, "EventLog", one)
    names = found["below"][_VALUE]["value"]
    assert {one, other} <= {*names}
    assert {name for name in names if name.startswith("Aovpn")} == {one, other}
    states = {name: found["services"][name]["value"]["state"] for name in (one, other)}
    assert states == {one: "Running", other: "Stopped"}
    assert "EventLog" in found["services"]
    assert _VALUE not in found["services"]


def test_a_folder_without_services_has_none(windows: EngineHost) -> None:
    found = facts(windows, _FOLDER[:-1])
    assert found["below"] == {_VALUE: {"value": []}}
    assert found["services"] == {}


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        *((folder, "String") for folder in ("", "C:", "C:\\", "C:\\windows", "\\\\x\\y\\z", "*")),
        (["C:\\a\\b", "C:\\c\\d"], "MultiString"),
        (7, "DWord"),
        (None, ""),
    ],
    ids=str,
)
def test_what_names_no_folder_is_told(windows: EngineHost, folder: object, kind: str) -> None:
    found = facts(windows, folder, kind=kind)
    assert found["below"] == {_VALUE: {"reason": f"{_VALUE} names no folder of a program."}}
    assert found["services"] == {}


def test_many_services_are_no_program(windows: EngineHost) -> None:
    rows = (
        "function Get-CimInstance { [CmdletBinding()] param($ClassName, $Filter, $Property) "
        "$path = 'C:\\a\\b\\c.exe'\n"
        '1..21 | ForEach-Object { [pscustomobject] @{ Name = "s$_"; PathName = $path } } }'
    )
    call = f"Get-AovpnFact {{ Get-AovpnServicesBelow -Value {literal(_VALUE)} }} -List"
    registry = "function Get-AovpnRegistryData { [CmdletBinding()] param($Key, $Name) 'C:\\a\\b' }"
    found = windows.record(f"{rows}\n{registry}\nConvertTo-AovpnText ({call})")
    assert found == {"reason": f"21 services lie in the folder of {_VALUE}: that is no program."}


def test_facts_without_a_folder_are_as_they_were(windows: EngineHost) -> None:
    found = windows.record("Get-AovpnFacts -Services @('EventLog')")["facts"]
    assert "below" not in found
    assert list(found["services"]) == ["EventLog"]
