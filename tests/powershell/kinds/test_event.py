"""Events since the start of a service: a real service, and Get-WinEvent as documented."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aovpn_remediate.resources.event import Event
from tests.powershell.arranged import Services, state
from tests.powershell.host import EngineHost, read_step

_MODULE = "Microsoft.PowerShell.Diagnostics"
_LOGS = [{"LogName": "AuthZAdminCh", "IsEnabled": True}, {"LogName": "Off", "IsEnabled": False}]
_ERROR = "NPS Extension for Azure MFA: CID: 1 for User anna :: ErrorCode:: ESTS_TOKEN_ERROR Msg:: x"


def logged(minutes: float, *, text: str = _ERROR, **more: Any) -> dict[str, Any]:
    """An event so many minutes from now."""
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    plain = {"LogName": "AuthZAdminCh", "ProviderName": "MFA", "Id": 3, "Properties": [1, text]}
    return {**plain, "TimeCreated": at.isoformat(), **more}


@pytest.fixture(autouse=True)
def _no_events(stand_ins: EngineHost) -> None:
    """Forget the events of other tests."""
    del stand_ins


@pytest.fixture
def service(services: Services) -> str:
    """A service that runs, in a process of its own."""
    name = services.make()
    services.start(name)
    return name


def declared(service: str, **more: Any) -> Event:
    plain = {"logs": ["AuthZAdminCh"], "since_start_of": service}
    return Event.model_validate({**plain, **more})


def found(host: EngineHost, resource: Event, *events: dict[str, Any], **more: Any) -> Any:
    """The answer where the log has these events."""
    host.run(state(_MODULE, **{"Logs": _LOGS, "Events": list(events), **more}))
    return host.answer(resource)


def test_the_newest_after_the_start_is_told(windows: EngineHost, service: str) -> None:
    events = [logged(-60), logged(5), logged(9), logged(7)]
    said = found(windows, declared(service), *events)
    assert (said["log"], said["enabled"], said["all"]) == ("AuthZAdminCh", True, True)
    assert said["newest"]["time"][:19] == events[2]["TimeCreated"][:19]
    assert said["newest"]["time"].endswith("Z")
    assert (said["newest"]["id"], said["newest"]["provider"]) == (3, "MFA")
    assert said["service"]["alone"] is True
    assert declared(service).normalise(said)["logged"] is not None  # type: ignore[index]


def test_what_is_older_than_the_start_does_not_count(windows: EngineHost, service: str) -> None:
    said = found(windows, declared(service), logged(-60))
    assert said["newest"] is None
    assert declared(service).normalise(said) == {"logged": None}


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        ({}, 9),
        ({"ids": [3]}, 8),
        ({"ids": [3, 4]}, 9),
        ({"provider": "other"}, 7),
        ({"text": "ests\u0131"}, None),
        ({"text": "ests_token_error", "ids": [3]}, 6),
        ({"text": "ESTS_TOKEN_ERROR Msg:: X", "provider": "MFA"}, 6),
        ({"text": "[*]"}, 5),
        ({"text": "$(throw)\u2018\u2019'`"}, None),
        ({"ids": [5]}, None),
    ],
)
def test_events_are_chosen(
    windows: EngineHost, service: str, asked: dict[str, Any], minutes: int | None
) -> None:
    events = [
        logged(9, Id=4, text="x"),
        logged(8, text="x"),
        logged(7, text="x", ProviderName="Other"),
        logged(6),
        logged(5, text="a [*] b"),
    ]
    newest = found(windows, declared(service, **asked), *events)["newest"]
    at = next((e["TimeCreated"][:19] for e in events if minutes and e is events[9 - minutes]), None)
    assert (newest and newest["time"][:19]) == at


def test_the_first_log_that_is_there_is_read(windows: EngineHost, service: str) -> None:
    resource = declared(service, logs=["Microsoft-AzureMfa-AuthZ/AuthZAdminCh", "AuthZAdminCh"])
    assert found(windows, resource, logged(5))["log"] == "AuthZAdminCh"
    neither = declared(service, logs=["Nowhere", "Neither"])
    assert found(windows, neither)["log"] is None
    off = found(windows, declared(service, logs=["Off"]))
    assert (off["log"], off["enabled"]) == ("Off", False)


def test_a_service_that_does_not_run_or_is_not_there(
    windows: EngineHost, services: Services
) -> None:
    stopped = services.make()
    said = found(windows, declared(stopped), logged(5))
    assert said["newest"] is None
    assert said["service"]["state"] == "Stopped"
    assert found(windows, declared("AovpnNoSuch"), logged(5))["service"] is None


def test_no_more_than_a_thousand_events_are_looked_at(windows: EngineHost, service: str) -> None:
    function = """
