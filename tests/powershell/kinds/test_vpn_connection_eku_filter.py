"""The purposes of machine certificates of a VPN connection: the cmdlets of VpnClient stand in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import failing, state
from tests.powershell.host import EngineHost

_KIND = "AovpnVpnConnectionEkuFilter"
_ALL = {"Name": "Device tunnel", "AllUsers": True}
_OWN = {"Name": "Device tunnel", "AllUsers": False}
_ONE, _TWO = "1.3.6.1.4.1.55555.1.1", "1.3.6.1.5.5.7.3.2"


@pytest.fixture(autouse=True)
def _client(stand_ins: EngineHost) -> None:
    del stand_ins


def arrange(host: EngineHost, **connections: list[str]) -> None:
    """Connections of one name: `all` is that of all users, `own` one of the account's."""
    host.run(
        state(
            "VpnClient",
            Connections=[
                {
                    "Name": "Device tunnel",
                    "AllUserConnection": whose == "all",
                    "MachineCertificateEKUFilter": oids,
                    "SplitTunneling": True,
                }
                for whose, oids in connections.items()
            ],
        )
    )


@pytest.mark.parametrize("oids", [[], [_ONE], [_TWO, _ONE]], ids=len)
def test_all_purposes_are_told_as_a_list(windows: EngineHost, oids: list[str]) -> None:
    arrange(windows, all=oids)
    assert windows.read(_KIND, {**_ALL, "Name": "DEVICE tunnel"}) == {
        "name": "Device tunnel",
        "mdm": {"providers": [], "profiles": []},
        "oids": oids,
    }


def test_a_connection_that_is_not_there_is_absent(windows: EngineHost) -> None:
    arrange(windows, own=[_ONE])
    assert windows.read(_KIND, _ALL) is None


@pytest.mark.parametrize("target", [_ALL, _OWN], ids=["all", "own"])
def test_they_are_set_and_set_back_and_nothing_else(
    windows: EngineHost, target: Mapping[str, Any]
) -> None:
    mine = "all" if target["AllUsers"] else "own"
    arrange(windows, all=[], own=[])
    scope = " -AllUserConnection" if mine == "all" else ""
    rest = (
        f"Get-VpnConnection{scope} | Select-Object * -ExcludeProperty MachineCertificateEKUFilter "
        "| ConvertTo-Json -Compress"
    )
    before = windows.run(rest)
    for oids in ([_ONE, _TWO], [_TWO], []):
        done = windows.set(_KIND, target, {"oids": oids})
        assert done["ok"], done
        assert json.loads(done["after"])["oids"] == oids
        assert windows.run(rest) == before
    windows.set(_KIND, target, {"oids": [_ONE]})
    assert windows.read(_KIND, {**target, "AllUsers": not target["AllUsers"]})["oids"] == []


def test_a_refusal_is_told(windows: EngineHost) -> None:
    arrange(windows, all=[_ONE])
    fails = failing("Set-VpnConnection", "Name", "MachineCertificateEKUFilter", "AllUserConnection")
    done = windows.set(_KIND, _ALL, {"oids": [_TWO]}, arrange=fails)
    assert done["error"]["message"] == "denied"
    assert windows.read(_KIND, _ALL)["oids"] == [_ONE]


def test_a_connection_that_has_gone_is_not_made(windows: EngineHost) -> None:
    call = f"Set-{_KIND} -Name x -AllUsers $true -Desired {literal({'oids': [_ONE]})}"
    said = windows.run(f"try {{ {call} }} catch {{ $_.Exception.Message }}")
    assert said == ["There is no VPN connection x of all users any more."]
