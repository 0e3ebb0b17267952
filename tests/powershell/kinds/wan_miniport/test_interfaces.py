"""Interfaces that may dial through a miniport; the cmdlets of RemoteAccess stand in."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import failing, state
from tests.powershell.host import EngineHost

from .server import INTERFACES, KIND, SSTP, refusal


def interface(number: int, name: str, kind: int) -> str:
    path = f"{INTERFACES}\\{number}"
    return (
        f"$null = New-Item '{path}' -Force\n"
        f"$null = New-ItemProperty '{path}' InterfaceName -Value {literal(name)}\n"
        f"$null = New-ItemProperty '{path}' Type -Value {kind}"
    )


def site(name: str, protocol: str | None) -> dict[str, Any]:
    """A site-to-site interface as Get-VpnS2SInterface shows it."""
    return {
        "Name": name,
        "Protocol": protocol,
        "Destination": ["203.0.113.9"],
        "AdminStatus": True,
        "ConnectionState": "Disconnected",
        "IPv4Subnet": ["10.9.0.0/24:100"],
    }


def test_interfaces_that_may_dial_through_it_are_told(windows: EngineHost) -> None:
    sites = [site("S1", "Sstp"), site("S2", "IKEv2"), site("S3", None), site("S4", "Automatic")]
    arrange = "\n".join(
        [
            state("RemoteAccess", VpnS2SStatus="Installed", S2SInterfaces=sites),
            interface(1, "S2", 2),
            interface(2, "Branch \u2019x\u2018 $(y) *", 2),
            interface(3, "Home", 1),
            interface(4, "Modem", 7),
            interface(5, "Ethernet", 3),
            interface(6, "Internal", 4),
            interface(7, "S1", 2),
        ]
    )
    dialled = ["Branch \u2019x\u2018 $(y) *", "Home", "Modem"]
    found = windows.read(KIND, SSTP, arrange=arrange)["interfaces"]
    assert found == ["S1", "S3", "S4", *dialled]
    found = windows.read(KIND, {"Device": "ikev2"})["interfaces"]
    assert found == ["S2", "S3", "S4", *dialled]


def test_site_to_site_that_is_not_configured_is_not_asked(windows: EngineHost) -> None:
    asked = "function Get-VpnS2SInterface { throw 'asked' }"
    arrange = state("RemoteAccess", VpnS2SStatus="Uninstalled", S2SInterfaces=[site("S1", "Sstp")])
    assert windows.read(KIND, SSTP, arrange=f"{arrange}\n{asked}")["interfaces"] == []


@pytest.mark.parametrize("cmdlet", ["Get-VpnS2SInterface", "Get-RemoteAccess"])
def test_interfaces_that_cannot_be_told_are_no_interfaces(windows: EngineHost, cmdlet: str) -> None:
    arrange = state("RemoteAccess", VpnS2SStatus="Installed")
    answer = "[pscustomobject] @{ VpnS2SStatus = 'Installed' }"
    said = refusal(windows, f"{arrange}\n{failing(cmdlet, answer=answer)}")
    assert said == "RRAS does not tell its site-to-site interfaces: denied"


def test_a_host_without_the_cmdlets_says_which_feature_has_them(windows: EngineHost) -> None:
    said = refusal(windows, "function Get-Command { [CmdletBinding()] param($Name, $CommandType) }")
    assert said == (
        "The RemoteAccess cmdlets are not installed (Windows feature RSAT-RemoteAccess-PowerShell)."
    )
