"""Roles and features, by a stand-in of ServerManager."""

from __future__ import annotations

from typing import Any

import pytest

from tests.powershell.arranged import failing, state
from tests.powershell.host import EngineHost, read_step

pytestmark = pytest.mark.usefixtures("stand_ins")

_KIND = "AovpnWindowsFeature"


def read(windows: EngineHost, name: str, **given: Any) -> Any:
    return windows.read(_KIND, {"Name": name}, arrange=state("ServerManager", **given))


def test_a_feature_is_installed_or_not(windows: EngineHost) -> None:
    installed = {"installed": True, "state": "Installed"}
    available = {"installed": False, "state": "Available"}
    assert read(windows, "NPAS", Installed=["NPAS"]) == installed
    assert read(windows, "npas", Installed=["NPAS"]) == installed
    assert read(windows, "Routing", Installed=["NPAS"]) == available


@pytest.mark.parametrize("name", ["NoSuchThing", "NP*", "NPAS ", "NP\u00adAS", "\u2019; exit"])
def test_a_name_that_no_feature_has_is_nothing(windows: EngineHost, name: str) -> None:
    assert read(windows, name, Installed=["NPAS"]) is None


def test_a_client_has_none(windows: EngineHost) -> None:
    gone = "function Get-Command { [CmdletBinding()] param($Name, $CommandType) }"
    record = windows.record(f"{gone}\n{read_step(_KIND, {'Name': 'NPAS'})}")
    assert record["error"]["message"] == (
        "There is no Get-WindowsFeature here: only Windows Server has roles and features, a client "
        "has none."
    )


def test_a_reader_is_told_what_it_needs(windows: EngineHost) -> None:
    denied = failing("Get-WindowsFeature")
    record = windows.record(f"{denied}\n{read_step(_KIND, {'Name': 'NPAS'})}")
    assert record["error"]["message"] == (
        "Windows does not tell its features, which needs an administrator: denied"
    )
