"""Restart, start and reboot: services that come back, refuse, die or are not there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.powershell.arranged import Services
from tests.powershell.host import EngineHost


def restart(host: EngineHost, name: str, arrange: str = "", seconds: int = 20) -> Any:
    call = f"Invoke-AovpnRestart -Service '{name}' -Seconds {seconds}"
    return host.record(f"{arrange}\n{call}")


def start(host: EngineHost, name: str, arrange: str = "", seconds: int = 20) -> Any:
    return host.record(f"{arrange}\nInvoke-AovpnStart -Service '{name}' -Seconds {seconds}")


def done(name: str, was: str | None = "running", now: str | None = "running") -> Any:
    return {"restart": name, "ok": True, "was": was, "now": now, "down": []}


def message(said: Any) -> str:
    return str(said["error"]["message"])


# Restarts that succeed


def test_a_service_that_runs_is_restarted_with_all_that_depend_on_it(
    windows: EngineHost, services: Services
) -> None:
    name = services.make()
    above = services.make(on=[name])
    idle = services.make(on=[name])
    top = services.make(on=[above, name])
    services.start(top)
    chain = (name, above, top)
    before = [services.process(one) for one in chain]
    assert restart(windows, name) == done(name)
    after = [services.process(one) for one in chain]
    assert all(after)
    assert not {*before} & {*after}
    assert services.status(idle) == "Stopped"


def test_a_service_that_is_stopped_stays_so(windows: EngineHost, services: Services) -> None:
    name = services.make()
    assert restart(windows, name) == done(name, "stopped", "stopped")


def test_a_service_that_is_not_there_is_no_fault(windows: EngineHost) -> None:
    assert restart(windows, "AovpnNone") == done("AovpnNone", None, None)


def test_a_paused_service_is_restarted_and_paused_again(
    windows: EngineHost, services: Services
) -> None:
    name = services.make("pausable")
    services.start(name)
    windows.run(f"Suspend-Service {name}")
    process = services.process(name)
    assert restart(windows, name) == done(name, "paused", "paused")
    assert services.process(name) not in (0, process)


def test_a_service_that_is_just_starting_is_waited_for_and_restarted(
    windows: EngineHost, services: Services
) -> None:
    name = services.make("slow")
    windows.run(f"& $env:SystemRoot\\System32\\sc.exe start {name}")
    assert services.status(name) == "StartPending"
    process = services.process(name)
    assert restart(windows, name) == done(name)
    assert services.process(name) not in (0, process)


def test_a_service_that_comes_up_at_the_second_try_takes_its_dependents_with_it(
    windows: EngineHost, services: Services, tmp_path: Path
) -> None:
    name = services.make("twice", "Z:" + str(tmp_path / "token").replace("/", "\\"))
    above = services.make(on=[name])
    (tmp_path / "token").touch()
    services.start(above)
    assert restart(windows, name) == done(name)
    assert (services.status(name), services.status(above)) == ("Running", "Running")


def test_no_wait_is_longer_than_the_service_needs(windows: EngineHost, services: Services) -> None:
    name = services.make()
    above = services.make(on=[name])
    services.start(above)
    # Half a minute in all, of the minute that each wait may take.
    patient = (
        "$global:Pauses = 0\nfunction Start-Sleep { param($Milliseconds)\n"
        "if (($global:Pauses += 1) -gt 120) { throw 'still waiting' }\n"
        "Microsoft.PowerShell.Utility\\Start-Sleep -Milliseconds $Milliseconds }"
    )
    assert restart(windows, name, patient, seconds=60) == done(name)
    windows.run(f"{patient}\nStop-AovpnService -Name {above} -Seconds 60")
    said = start(windows, above, patient, seconds=60)
    assert said == {"start": above, "ok": True, "was": "stopped", "now": "running"}


def test_a_service_that_says_for_a_while_that_it_runs_is_waited_for(
    windows: EngineHost, services: Services
) -> None:
    """One that was told to stop may still say so."""
    name = services.make()
    services.start(name)
    late = (
        "$global:Late = 3\n$script:Real = ${function:Get-AovpnServiceStatus}\n"
        "function Get-AovpnServiceStatus { param($Name) $now = & $script:Real -Name $Name\n"
        "if ($now -eq 'stopped' -and $global:Late -gt 0) { $global:Late--; 'running' } "
        "else { $now } }"
    )
    stop = f"Stop-AovpnService -Name {name} -Seconds 20"
    assert windows.run(f"{late}\n{stop}\n[string] $global:Late") == ["0"]
    assert services.status(name) == "Stopped"


# Restarts that fail


def test_where_a_service_refuses_to_stop_its_dependents_run_again(
    windows: EngineHost, services: Services
) -> None:
    name = services.make("nostop")
    above = services.make("pausable", on=[name])
    services.start(above)
    windows.run(f"Suspend-Service {above}")
    process = services.process(above)
    said = restart(windows, name)
    assert message(said).startswith(f"sc.exe stop {name} ended with 1052: [SC] ControlService")
    assert (said["ok"], said["was"], said["now"], said["down"]) == (False, "running", "running", [])
    assert services.status(above) == "Paused"
    assert services.process(above) not in (0, process)


def test_a_dependent_that_refuses_to_stop_is_named(windows: EngineHost, services: Services) -> None:
    name = services.make()
    above = services.make("nostop", on=[name])
    services.start(above)
    process = services.process(name)
    said = restart(windows, name)
    assert message(said).startswith(f"sc.exe stop {above} ended with 1052:")
    assert (said["ok"], said["now"], said["down"]) == (False, "running", [])
    assert services.process(name) == process


def test_a_service_that_does_not_come_back_is_told_with_all_that_is_down(
    windows: EngineHost, services: Services, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.touch()
    name = services.make("once", "Z:" + str(token).replace("/", "\\"))
    above = services.make(on=[name])
    services.start(above)
    said = restart(windows, name)
    assert message(said) == f"{name} was started, but has stopped again: it ended with 1066 (7)."
    assert (said["ok"], said["was"], said["now"]) == (False, "running", "stopped")
    assert said["down"] == [above, name]


def test_a_dependent_that_does_not_come_back_is_told(
    windows: EngineHost, services: Services, tmp_path: Path
) -> None:
    token = tmp_path / "token"
    token.touch()
    name = services.make()
    above = services.make("once", "Z:" + str(token).replace("/", "\\"), on=[name])
    services.start(above)
    said = restart(windows, name)
    assert message(said) == f"{above} was started, but has stopped again: it ended with 1066 (7)."
    assert (said["ok"], said["now"], said["down"]) == (False, "running", [above])


@pytest.mark.parametrize(("how", "state"), [("stophang", "stoppending"), ("ignore", "running")])
def test_a_service_that_hangs_leaves_a_record(
    windows: EngineHost, services: Services, how: str, state: str
) -> None:
    name = services.make(how)
    above = services.make(on=[name])
    services.start(above)
    said = restart(windows, name, seconds=1)
    shown = state.replace("pending", " pending")
    assert message(said) == f"{name} was told to stop, but after 1 s it is {shown}."
    assert (said["ok"], said["was"], said["now"]) == (False, "running", state)
    # What needs it cannot start while it stops.
    assert said["down"] == ([] if state == "running" else [above, name])


def test_a_service_that_hangs_at_its_start_is_left_alone(
    windows: EngineHost, services: Services
) -> None:
    name = services.make("starthang")
    windows.run(f"& $env:SystemRoot\\System32\\sc.exe start {name}")
    said = restart(windows, name, seconds=1)
    assert message(said) == f"{name} was not restarted: after 1 s it is still start pending."
    assert (said["ok"], said["was"], said["now"]) == (False, "startpending", "startpending")


def test_a_service_that_stops_by_itself_after_its_restart_is_told(windows: EngineHost) -> None:
    quiet = (
        "$global:States = 'running', 'stopped'\n"
        "function Wait-AovpnService { param($Name, $Seconds, $Until) 'running' }\n"
        "function Get-AovpnServiceStatus { param($Name) 'stopped' }\n"
        "function Restart-AovpnService { param($Name, $Seconds, $Between) "
        "@{ fault = $null; down = @() } }"
    )
    said = restart(windows, "x", quiet)
    assert (said["ok"], said["was"], said["now"]) == (False, "running", "stopped")
    assert said["error"]["id"] == "NotRunning"
    assert message(said) == "x was restarted, but now it is stopped."


def test_a_display_name_is_told(windows: EngineHost, services: Services) -> None:
    name = services.make(shown="Aovpn shown")
    services.start(name)
    process = services.process(name)
    for call in (restart, start):
        said = call(windows, "Aovpn shown")
        assert (said["ok"], said["now"]) == (False, None)
        assert message(said) == f"Aovpn shown is a display name: the service is called {name}."
    assert services.process(name) == process


def test_wildcards_are_no_names(windows: EngineHost) -> None:
    assert restart(windows, "AovpnTest*") == done("AovpnTest*", None, None)
    said = start(windows, "AovpnTest[0-9]")
    assert message(said) == "There is no service AovpnTest[0-9]."


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
            **({"down": []} if verb == "restart" else {}),
        }


# Starts


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
    assert message(said) == "There is no service AovpnNone."


def test_a_service_that_cannot_start_is_told_with_the_reason(
    windows: EngineHost, services: Services
) -> None:
    name = services.make(startup="Disabled")
    said = start(windows, name)
    assert (said["ok"], said["was"], said["now"]) == (False, "stopped", "stopped")
    assert message(said).startswith(f"sc.exe start {name} ended with 1058: [SC] StartService")
    windows.run(f"Set-ItemProperty HKLM:\\SYSTEM\\CurrentControlSet\\Services\\{name} Start 3")


def test_a_service_that_dies_at_its_start_is_told(windows: EngineHost, services: Services) -> None:
    name = services.make("die")
    said = start(windows, name)
    assert (said["ok"], said["was"], said["now"]) == (False, "stopped", "stopped")
    assert message(said)


def test_a_start_that_does_not_last_is_told(windows: EngineHost) -> None:
    quiet = (
        "function Get-AovpnServiceStatus { param($Name) 'stopped' }\n"
        "function Start-AovpnService { param($Name, $Seconds) }"
    )
    said = start(windows, "x", quiet)
    assert (said["ok"], said["now"]) == (False, "stopped")
    assert said["error"]["id"] == "NotRunning"
    assert message(said) == "x was started, but now it is stopped."


def test_a_slow_service_is_waited_for(windows: EngineHost, services: Services) -> None:
    name = services.make("slow")
    assert start(windows, name)["ok"]
    assert restart(windows, name) == done(name)


def test_a_start_that_hangs_leaves_a_record(windows: EngineHost, services: Services) -> None:
    name = services.make("starthang")
    said = start(windows, name, seconds=1)
    assert message(said) == f"{name} was told to start, but after 1 s it is start pending."
    assert (said["ok"], said["now"]) == (False, "startpending")


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
