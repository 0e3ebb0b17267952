"""Uses written to a real registry, with real services stopped."""

from __future__ import annotations

import json

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.host import EngineHost

from .server import (
    BEFORE,
    CLASS,
    KIND,
    ROUTING,
    SERVICES,
    SSTP,
    WANTED,
    processes,
    service,
    statuses,
    uses,
)


def test_uses_are_set_with_the_services_stopped_and_set_back(windows: EngineHost) -> None:
    windows.run(f"{SERVICES}\n{ROUTING}")
    process = processes(windows)
    done = windows.set(KIND, SSTP, {"miniports": WANTED})
    assert done["ok"], done
    after = json.loads(done["after"])
    assert after["miniports"] == WANTED
    assert after["endpoints"]["9001"]["WanEndpoints"] == 128
    assert statuses(windows) == ["Running", "Running"]
    assert all(new != old for new, old in zip(processes(windows), process, strict=True))
    done = windows.set(KIND, SSTP, {"miniports": BEFORE})
    assert done["ok"], done
    assert json.loads(done["after"])["miniports"] == BEFORE
    assert statuses(windows) == ["Running", "Running"]


def test_the_values_are_written_while_both_are_stopped(windows: EngineHost) -> None:
    windows.run(f"{SERVICES}\n{ROUTING}")
    noting = (
        "$script:Real = ${function:Write-AovpnMiniport}\n$script:Noted = @()\n"
        "function Write-AovpnMiniport { param($Path, $Uses)\n"
        "$script:Noted += [string[]] (Get-Service 'RasMan', 'RemoteAccess').Status\n"
        "& $script:Real -Path $Path -Uses $Uses }"
    )
    call = f"$null = Set-AovpnWanMiniport -Device sstp -Desired {literal({'miniports': WANTED})}"
    assert set(windows.run(f"{noting}\n{call}\n$script:Noted")) == {"Stopped"}


def test_services_that_were_stopped_stay_stopped(windows: EngineHost) -> None:
    windows.run(f"{SERVICES}\nStop-Service RemoteAccess\n{ROUTING}")
    done = windows.set(KIND, SSTP, {"miniports": WANTED})
    assert done["ok"], done
    assert statuses(windows) == ["Running", "Stopped"]


def test_where_a_service_does_not_stop_nothing_is_written(windows: EngineHost) -> None:
    windows.run(f"{service('RasMan', 'nostop')}\n{service('RemoteAccess', on='RasMan')}\n{ROUTING}")
    done = windows.set(KIND, SSTP, {"miniports": WANTED})
    assert not done["ok"]
    message = done["error"]["message"]
    assert message.startswith("sc.exe stop RasMan ended with 1052: ")
    assert message.endswith(". The uses of the miniports are as before.")
    assert json.loads(done["after"])["miniports"] == BEFORE
    assert statuses(windows) == ["Running", "Running"]


def test_where_a_value_cannot_be_written_those_before_it_are_put_back(windows: EngineHost) -> None:
    windows.run(f"{SERVICES}\n{ROUTING}")
    failing_once = (
        "$script:Real = ${function:Write-AovpnMiniport}\n$script:Left = 1\n"
        "function Write-AovpnMiniport { param($Path, $Uses)\n"
        "& $script:Real -Path $Path -Uses $Uses\n"
        "if ($Path -like '*9002' -and $script:Left-- -gt 0) { throw 'denied' } }"
    )
    done = windows.set(KIND, SSTP, {"miniports": WANTED}, arrange=failing_once)
    assert done["error"]["message"] == "denied. The uses of the miniports are as before."
    assert json.loads(done["after"])["miniports"] == BEFORE
    assert statuses(windows) == ["Running", "Running"]


