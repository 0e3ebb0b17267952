"""Uses changed by netsh, which stands in."""

from __future__ import annotations

import json

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import store
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

_NAMED = ROUTING + "".join(
    f"\n$null = New-ItemProperty 'Registry::{CLASS}\\900{n}' DriverDesc -Value {literal(name)}"
    for n, name in ((1, "WAN Miniport (SSTP)"), (2, "WAN Miniport (SSTP) #2"))
)
"""The miniports as Windows has them: netsh calls them by what their driver calls itself."""
_NO_WRITING = "function Set-AovpnMiniports { [CmdletBinding()] param($Class, $Before, $Wanted) }"


def test_netsh_changes_the_uses_where_it_works(windows: EngineHost) -> None:
    windows.run(f"{SERVICES}\n{_NAMED}")
    process = processes(windows)
    done = windows.set(KIND, SSTP, {"miniports": WANTED}, arrange=_NO_WRITING)
    assert done["ok"], done
    # It does not know what is absent: the registry is written for that.
    assert json.loads(done["after"])["miniports"] == {
        "9001": uses(1, 0, None),
        "9002": uses(1, None, 0),
    }
    assert all(new != old for new, old in zip(processes(windows), process, strict=True))


def test_after_netsh_the_uses_are_exactly_as_wanted_and_set_back(windows: EngineHost) -> None:
    windows.run(f"{SERVICES}\n{_NAMED}")
    for uses_ in (WANTED, BEFORE):
        done = windows.set(KIND, SSTP, {"miniports": uses_})
        assert done["ok"], done
        assert json.loads(done["after"])["miniports"] == uses_
    assert statuses(windows) == ["Running", "Running"]


def test_netsh_is_told_only_what_changes(windows: EngineHost) -> None:
    noting = "function Invoke-AovpnProgram { param($Path, $Words, $Seconds) "
    noting += "$script:Words += @($Words); @{ code = 0; said = 'ports' } }"
    call = f"$null = Set-AovpnWanMiniport -Device sstp -Desired {literal({'miniports': WANTED})}"
    windows.run(f"{SERVICES}\n{_NAMED}")
    said = windows.run(f"$script:Words = @()\n{noting}\n{call}\n$script:Words")
    assert said == [
        "ras show wanports",
        'ras set wanports device="WAN Miniport (SSTP)" ddinout=disabled',
        'ras set wanports device="WAN Miniport (SSTP) #2" rasinonly=enabled ddoutonly=disabled',
    ]


def test_where_netsh_does_not_work_it_is_not_asked_to_change_anything(windows: EngineHost) -> None:
    """As on Server 2025."""
    windows.run(f"{SERVICES}\n{_NAMED}\n{store('netsh', 'RasError', 1702)}")
    asked = "function Set-AovpnMiniportsByNetsh { throw 'asked' }"
    done = windows.set(KIND, SSTP, {"miniports": WANTED}, arrange=asked)
    assert done["ok"], done
    assert json.loads(done["after"])["miniports"] == WANTED


@pytest.mark.parametrize("name", ["Nobody's", 'A " in it'])
def test_a_driver_that_netsh_cannot_be_told_is_written(windows: EngineHost, name: str) -> None:
    """One that netsh does not know is refused, and nothing is stopped for it."""
    path = f"Registry::{CLASS}\\9001"
    renamed = f"Set-ItemProperty '{path}' DriverDesc {literal(name)}"
    windows.run(f"{SERVICES}\n{_NAMED}\n{renamed}")
    process = processes(windows)
    done = windows.set(KIND, SSTP, {"miniports": WANTED})
    if '"' in name:
        assert done["ok"], done
        assert json.loads(done["after"])["miniports"] == WANTED
        return
    message = done["error"]["message"]
    assert message.startswith(f"netsh ras set wanports ended with 1 for {name}: ")
    assert message.endswith(". The uses of the miniports are as before.")
    assert json.loads(done["after"])["miniports"] == BEFORE
    assert processes(windows) == process


def test_a_netsh_that_hangs_stops_nothing(windows: EngineHost) -> None:
    hangs = (
        "function Invoke-AovpnProgram { param($Path, $Words, $Seconds) "
        "$code = if ($Words -notlike '*set*') { 0 }; @{ code = $code; said = 'ports' } }"
    )
    windows.run(f"{SERVICES}\n{_NAMED}")
    process = processes(windows)
    done = windows.set(KIND, SSTP, {"miniports": WANTED}, arrange=hangs)
    assert done["error"]["message"] == (
        "netsh ras set wanports did not end within 60 s for WAN Miniport (SSTP). "
        "The uses of the miniports are as before."
    )
    assert json.loads(done["after"])["miniports"] == BEFORE
    assert processes(windows) == process


def test_what_netsh_has_changed_is_put_back_where_a_service_does_not_stop(
    windows: EngineHost,
) -> None:
    above = service("RemoteAccess", on="RasMan")
    windows.run(f"{service('RasMan', 'nostop')}\n{above}\n{_NAMED}")
    noting = (
        "$script:Real = ${function:Invoke-AovpnProgram}\n$global:Words = @()\n"
        "function Invoke-AovpnProgram { param($Path, $Words, $Seconds) "
        "$global:Words += @($Words); & $script:Real -Path $Path -Words $Words -Seconds $Seconds }"
    )
    done = windows.set(KIND, SSTP, {"miniports": WANTED}, arrange=noting)
    message = done["error"]["message"]
    assert message.startswith("sc.exe stop RasMan ended with 1052: "), message
    assert json.loads(done["after"])["miniports"] == BEFORE
    words = [one.rpartition('"')[2] for one in windows.run("$global:Words")]
    assert words[1:] == [
        " ddinout=disabled",
        " rasinonly=enabled ddoutonly=disabled",
        " ddinout=enabled",
        " rasinonly=disabled ddoutonly=enabled",
    ]


def test_netsh_is_asked_for_nothing_where_no_use_changes(windows: EngineHost) -> None:
    uses = "@{ ras = 1; routing = 0; outbound = 0 }"
    call = f"Set-AovpnMiniportByNetsh -Path SOFTWARE\\AovpnNone -Before {uses} -Wanted {uses}"
    assert windows.run(f"@({call}).Count") == ["0"]
