"""Restart, start and reboot: services that come back, refuse, die or are not there."""

from __future__ import annotations

from typing import Any

import pytest

from aovpn_remediate.errors import TransportError
from tests.powershell.arranged import Services
from tests.powershell.host import EngineHost


def restart(host: EngineHost, name: str, arrange: str = "") -> Any:
    return host.record(f"{arrange}\nInvoke-AovpnRestart -Service '{name}'")


def start(host: EngineHost, name: str, arrange: str = "") -> Any:
    return host.record(f"{arrange}\nInvoke-AovpnStart -Service '{name}'")


def test_a_service_that_runs_is_restarted_with_what_depends_on_it(
    windows: EngineHost, services: Services
) -> None:
    name = services.make()
    above = services.make(on=[name])
    services.start(above)
    before = services.process(name), services.process(above)
    said = restart(windows, name)
    assert said == {"restart": name, "ok": True, "was": "running", "now": "running"}
    after = services.process(name), services.process(above)
    assert all(after)
    assert not set(before) & set(after)


def test_a_service_that_is_stopped_stays_so(windows: EngineHost, services: Services) -> None:
    name = services.make()
    said = restart(windows, name)
    assert said == {"restart": name, "ok": True, "was": "stopped", "now": "stopped"}


def test_a_service_that_is_not_there_is_no_fault(windows: EngineHost) -> None:
    said = restart(windows, "AovpnNone")
    assert said == {"restart": "AovpnNone", "ok": True, "was": None, "now": None}


def test_a_service_that_refuses_to_stop_is_told(windows: EngineHost, services: Services) -> None:
    name = services.make("nostop")
    services.start(name)
    said = restart(windows, name)
    assert {**said, "error": said["error"]["id"]} == {
        "restart": name,
        "ok": False,
        "was": "running",
        "now": "running",
        "error": "CouldNotStopService",
    }


def test_a_service_that_does_not_come_back_is_told(
    windows: EngineHost, services: Services, tmp_path: Any
) -> None:
    token = tmp_path / "token"
    token.touch()
    name = services.make("once", "Z:" + str(token).replace("/", "\\"))
    services.start(name)
    said = restart(windows, name)
    assert {**said, "error": said["error"]["id"]} == {
        "restart": name,
        "ok": False,
        "was": "running",
        "now": "stopped",
        "error": "StartServiceFailed",
    }


def test_a_restart_that_says_nothing_and_does_nothing_is_told(
    windows: EngineHost, services: Services
) -> None:
    name = services.make()
    services.start(name)
    quiet = "function Restart-Service { param($Name, [switch] $Force) Stop-Service $Name }"
    said = restart(windows, name, quiet)
    assert (said["ok"], said["was"], said["now"]) == (False, "running", "stopped")
    assert said["error"]["id"] == "NotRunning"
    assert said["error"]["message"] == f"{name} was restarted, but now it is stopped."


def test_a_status_that_cannot_be_read_is_told(each_engine: EngineHost) -> None:
    broken = "function Get-Service { throw 'no manager' }"
    for verb, call in (("restart", restart), ("start", start)):
        said = call(each_engine, "x", broken)
        assert said["error"].pop("at")
        assert said == {
            verb: "x",
            "ok": False,
            "was": None,
            "now": None,
            "error": {"id": "RuntimeException", "message": "no manager"},
        }


def test_a_service_is_started(windows: EngineHost, services: Services) -> None:
    name = services.make()
    said = start(windows, name)
    assert said == {"start": name, "ok": True, "was": "stopped", "now": "running"}
    process = services.process(name)
    said = start(windows, name)
    assert said == {"start": name, "ok": True, "was": "running", "now": "running"}
    assert services.process(name) == process


def test_a_service_that_is_not_there_cannot_be_started(windows: EngineHost) -> None:
    said = start(windows, "AovpnNone")
    assert (said["ok"], said["was"], said["now"]) == (False, None, None)
    assert said["error"]["id"] == "NoService"
    assert said["error"]["message"] == "There is no service AovpnNone."


def test_a_service_that_dies_at_its_start_is_told(windows: EngineHost, services: Services) -> None:
    name = services.make("die")
    said = start(windows, name)
    assert (said["ok"], said["was"], said["now"]) == (False, "stopped", "stopped")
    assert said["error"]["id"] == "CouldNotStartService"


def test_a_start_that_says_nothing_and_does_nothing_is_told(
    windows: EngineHost, services: Services
) -> None:
    name = services.make()
    said = start(windows, name, "function Start-Service { param($Name) }")
    assert (said["ok"], said["now"]) == (False, "stopped")
    assert said["error"]["id"] == "NotRunning"
    assert said["error"]["message"] == f"{name} was started, but now it is stopped."


def test_a_slow_service_is_waited_for(windows: EngineHost, services: Services) -> None:
    name = services.make("slow")
    assert start(windows, name)["ok"]
    said = restart(windows, name)
    assert said == {"restart": name, "ok": True, "was": "running", "now": "running"}


@pytest.mark.xfail(
    raises=TransportError, strict=True, reason="a service that hangs takes the whole deadline"
)
def test_a_service_that_hangs_leaves_a_record(windows: EngineHost, services: Services) -> None:
    name = services.make("stophang")
    services.start(name)
    script = f"Invoke-AovpnRestart -Service '{name}'"
    [said] = windows.records(script, seconds=8)
    assert not said["ok"]


_COMPUTER = "function Restart-Computer { [CmdletBinding()] param([switch] $Force) "


def test_a_reboot_is_ordered_with_users_logged_on(each_engine: EngineHost) -> None:
    noted = f"{_COMPUTER} $global:Ordered = [bool] $Force }}"
    assert each_engine.records(f"{noted}\nInvoke-AovpnReboot\nConvertTo-Json $Ordered") == [
        {"restart": "reboot", "ok": True},
        True,
    ]


def test_a_reboot_that_is_refused_is_told(each_engine: EngineHost) -> None:
    said = each_engine.record(f"{_COMPUTER} Write-Error 'Not now.' }}\nInvoke-AovpnReboot")
    assert said["error"].pop("at")
    assert said == {
        "restart": "reboot",
        "ok": False,
        "error": {"id": "Microsoft.PowerShell.Commands.WriteErrorException", "message": "Not now."},
    }