function Get-WinEvent {
    [CmdletBinding()] param([string[]] $ListLog, [hashtable] $FilterHashtable, [long] $MaxEvents)
    if ($ListLog) { return [pscustomobject] @{ LogName = $ListLog[0]; IsEnabled = $true } }
    for ($at = 0; $at -lt [Math]::Min(%d, $MaxEvents); $at++) {
        [pscustomobject] @{ TimeCreated = [datetime]::Now; Id = 1; ProviderName = 'x'
            Properties = @([pscustomobject] @{ Value = $at }) }
    }
}
"""
    target = declared(service, text="none").target()
    for events, whole in ((999, True), (1200, False)):
        said = windows.read("AovpnEvent", target, arrange=function % events)
        assert (said["newest"], said["all"]) == (None, whole)


def test_a_log_that_may_not_be_read_is_said_in_one_line(windows: EngineHost, service: str) -> None:
    refuse = """
function Get-WinEvent {
    [CmdletBinding()] param([string[]] $ListLog, [hashtable] $FilterHashtable, [long] $MaxEvents)
    $log = [pscustomobject] @{ LogName = 'AuthZAdminCh'; IsEnabled = $true }
    if ($ListLog -and -not %s) { return $log }
    $inner = [UnauthorizedAccessException]::new('Attempted to perform an unauthorized operation.')
    foreach ($id in 'System.UnauthorizedAccessException', 'NoMatchingEventsFound') {
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($inner, $id, 0, $null))
    }
}
"""
    step = read_step("AovpnEvent", declared(service).target())
    for at_once in ("$true", "$false"):
        record = windows.record(f"{refuse % at_once}\n{step}")
        assert record["error"]["message"] == (
            "The log AuthZAdminCh cannot be read, which needs an administrator or a member of "
            "Event Log Readers: Attempted to perform an unauthorized operation."
        )


_ODD = "a'b\u2018c\u2019d\u201ae\u201bf$(throw)\"h{{ x }};\u00e9\U0001f600"


def test_odd_names_and_texts_are_only_names_and_texts(windows: EngineHost, service: str) -> None:
    odd = {"LogName": _ODD, "IsEnabled": True}
    one = logged(5, LogName=_ODD, ProviderName=_ODD, text=f"x {_ODD}` y")
    resource = declared(service, logs=["None", _ODD], provider=_ODD, text=f"{_ODD}`")
    said = found(windows, resource, one, Logs=[odd])
    assert (said["log"], said["newest"]["provider"]) == (_ODD, _ODD)
    longest = declared(service, logs=["x" * 255], text="y" * 200)
    assert found(windows, longest)["log"] is None
    assert found(windows, declared("a'b\u2019$(throw)"), one)["service"] is None


def test_a_text_that_is_in_no_value_is_not_in_the_event(windows: EngineHost) -> None:
    record = "@{ Properties = @(@{ Value = 'a' }, @{ Value = $null }) }"
    script = f"'A', 'b' | ForEach-Object {{ Test-AovpnEventText -Record {record} -Text $_ }}"
    assert windows.run(f"({script}) -join ' '") == ["True False"]
