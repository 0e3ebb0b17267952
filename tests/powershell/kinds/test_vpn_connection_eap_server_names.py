"""EAP settings of a VPN connection, written and kept whole: the cmdlets of VpnClient stand in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import failing, state
from tests.powershell.host import EngineHost

_KIND = "AovpnVpnConnectionEapServerNames"
_NT = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_ALL = {"Name": "Always On VPN", "AllUsers": True}
_OWN = {"Name": "Always On VPN", "AllUsers": False}


@pytest.fixture(autouse=True)
def _client(stand_ins: EngineHost) -> Iterator[None]:
    stand_ins.run(f"Set-ItemProperty '{_NT}' CurrentBuildNumber '22000'")
    yield
    stand_ins.run(f"Set-ItemProperty '{_NT}' CurrentBuildNumber '20348'")


def eap(names: str) -> str:
    servers = f"<ServerValidation><ServerNames>{names}</ServerNames></ServerValidation>"
    inner = f'<Eap xmlns="urn:b"><Type>13</Type><EapType xmlns="urn:t">{servers}</EapType></Eap>'
    return (
        '<EapHostConfig xmlns="urn:h"><Config><Eap xmlns="urn:b"><Type>25</Type>'
        f'<EapType xmlns="urn:p">{servers}{inner}</EapType></Eap></Config></EapHostConfig>'
    )


def connection(names: str | None, *, all_users: bool = True) -> dict[str, Any]:
    """A connection as the stand-in keeps it."""
    settings = {"DnsSuffix": "corp.example", "SplitTunneling": True, "TunnelType": "Ikev2"}
    whole = {"Name": "Always On VPN", "AllUserConnection": all_users, **settings}
    return whole if names is None else {**whole, "Eap": eap(names)}


def arrange(host: EngineHost, *connections: Mapping[str, Any]) -> None:
    host.run(state("VpnClient", Connections=list(connections)))


def test_the_whole_configuration_and_the_build_are_told(windows: EngineHost) -> None:
    arrange(windows, connection("nps"))
    assert windows.read(_KIND, {**_ALL, "Name": "ALWAYS on vpn"}) == {
        "name": "Always On VPN",
        "mdm": {"providers": [], "profiles": []},
        "build": 22000,
        "eap": eap("nps"),
    }


def test_a_connection_without_eap_has_none(windows: EngineHost) -> None:
    arrange(windows, connection(None))
    assert windows.read(_KIND, _ALL)["eap"] is None
    empty = (
        "function Get-VpnConnection { [CmdletBinding()] param([switch] $AllUserConnection)\n"
        "[pscustomobject] @{ Name = 'Always On VPN'; EapConfigXmlStream = "
        "(New-Object Xml.XmlDocument) } }"
    )
    assert windows.read(_KIND, _ALL, arrange=empty)["eap"] is None


def test_a_connection_that_is_not_there_is_absent(windows: EngineHost) -> None:
    assert windows.read(_KIND, _ALL) is None


@pytest.mark.parametrize("target", [_ALL, _OWN], ids=["all", "own"])
def test_it_is_set_and_set_back_and_nothing_else(
    windows: EngineHost, target: Mapping[str, Any]
) -> None:
    mine = target["AllUsers"]
    arrange(windows, connection("NPS", all_users=mine), connection("Other", all_users=not mine))
    scope = " -AllUserConnection" if mine else ""
    rest = (
        f"Get-VpnConnection{scope} | Select-Object * -ExcludeProperty EapConfigXmlStream | "
        "ConvertTo-Json -Compress"
    )
    before = windows.run(rest)
    for names in ("nps; it's \u2018so\u2019 &amp; $(x)", "NPS"):
        done = windows.set(_KIND, target, {"eap": eap(names)})
        assert done["ok"], done
        assert json.loads(done["after"])["eap"] == eap(names)
        assert windows.run(rest) == before
    assert windows.read(_KIND, {**target, "AllUsers": not mine})["eap"] == eap("Other")


def test_a_refusal_is_told(windows: EngineHost) -> None:
    arrange(windows, connection("NPS"))
    fails = failing("Set-VpnConnection", "Name", "EapConfigXmlStream", "AllUserConnection")
    done = windows.set(_KIND, _ALL, {"eap": eap("nps")}, arrange=fails)
    assert done["error"]["message"] == "denied"
    assert windows.read(_KIND, _ALL)["eap"] == eap("NPS")


@pytest.mark.parametrize("value", [None, ""])
def test_a_configuration_is_never_taken_away(windows: EngineHost, value: str | None) -> None:
    arrange(windows, connection("NPS"))
    done = windows.set(_KIND, _ALL, {"eap": value})
    assert done["error"]["message"] == "An EAP configuration is never taken away."
    assert windows.read(_KIND, _ALL)["eap"] == eap("NPS")


def test_a_connection_that_has_gone_is_not_made(windows: EngineHost) -> None:
    call = f"Set-{_KIND} -Name x -AllUsers $true -Desired {literal({'eap': eap('a')})}"
    said = windows.run(f"try {{ {call} }} catch {{ $_.Exception.Message }}")
    assert said == ["There is no VPN connection x of all users any more."]
