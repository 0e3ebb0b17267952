"""Services in a real service control manager: every state and startup, and what refuses to stop."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import Services
from tests.powershell.host import EngineHost

_KIND = "AovpnService"
_NAME = "AovpnNotThere"
_SERVICES = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"
_BOTH = ("status", "startup")


def target(name: str, *properties: str) -> dict[str, Any]:
    return {"Name": name, "Properties": list(properties)}


def starts_as(name: str, start: int, delayed: int | None = None) -> str:
    """A script that writes how the service starts."""
    key = f"{_SERVICES}\\{name}"
    text = f"Set-ItemProperty -LiteralPath '{key}' -Name Start -Value {start}\n"
    if delayed is None:
        return f"{text}Remove-ItemProperty '{key}' -Name DelayedAutostart -ErrorAction Ignore"
    return (
        f"{text}$null = New-ItemProperty '{key}' -Name DelayedAutostart -PropertyType DWord "
        f"-Value {delayed} -Force"
    )


def test_a_service_that_is_not_there_has_no_state(windows: EngineHost) -> None:
    assert windows.read(_KIND, target(_NAME, *_BOTH)) is None


@pytest.mark.parametrize("properties", [(), ("status",), ("startup",), _BOTH])
def test_only_what_is_asked_for_is_told(
    windows: EngineHost, services: Services, properties: Sequence[str]
) -> None:
    name = services.make()
    whole = {"status": "stopped", "startup": "manual"}
    expected = {"exists": True, **{name: whole[name] for name in properties}}
    assert windows.read(_KIND, target(name, *properties)) == expected


@pytest.mark.parametrize(
    ("start", "delayed", "startup"),
    [
        (0, None, "boot"),
        (1, None, "system"),
        (2, None, "automatic"),
        (2, 0, "automatic"),
        (2, 1, "automatic_delayed"),
        (3, 1, "manual"),
        (3, None, "manual"),
        (4, None, "disabled"),
        (5, None, "start type 5"),
    ],
)
def test_a_startup_is_told(
    windows: EngineHost, services: Services, start: int, delayed: int | None, startup: str
) -> None:
    name = services.make()
    state = windows.read(_KIND, target(name, "startup"), arrange=starts_as(name, start, delayed))
    assert state == {"exists": True, "startup": startup}


@pytest.mark.parametrize("wanted", ["automatic", "automatic_delayed", "manual", "disabled"])
@pytest.mark.parametrize(("start", "delayed"), [(2, 1), (3, None), (4, None)])
def test_every_startup_is_set_from_every_other(
    windows: EngineHost, services: Services, wanted: str, start: int, delayed: int | None
) -> None:
    name = services.make()
    said = windows.run(
        f"{starts_as(name, start, delayed)}\n"
        f"Set-AovpnService -Name {name} -Properties @('startup') "
        f"-Desired @{{ startup = '{wanted}' }}"
    )
    assert said == []
    state = windows.read(_KIND, target(name, *_BOTH))
    assert state == {"exists": True, "status": "stopped", "startup": wanted}


def test_a_startup_that_cannot_be_set_is_refused(windows: EngineHost, services: Services) -> None:
    name = services.make()
    done = windows.set(_KIND, target(name, "startup"), {"startup": "start type 7"})
    assert done["error"]["message"] == "The startup start type 7 cannot be set."


def test_what_sc_says_is_told(windows: EngineHost) -> None:
    """A service that is gone between the reading and the setting."""
    record = windows.record(
        "function Get-AovpnService { [ordered] @{ exists = $true; startup = 'manual' } }\n"
        f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target {literal(target(_NAME, 'startup'))} "
        "-Desired "
        '@{ startup = \'disabled\' } -Expected \'{"exists":true,"startup":"manual"}\' -Apply'
    )
    assert re.fullmatch(
        rf"sc\.exe config {_NAME} start= disabled ended with 1060: "
        r"\[SC\] OpenService FAILED 1060:\s+\S.*\S",
        record["error"]["message"],
    )


def test_a_service_is_started_and_stopped(windows: EngineHost, services: Services) -> None:
    name = services.make()
    done = windows.set(_KIND, target(name, "status"), {"status": "running"})
    assert done["ok"], done
    assert services.status(name) == "Running"
    assert windows.read(_KIND, target(name, "status")) == {"exists": True, "status": "running"}
    done = windows.set(_KIND, target(name, "status"), {"status": "stopped"})
    assert done["ok"], done
    assert services.status(name) == "Stopped"


def test_a_disabled_service_is_enabled_before_it_is_started(
    windows: EngineHost, services: Services
) -> None:
    name = services.make(startup="Disabled")
    done = windows.set(_KIND, target(name, *_BOTH), {"status": "running", "startup": "automatic"})
    assert done["ok"], done
    assert windows.read(_KIND, target(name, *_BOTH)) == {
        "exists": True,
        "status": "running",
        "startup": "automatic",
    }
    done = windows.set(_KIND, target(name, *_BOTH), {"status": "stopped", "startup": "disabled"})
    assert done["ok"], done
    assert services.status(name) == "Stopped"
    done = windows.set(_KIND, target(name, "status"), {"status": "running"})
    assert done["error"]["message"].startswith(f"sc.exe start {name} ended with 1058: [SC] ")


def test_only_a_startup_is_set_where_the_status_is_right(
    windows: EngineHost, services: Services
) -> None:
    name = services.make()
    services.start(name)
    process = services.process(name)
    done = windows.set(_KIND, target(name, *_BOTH), {"status": "running", "startup": "automatic"})
    assert done["ok"], done
    assert services.process(name) == process


def test_only_a_status_is_set_where_the_startup_is_right(
    windows: EngineHost, services: Services
) -> None:
    """A start type that cannot be set is not set anew."""
    name = services.make()
    services.start(name)
    done = windows.set(
        _KIND,
        target(name, "status"),
        {"status": "stopped", "startup": "system"},
        arrange=starts_as(name, 1),
    )
    assert done["ok"], done
    assert services.status(name) == "Stopped"


def test_nothing_is_asked_of_dependents_where_nothing_is_to_stop(
    windows: EngineHost, services: Services
) -> None:
    name = services.make()
    services.start(services.make(on=[name]))
    done = windows.set(_KIND, target(name, *_BOTH), {"status": "running", "startup": "automatic"})
    assert done["ok"], done
    assert services.status(name) == "Running"


def test_a_service_that_others_need_is_not_stopped(windows: EngineHost, services: Services) -> None:
    name = services.make()
    needing = [services.make(on=[name]), services.make(on=[name])]
    for one in needing:
        services.start(one)
    services.make(on=[name])
    done = windows.set(_KIND, target(name, *_BOTH), {"status": "stopped", "startup": "disabled"})
    message = done["error"]["message"]
    begin, end = f"{name} is not stopped, because these need it and run: ", ". Stop them first."
    assert message.startswith(begin)
    assert message.endswith(end)
    named = message.removeprefix(begin).removesuffix(end).split(", ")
    assert sorted(named) == sorted(needing)
    assert services.status(name) == "Running"
    state = {"exists": True, "status": "running", "startup": "manual"}
    assert windows.read(_KIND, target(name, *_BOTH)) == state, "asked before anything is set"


def test_stopped_dependents_are_no_reason(windows: EngineHost, services: Services) -> None:
    name = services.make()
    services.make(on=[name])
    services.start(name)
    done = windows.set(_KIND, target(name, "status"), {"status": "stopped"})
    assert done["ok"], done


def test_a_service_that_is_gone_is_not_set(windows: EngineHost) -> None:
    record = windows.record(
        f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target {literal(target(_NAME, 'status'))} -Desired "
        "@{ status = 'running' } -Expected 'null' -Apply"
    )
    assert record["error"]["message"] == f"There is no service {_NAME}."


@pytest.mark.parametrize(
    ("fault", "wanted", "error"),
    [
        ("die", {"status": "running"}, "sc.exe start {} ended with 1053: [SC] StartService "),
        (
            "fail",
            {"status": "running"},
            "{} was started, but has stopped again: it ended with 1066 (7)",
        ),
        ("nostop", {"status": "stopped"}, "sc.exe stop {} ended with 1052: [SC] ControlService "),
    ],
)
def test_a_service_that_refuses_says_so(
    windows: EngineHost, services: Services, fault: str, wanted: Mapping[str, str], error: str
) -> None:
    name = services.make(fault)
    if wanted["status"] == "stopped":
        services.start(name)
    done = windows.set(_KIND, target(name, "status"), wanted)
    assert not done["ok"]
    assert done["error"]["message"].startswith(error.format(name))
    assert done["after"] == done["before"]


def test_a_paused_service_is_continued_stopped_and_paused_again(
    windows: EngineHost, services: Services
) -> None:
    name = services.make("pausable")
    services.start(name)
    windows.run(f"Suspend-Service {name}")
    paused = {"exists": True, "status": "paused"}
    assert windows.read(_KIND, target(name, "status")) == paused
    process = services.process(name)
    assert windows.set(_KIND, target(name, "status"), {"status": "running"})["ok"]
    assert (services.status(name), services.process(name)) == ("Running", process)
    assert windows.set(_KIND, target(name, "status"), {"status": "paused"})["ok"]
    assert (services.status(name), services.process(name)) == ("Paused", process)
    startup = {"status": "paused", "startup": "automatic"}
    assert windows.set(_KIND, target(name, *_BOTH), startup)["ok"]
    assert services.status(name) == "Paused"
    assert windows.set(_KIND, target(name, "status"), {"status": "stopped"})["ok"]
    assert services.status(name) == "Stopped"
    assert windows.set(_KIND, target(name, "status"), {"status": "paused"})["ok"]
    assert services.status(name) == "Paused"


def test_a_service_that_is_starting_is_read_when_it_runs(
    windows: EngineHost, services: Services
) -> None:
    name = services.make("slow")
    windows.run(f"& $env:SystemRoot\\System32\\sc.exe start {name}")
    place = target(name, "startup")
    assert windows.read(_KIND, place) == {"exists": True, "startup": "manual"}
    assert services.status(name) == "StartPending", "its status was not asked for"
    running = {"exists": True, "status": "running"}
    assert windows.read(_KIND, target(name, "status")) == running


def test_a_display_name_is_refused_with_the_name(windows: EngineHost, services: Services) -> None:
    name = services.make(shown="Aovpn displayed")
    call = f"Invoke-AovpnStep -Id x -Kind {_KIND} -Target "
    record = windows.record(f"{call}{literal(target('Aovpn displayed', 'status'))}")
    said = f"Aovpn displayed is a display name: the service is called {name}."
    assert record["error"]["message"] == said
    fact = windows.record(
        "ConvertTo-AovpnText (Get-AovpnFact { Get-AovpnServiceFact -Name 'Aovpn displayed' })"
    )
    assert fact == {"reason": said}
    assert windows.read(_KIND, target("AovpnTest*", "status")) is None


def test_the_code_that_a_service_ended_with_is_told(
    windows: EngineHost, services: Services
) -> None:
    """One of Win32, without one of its own."""
    name = services.make("fail")
    ended = (
        "function Get-CimInstance { [CmdletBinding()] param($ClassName, $Filter, $Property) "
        "[pscustomobject] @{ ExitCode = 5; ServiceSpecificExitCode = 0 } }\n"
    )
    script = f"{ended}try {{ Send-AovpnServiceControl -Name {name} -Verb start -Seconds 30 }} "
    [said] = windows.run(f"{script}catch {{ $_.Exception.Message }}")
    assert said == f"{name} was started, but has stopped again: it ended with 5."
