"""Routes of a VPN connection, and whose the connection is: the cmdlets of VpnClient stand in."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import failing, state
from tests.powershell.host import EngineHost, read_step

_KIND = "AovpnVpnConnectionRoute"
_MICROSOFT = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft"
_ENROLLED = rf"{_MICROSOFT}\Enrollments\AovpnTest"
_TRACKED = rf"{_MICROSOFT}\EnterpriseResourceManager\Tracked\AovpnTest"
_ALL = {"Name": "Always On VPN", "AllUsers": True}
_OWN = {"Name": "Always On VPN", "AllUsers": False}
_WRONG = [("10.0.0.0/8", 1), ("172.21.12.0/21", 7)]
_RIGHT = [("10.0.0.0/8", 1), ("172.21.8.0/21", 7)]

Routes = list[tuple[str, int]]


@pytest.fixture(autouse=True)
def _client(stand_ins: EngineHost) -> Iterator[None]:
    yield
    stand_ins.run(f"Remove-Item '{_ENROLLED}*', '{_TRACKED}' -Recurse -ErrorAction Ignore")


def connection(
    routes: Routes = _WRONG, *, name: str = "Always On VPN", all_users: bool = True
) -> dict[str, Any]:
    """A connection as the stand-in keeps it."""
    return {
        "Name": name,
        "AllUserConnection": all_users,
        "SplitTunneling": True,
        "Routes": [
            {"DestinationPrefix": prefix, "RouteMetric": metric} for prefix, metric in routes
        ],
    }


def desired(routes: Routes) -> Mapping[str, Any]:
    return {"routes": [{"prefix": prefix, "metric": metric} for prefix, metric in routes]}


def routes_of(answer: Any) -> Routes:
    return [(route["prefix"], route["metric"]) for route in answer["routes"]]


def refusal(host: EngineHost, target: Mapping[str, Any], arrange: str = "") -> str:
    record = host.record(f"{arrange}\n{read_step(_KIND, target)}")
    assert not record["ok"], record
    return str(record["error"]["message"])


# Reading


def test_the_routes_of_a_connection_are_told(windows: EngineHost) -> None:
    found = windows.read(_KIND, _ALL, arrange=state("VpnClient", Connections=[connection()]))
    assert found == {
        "name": "Always On VPN",
        "mdm": {"providers": [], "profiles": []},
        "split_tunneling": True,
        "routes": [
            {"prefix": "10.0.0.0/8", "metric": 1},
            {"prefix": "172.21.12.0/21", "metric": 7},
        ],
    }


@pytest.mark.parametrize("routes", [[], [("10.0.0.0/8", 1)]], ids=len)
def test_no_route_and_one_are_lists(windows: EngineHost, routes: Routes) -> None:
    arrange = state("VpnClient", Connections=[connection(routes)])
    assert routes_of(windows.read(_KIND, _ALL, arrange=arrange)) == routes


def test_a_metric_that_is_not_told_is_none(windows: EngineHost) -> None:
    arrange = (
        "function Get-VpnConnection { [CmdletBinding()] param([switch] $AllUserConnection)\n"
        "[pscustomobject] @{ Name = 'Always On VPN'; SplitTunneling = $true; Routes = @($null, "
        "[pscustomobject] @{ DestinationPrefix = '10.0.0.0/8'; RouteMetric = $null }) } }"
    )
    found = windows.read(_KIND, _ALL, arrange=arrange)
    assert found["routes"] == [{"prefix": "10.0.0.0/8", "metric": None}]


@pytest.mark.parametrize(
    "name", ["it's \u2018so\u2019", "[a]*?", "$(throw 1) `n", "\u0130i", "x" * 200], ids=ascii
)
def test_any_name_is_found_in_any_case(windows: EngineHost, name: str) -> None:
    others = [connection([], name="a"), connection(name=name), connection([], name=f"{name}2")]
    target = {"Name": name.swapcase() if name.isascii() else name, "AllUsers": True}
    found = windows.read(_KIND, target, arrange=state("VpnClient", Connections=others))
    assert (found["name"], routes_of(found)) == (name, _WRONG)


def test_a_connection_of_all_users_that_is_not_there_is_absent(windows: EngineHost) -> None:
    assert windows.read(_KIND, _ALL) is None
    own = state("VpnClient", Connections=[connection(all_users=False)])
    assert windows.read(_KIND, _ALL, arrange=own) is None


def test_a_connection_of_another_user_is_never_absent(windows: EngineHost) -> None:
    """Windows shows one to the user alone whose it is."""
    for_all = state("VpnClient", Connections=[connection()])
    said = refusal(windows, _OWN, f"{for_all}\n$env:USERDOMAIN = 'CORP'; $env:USERNAME = 'adm'")
    assert said == (
        "CORP\\adm, who asks, has no VPN connection Always On VPN, and one that another user has "
        "cannot be read: a connection is shown to the user alone whose it is, unless it is of all "
        "users."
    )


def test_an_own_connection_is_told(windows: EngineHost) -> None:
    both = [connection([]), connection(all_users=False)]
    found = windows.read(_KIND, _OWN, arrange=state("VpnClient", Connections=both))
    assert routes_of(found) == _WRONG


def test_connections_that_cannot_be_told_are_not_absent(windows: EngineHost) -> None:
    fails = failing("Get-VpnConnection", "AllUserConnection")
    assert refusal(windows, _ALL, fails) == "Windows does not tell its VPN connections: denied"


_LINES = 'throw "denied`r`n  twice."'


def test_a_reason_of_several_lines_becomes_one(windows: EngineHost) -> None:
    fails = (
        "function Get-VpnConnection { [CmdletBinding()] param([switch] $AllUserConnection) "
        f"{_LINES} }}"
    )
    said = refusal(windows, _ALL, fails)
    assert said == "Windows does not tell its VPN connections: denied twice."
    windows.run(state("VpnClient", Connections=[connection()]))
    fails = (
        "function Remove-VpnConnectionRoute { [CmdletBinding(SupportsShouldProcess)] param("
        f"$ConnectionName, $DestinationPrefix, [switch] $AllUserConnection) {_LINES} }}"
    )
    done = windows.set(_KIND, _ALL, desired(_RIGHT), arrange=fails)
    assert done["error"]["message"] == "denied twice. The routes are as before."


def test_a_host_without_the_cmdlets_says_so(windows: EngineHost) -> None:
    none = "function Get-Command { [CmdletBinding()] param($Name, $CommandType) }"
    assert refusal(windows, _ALL, none).startswith("The VpnClient cmdlets are not installed")


# Whose it is


def test_who_manages_the_client_and_what_is_tracked_is_told(windows: EngineHost) -> None:
    keys = {
        rf"{_ENROLLED}1": {"ProviderID": "MS DM Server"},
        rf"{_ENROLLED}2": {"ProviderID": ""},
        rf"{_ENROLLED}3": {"Other": "x"},
        rf"{_ENROLLED}4": {"ProviderID": "MS DM Server"},
        rf"{_TRACKED}\device\default": {
            "1": "./Device/Vendor/MSFT/VPNv2/Always%20On%20VPN/ProfileXML",
            "2": "./Device/Vendor/MSFT/Policy/Config/Update",
            "./User/Vendor/MSFT/VPNv2/User": "3",
        },
        rf"{_TRACKED}\device\empty": {},
    }
    lines = [state("VpnClient", Connections=[connection()])]
    for key, values in keys.items():
        lines.append(f"$null = New-Item '{key}' -Force")
        lines += [
            f"$null = New-ItemProperty '{key}' {literal(name)} -Value {literal(value)}"
            for name, value in values.items()
        ]
    found = windows.read(_KIND, _ALL, arrange="\n".join(lines))["mdm"]
    assert found["providers"] == ["MS DM Server"]
    assert sorted(found["profiles"]) == ["Always%20On%20VPN", "User"]


def test_traces_that_cannot_be_read_are_not_none(windows: EngineHost) -> None:
    arrange = (
        f"{state('VpnClient', Connections=[connection()])}\n$null = New-Item '{_TRACKED}' -Force\n"
        + failing("Get-ChildItem", "LiteralPath", "Recurse")
    )
    assert windows.read(_KIND, _ALL, arrange=arrange)["mdm"] is None


# Setting


@pytest.mark.parametrize("target", [_ALL, _OWN], ids=["all", "own"])
def test_routes_are_set_and_set_back(windows: EngineHost, target: Mapping[str, Any]) -> None:
    both = [
        connection(all_users=target["AllUsers"]),
        connection([], all_users=not target["AllUsers"]),
    ]
    windows.run(state("VpnClient", Connections=both))
    for routes in (_RIGHT, _WRONG):
        done = windows.set(_KIND, target, desired(routes))
        assert done["ok"], done
        assert routes_of(json.loads(done["after"])) == routes
    other = {**target, "AllUsers": not target["AllUsers"]}
    assert routes_of(windows.read(_KIND, other)) == []


def test_another_metric_is_set(windows: EngineHost) -> None:
    windows.run(state("VpnClient", Connections=[connection()]))
    done = windows.set(_KIND, _ALL, desired([("10.0.0.0/8", 5), ("172.21.8.0/21", 7)]))
    assert sorted(routes_of(json.loads(done["after"]))) == [("10.0.0.0/8", 5), ("172.21.8.0/21", 7)]


def test_routes_that_stay_are_not_touched(windows: EngineHost) -> None:
    notes = (
        "function Remove-VpnConnectionRoute { [CmdletBinding(SupportsShouldProcess)] param("
        "$ConnectionName, $DestinationPrefix, [switch] $AllUserConnection) "
        '$script:Told += "- $ConnectionName $DestinationPrefix $AllUserConnection '
        '$($PSBoundParameters.Confirm)" }\n'
        "function Add-VpnConnectionRoute { [CmdletBinding(SupportsShouldProcess)] param("
        "$ConnectionName, $DestinationPrefix, $RouteMetric, [switch] $AllUserConnection) "
        '$script:Told += "+ $ConnectionName $DestinationPrefix $RouteMetric $AllUserConnection '
        '$($PSBoundParameters.Confirm)" }'
    )
    wanted = {"routes": [*desired(_RIGHT)["routes"], {"prefix": "10.9.0.0/16", "metric": None}]}
    call = (
        "$null = Set-AovpnVpnConnectionRoute -Name 'ALWAYS on vpn' -AllUsers $true "
        f"-Desired {literal(wanted)}"
    )
    windows.run(state("VpnClient", Connections=[connection()]))
    said = windows.run(f"$script:Told = @()\n{notes}\n{call}\n$script:Told")
    assert said == [
        "- Always On VPN 172.21.12.0/21 True False",
        "+ Always On VPN 172.21.8.0/21 7 True False",
        "+ Always On VPN 10.9.0.0/16  True False",
    ]


def test_routes_before_are_put_back_where_one_cannot_be_added(windows: EngineHost) -> None:
    windows.run(state("VpnClient", Connections=[connection()]))
    fails = (
        "function Add-VpnConnectionRoute { [CmdletBinding(SupportsShouldProcess)] param("
        "$ConnectionName, $DestinationPrefix, $RouteMetric, [switch] $AllUserConnection)\n"
        "if ($DestinationPrefix -eq '172.21.8.0/21') { throw 'denied.' }\n"
        "VpnClient\\Add-VpnConnectionRoute @PSBoundParameters }"
    )
    done = windows.set(_KIND, _ALL, desired([*_RIGHT, ("10.9.0.0/16", 1)]), arrange=fails)
    assert done["error"]["message"] == "denied. The routes are as before."
    assert routes_of(windows.read(_KIND, _ALL)) == _WRONG


def test_routes_that_cannot_be_put_back_are_told(windows: EngineHost) -> None:
    windows.run(state("VpnClient", Connections=[connection()]))
    fails = failing(
        "Add-VpnConnectionRoute",
        "ConnectionName",
        "DestinationPrefix",
        "RouteMetric",
        "AllUserConnection",
    )
    done = windows.set(_KIND, _ALL, desired(_RIGHT), arrange=fails)
    assert done["error"]["message"] == (
        "denied. The routes before could not be put back: see what is there now."
    )
    assert routes_of(windows.read(_KIND, _ALL)) == [("10.0.0.0/8", 1)]


def test_a_route_that_cannot_be_taken_away_ends_it(windows: EngineHost) -> None:
    windows.run(state("VpnClient", Connections=[connection()]))
    fails = failing(
        "Remove-VpnConnectionRoute", "ConnectionName", "DestinationPrefix", "AllUserConnection"
    )
    done = windows.set(_KIND, _ALL, desired(_RIGHT), arrange=fails)
    assert done["error"]["message"] == "denied. The routes are as before."
    assert routes_of(windows.read(_KIND, _ALL)) == _WRONG


def test_a_connection_that_has_gone_is_not_made(windows: EngineHost) -> None:
    call = (
        f"Set-AovpnVpnConnectionRoute -Name x -AllUsers $true -Desired {literal(desired(_RIGHT))}"
    )
    said = windows.run(f"try {{ {call} }} catch {{ $_.Exception.Message }}")
    assert said == ["There is no VPN connection x of all users any more."]