def test_services_start_with_the_uses_as_before_where_one_could_not_be_written(
    windows: EngineHost,
) -> None:
    windows.run(f"{SERVICES}\n{ROUTING}")
    failing_noting = (
        "$script:Write = ${function:Write-AovpnMiniport}\n$script:Left = 1\n"
        "function Write-AovpnMiniport { param($Path, $Uses)\n"
        "if ($Path -like '*9002' -and $script:Left-- -gt 0) { throw 'denied' }\n"
        "& $script:Write -Path $Path -Uses $Uses }\n"
        "$script:Start = ${function:Start-AovpnService}\n$script:Noted = @()\n"
        "function Start-AovpnService { param($Name, $Seconds)\n"
        f"$item = Get-Item 'Registry::{CLASS}\\9001'\n"
        "$script:Noted += \"$Name $($item.GetValue('EnableForRouting'))\"\n"
        "& $script:Start -Name $Name -Seconds $Seconds }"
    )
    call = f"Set-AovpnWanMiniport -Device sstp -Desired {literal({'miniports': WANTED})}"
    script = f"{failing_noting}\ntry {{ {call} }} catch {{ }}\n$script:Noted"
    assert windows.run(script) == ["RasMan 1", "RemoteAccess 1"]


def test_where_a_service_does_not_start_the_uses_are_as_before(windows: EngineHost) -> None:
    mark = "C:\\once"
    windows.run(f"[IO.File]::WriteAllText('{mark}', '')\n{service('RasMan', 'once', mark)}")
    windows.run(f"{service('RemoteAccess', on='RasMan')}\n{ROUTING}")
    done = windows.set(KIND, SSTP, {"miniports": WANTED})
    message = done["error"]["message"]
    assert "The uses of the miniports are as before. These services do not run: " in message
    assert "RasMan" in message
    assert json.loads(done["after"])["miniports"] == BEFORE


@pytest.mark.parametrize("above", ["Running", "Stopped"])
def test_a_service_that_starts_with_the_old_uses_runs_again(
    windows: EngineHost, above: str
) -> None:
    """As one that does not bear what was written."""
    stopped = "" if above == "Running" else "Stop-Service RemoteAccess\n"
    windows.run(f"{SERVICES}\n{stopped}{ROUTING}")
    picky = (
        "$script:Real = ${function:Start-AovpnService}\n"
        "function Start-AovpnService { param($Name, $Seconds)\n"
        f"$item = Get-Item 'Registry::{CLASS}\\9001'\n"
        "if ($item.GetValue('EnableForRouting') -eq 0) { throw \"$Name does not bear it.\" }\n"
        "& $script:Real -Name $Name -Seconds $Seconds }"
    )
    done = windows.set(KIND, SSTP, {"miniports": WANTED}, arrange=picky)
    assert done["error"]["message"] == (
        "RasMan does not bear it. The uses of the miniports are as before."
    )
    assert json.loads(done["after"])["miniports"] == BEFORE
    assert statuses(windows) == ["Running", above]


def test_a_key_that_is_another_miniport_by_now_is_not_written(windows: EngineHost) -> None:
    windows.run(f"{SERVICES}\n{ROUTING}")
    process = processes(windows)
    done = windows.set(KIND, SSTP, {"miniports": {"9009": uses(1, 0, 0)}})
    assert done["error"]["message"] == "The key 9009 is not a miniport of sstp any more."
    assert processes(windows) == process


@pytest.mark.parametrize(
    "call",
    [
        "Write-AovpnMiniport -Path SOFTWARE\\AovpnNone -Uses @{ ras = 1 }",
        "Set-AovpnMiniportByNetsh -Path SOFTWARE\\AovpnNone -Before @{} -Wanted @{ ras = 1 }",
    ],
)
def test_a_key_that_is_gone_is_not_made(windows: EngineHost, call: str) -> None:
    [said] = windows.run(f"try {{ {call} }} catch {{ [string] $_ }}")
    assert said == "The key SOFTWARE\\AovpnNone is not there any more."


def test_a_host_without_rasman_says_so(windows: EngineHost) -> None:
    windows.run(ROUTING)
    done = windows.set(KIND, SSTP, {"miniports": WANTED})
    assert done["error"]["message"] == "There is no service RasMan: RRAS is not installed."
    assert json.loads(done["after"])["miniports"] == BEFORE
