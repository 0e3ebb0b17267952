"""TCP connections with real sockets: open, refused, unanswered, and names that do not resolve."""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.resources.tcp_reach import TcpReach
from tests.powershell.host import EngineHost

_KEY = (
    r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Internet Settings"
    r"\Connections"
)
_PROXY = "proxy.example:8080"
_SETTING = bytes([0x18, *[0] * 7, 3, 0, 0, 0, len(_PROXY), 0, 0, 0]) + _PROXY.encode()


@pytest.fixture
def port() -> Iterator[int]:
    """A port of 127.0.0.1 that is open."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def read(host: EngineHost, port: int, *names: str, seconds: int = 5, arrange: str = "") -> Any:
    resource = TcpReach(names=names, port=port, seconds=seconds)
    return host.read(resource.function, resource.target(), arrange=arrange)


def test_an_open_port_is_reached(windows: EngineHost, port: int) -> None:
    said = read(windows, port, "127.0.0.1", "localhost")
    first, second = said["names"]
    assert first == {
        "name": "127.0.0.1",
        "error": None,
        "tried": [{"address": "127.0.0.1", "result": "open"}],
    }
    assert "open" in [one["result"] for one in second["tried"]]
    assert said["proxy"] is None
    resource = TcpReach(names=("127.0.0.1", "localhost"), port=port)
    assert resource.show(resource.normalise(said)) == "open"


def test_each_name_is_told_for_itself(windows: EngineHost, port: int) -> None:
    said = read(windows, port, "127.0.0.1", "127.0.0.2", "name.invalid")
    results = [[one["result"] for one in each["tried"]] for each in said["names"]]
    assert results == [["open"], ["ConnectionRefused"], []]
    assert [each["error"] is None for each in said["names"]] == [True, True, False]


_SLOW = """
function Get-AovpnConnection { param([hashtable] $One)
    if ($One.address -eq '127.0.0.1') { 'open' } else { 'timeout' }
}
"""


def test_all_are_tried_at_once_and_the_wait_ends(windows: EngineHost, port: int) -> None:
    began = time.monotonic()
    names = [f"127.0.1.{n}" for n in range(1, 10)]
    said = read(windows, port, *names, "127.0.0.1", seconds=1, arrange=_SLOW)
    assert 1 <= time.monotonic() - began < 30
    assert [each["tried"][0]["result"] for each in said["names"]] == ["timeout"] * 9 + ["open"]


_LOOKUP = """
function Test-AovpnDecided { param([hashtable] $Asked, [int] $Port)
    $Asked.lookup = $never.Task
    $false
}
$never = New-Object 'System.Threading.Tasks.TaskCompletionSource[System.Net.IPAddress[]]'
"""


def test_a_dns_server_that_does_not_answer(windows: EngineHost) -> None:
    [said] = read(windows, 443, "127.0.0.1", seconds=1, arrange=_LOOKUP)["names"]
    assert said == {"name": "127.0.0.1", "error": "timeout", "tried": []}


_MANY = """
$many = New-Object 'System.Threading.Tasks.TaskCompletionSource[System.Net.IPAddress[]]'
$many.SetResult([System.Net.IPAddress[]] @(1..20 | ForEach-Object { "127.0.2.$_" }))
$original = ${function:Test-AovpnDecided}
function Test-AovpnDecided { param([hashtable] $Asked, [int] $Port)
    if ($null -eq $Asked.tries) { $Asked.lookup = $many.Task }
    & $original -Asked $Asked -Port $Port
}
"""


def test_no_more_than_eight_addresses_are_tried(windows: EngineHost, port: int) -> None:
    [said] = read(windows, port, "127.0.0.1", arrange=_MANY)["names"]
    assert [one["address"] for one in said["tried"]] == [f"127.0.2.{n}" for n in range(1, 9)]
    assert {one["result"] for one in said["tried"]} == {"ConnectionRefused"}


_NO_SOCKETS = """
function New-Object { [CmdletBinding()] param($TypeName, $ArgumentList)
    throw [System.Net.Sockets.SocketException]::new(10047)
}
"""


def test_a_host_without_a_protocol_says_so(windows: EngineHost, port: int) -> None:
    [said] = read(windows, port, "127.0.0.1", arrange=_NO_SOCKETS)["names"]
    assert [one["result"] for one in said["tried"]] == ["AddressFamilyNotSupported"]


def test_an_error_that_is_no_sockets_is_told_in_its_own_words(windows: EngineHost) -> None:
    script = "Get-AovpnSocketError -Fault ([Exception]::new('outer', [Exception]::new('inner')))"
    assert windows.run(script) == ["inner"]


def test_the_proxy_of_services_is_told(windows: EngineHost, port: int) -> None:
    raw = ", ".join(map(str, _SETTING))
    windows.run(
        f"if (-not (Test-Path '{_KEY}')) {{ $null = New-Item '{_KEY}' -Force }}\n"
        f"$null = New-ItemProperty '{_KEY}' WinHttpSettings -Value ([byte[]] @({raw})) -Force"
    )
    try:
        said = read(windows, port, "127.0.0.2")
    finally:
        windows.run(f"Remove-ItemProperty '{_KEY}' WinHttpSettings")
    assert base64.b64decode(said["proxy"]) == _SETTING
    state = TcpReach(names=("127.0.0.2",), port=port).normalise(said)
    assert state == {
        "127.0.0.2": f"unknown, as there is the proxy {_PROXY}; without it: refused (127.0.0.2)"
    }


def test_what_has_not_ended_yet_is_not_decided(linux: EngineHost) -> None:
    """However quick the network is."""
    waiting = "[pscustomobject] @{ IsCompleted = $false; IsFaulted = $false }"
    so_far = f"Get-AovpnConnection -One @{{ error = $null; task = {waiting} }}"
    assert linux.run(so_far) == ["timeout"]
    decided = f"Test-AovpnDecided -Asked @{{ lookup = {waiting}; tries = $null }} -Port 443"
    assert linux.run(f"[string] ({decided})") == ["False"]
