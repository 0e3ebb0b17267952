"""Events as Get-AovpnEvents reads them: Get-WinEvent as documented, the product's own queries."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aovpn_remediate.engine.reading.event_sources import SOURCES, queries_for
from aovpn_remediate.engine.reading.events import LogRead, gather_logs
from aovpn_remediate.rendering.batch import EventQuery, reading_events
from aovpn_remediate.resources.roles import ROLES
from tests.powershell.arranged import state
from tests.powershell.host import EngineHost

_MODULE = "Microsoft.PowerShell.Diagnostics"
_SECURITY = "Microsoft-Windows-Security-Auditing"
_KDC = "Microsoft-Windows-Kerberos-Key-Distribution-Center"
_LOGS = [
    {"LogName": "Application", "IsEnabled": True},
    {"LogName": "System", "IsEnabled": True},
    {"LogName": "Security", "IsEnabled": True},
    {"LogName": "Microsoft-AzureMfa-AuthZ/AuthZAdminCh", "IsEnabled": True},
    {"LogName": "Off", "IsEnabled": False},
]
_CLIENT, [_NPS, _, _MFA] = SOURCES["client"][0], SOURCES["nps"]
_TEXT = (
    "NPS Extension for Azure MFA: CID: 1 : Fehler for User  {} :: ErrorCode:: ESTS_TOKEN_ERROR Msg:"
)
_WHERE = "Microsoft-AzureMfa-AuthZ/AuthZAdminCh"


@pytest.fixture(autouse=True)
def _no_events(stand_ins: EngineHost) -> None:
    """Forget the events of other tests."""
    del stand_ins


def event(log: str, provider: str, number: int, *values: Any, **more: Any) -> dict[str, Any]:
    """An event of a minute ago."""
    at = datetime.now(UTC) + timedelta(minutes=more.pop("minutes", -1))
    plain = {"LogName": log, "ProviderName": provider, "Id": number, "Properties": list(values)}
    return {**plain, "TimeCreated": at.isoformat(), "Message": "Lokalisierter Text", **more}


def failed(code: str = "853", user: str = r"CORP\a.b", **more: Any) -> dict[str, Any]:
    return event("Application", "RasClient", 20227, "{6E1F}", user, "Firma VPN", code, **more)


def refused(**more: Any) -> dict[str, Any]:
    data = {
        "SubjectUserSid": "S-1-5-21-1",
        "SubjectUserName": r"CORP\a.b",
        "SubjectMachineName": "-",
        "ReasonCode": "258",
        "Reason": "Die Sperrfunktion konnte die Sperrung nicht überprüfen.",
    }
    return event("Security", _SECURITY, more.pop("number", 6273), Data=data, **more)


def script_of(*queries: EventQuery, seconds: int = 7200, most: int = 1000) -> str:
    """The calls of the product without its functions, which the session has."""
    whole = reading_events(queries, seconds=seconds, most=most)
    return whole.partition("# calls\n")[2]


def looked(
    host: EngineHost, *queries: EventQuery, events: list[dict[str, Any]], **more: Any
) -> tuple[LogRead, ...]:
    """The logs as read where the host has these events."""
    host.run(state(_MODULE, Logs=_LOGS, Events=events))
    return gather_logs(host.run(script_of(*queries, **more)), queries, host="host")


def test_only_the_fields_that_are_asked_for_come(windows: EngineHost) -> None:
    [log] = looked(windows, _CLIENT, events=[failed(MachineName="PC-7.corp.example")])
    [one] = log.events
    assert (one.provider, one.id, one.host) == ("RasClient", 20227, "PC-7.corp.example")
    assert one.fields == {"0": "{6E1F}", "1": r"CORP\a.b", "3": "853"}
    assert one.at is not None
    assert abs(datetime.now(UTC) - one.at) < timedelta(minutes=3)
    assert one.time.endswith("Z")
    assert (log.all, log.logged, log.reason) == (True, True, "")


def test_a_field_that_an_event_lacks_is_left_out(windows: EngineHost) -> None:
    short = event("Application", "RasClient", 20227, "{6E1F}", r"CORP\a.b")
    unnamed = event("Security", _SECURITY, 6273, Data={"SubjectUserName": "a.b"})
    client, nps = looked(windows, _CLIENT, _NPS, events=[short, unnamed])
    assert client.events[0].fields == {"0": "{6E1F}", "1": r"CORP\a.b"}
    assert nps.events[0].fields == {"SubjectUserName": "a.b"}


def test_no_text_in_the_language_of_the_host_comes(windows: EngineHost) -> None:
    events = [failed(), refused(), event(_WHERE, "any", 3, 1, _TEXT.format("a.b"))]
    windows.run(state(_MODULE, Logs=_LOGS, Events=events))
    said = "\n".join(windows.run(script_of(*queries_for(dict.fromkeys(ROLES, True)))))
    assert "6273" in said
    assert not re.search("Lokal|Sperr|Fehler|Msg|Firma", said)


def test_fields_by_name_and_the_binary_data(windows: EngineHost) -> None:
    data = {"Domain": "CORP", "Username": "a.b", "Status": "Text"}
    log, kdc = looked(
        windows,
        _NPS,
        *SOURCES["domain_controller"],
        events=[
            refused(),
            event("System", _KDC, 21, Data=data, Binary="0000000012010B80"),
            event("System", _KDC, 39, "a.b", "CN=x"),
            event("System", "Other", 39, "c.d"),
        ],
    )
    assert [one.fields for one in log.events] == [
        {"SubjectUserName": r"CORP\a.b", "SubjectMachineName": "-", "ReasonCode": "258"}
    ]
    classic, named = sorted((one.fields for one in kdc.events), key=len)
    assert classic == {"0": "a.b"}
    assert named == {"Username": "a.b", "Binary": "0000000012010B80", "0": "CORP", "1": "a.b"}


def test_the_newest_of_the_time_come_first_up_to_the_most(windows: EngineHost) -> None:
    events = [failed(str(n), minutes=-n) for n in (3, 1, 119, 2, 121)]
    [log] = looked(windows, _CLIENT, events=events)
    assert [one.fields["3"] for one in log.events] == ["1", "2", "3", "119"]
    assert log.all
    [log] = looked(windows, _CLIENT, events=events, most=2)
    assert [one.fields["3"] for one in log.events] == ["1", "2"]
    assert not log.all
    [log] = looked(windows, _CLIENT, events=events, seconds=90)
    assert [one.fields["3"] for one in log.events] == ["1"]


def test_all_ids_of_a_log_are_asked_for_in_one_query(windows: EngineHost) -> None:
    shadow = """
function Get-WinEvent {
    [CmdletBinding()] param([hashtable[]] $FilterHashtable, [long] $MaxEvents)
    $ids = @($FilterHashtable | ForEach-Object { $_.Id.Count })
    foreach ($filter in $FilterHashtable) { $all += @($filter.Id) }
    $long = @($ids | Where-Object { $_ -gt 20 }).Count
    $said = "$MaxEvents $($FilterHashtable[0].LogName) $($ids.Count -gt 1) $long"
    $said += " $(($all | Sort-Object -Unique) -join ',') $($FilterHashtable[0].StartTime.Kind)"
    throw $said
}
"""
    [query] = queries_for({"rras": True, "domain_controller": True})
    [line] = windows.records(f"{shadow}\n{script_of(query)}")
    wanted = sorted({number for ids in query.wanted.values() for number in ids})
    assert len(wanted) > 23
    asked = ",".join(map(str, wanted))
    assert line["error"]["message"] == f"1000 System True 0 {asked} Utc"


def test_where_nothing_is_refused_a_grant_shows_that_something_is_logged(
    windows: EngineHost,
) -> None:
    granted = event("Security", _SECURITY, 6272, "S-1")
    for events, logged in (
        ([], False),
        ([granted], True),
        ([{**granted, "TimeCreated": "2020-01-01T00:00:00Z"}], False),
        ([refused(number=6274)], True),
    ):
        [log] = looked(windows, _NPS, events=events)
        assert (log.logged, log.reason) == (logged, "")
        assert len(log.events) == (events != [] and events[0]["Id"] == 6274)
    [log] = looked(windows, _CLIENT, events=[])
    assert log.logged is False


def test_of_a_token_error_only_token_and_user_come(windows: EngineHost) -> None:
    events = [
        event(_WHERE, "any", 3, 1, _TEXT.format("a.b"), minutes=-1),
        event(_WHERE, "any", 3, "ohne Namen: ESTS_TOKEN_ERROR", minutes=-2),
        event(_WHERE, "any", 3, 1, "for User c.d :: Erfolg", minutes=-3),
        event(_WHERE, "any", 4, 1, _TEXT.format("e.f"), minutes=-4),
    ]
    [log] = looked(windows, _MFA, events=events)
    assert [one.fields for one in log.events] == [
        {"token": "ESTS_TOKEN_ERROR", "user": "a.b"},
        {"token": "ESTS_TOKEN_ERROR"},
    ]


def test_a_log_that_is_not_there_or_off(windows: EngineHost) -> None:
    there = EventQuery("x", ("Nowhere", "Off"), {"p": {1: ()}})
    gone = EventQuery("y", ("Nowhere", "Neither"), {"p": {1: ()}})
    off, absent, mfa = looked(windows, there, gone, _MFA, events=[])
    assert off.reason == "The log Off is turned off: nothing is logged in it."
    assert absent.reason == "there is no log Nowhere or Neither"
    assert (mfa.reason, mfa.logged) == ("", False)


def test_a_log_that_may_not_be_read_is_said_and_the_others_come(windows: EngineHost) -> None:
    refuse = """
function Get-WinEvent {
    [CmdletBinding()] param([hashtable[]] $FilterHashtable, [long] $MaxEvents)
    if ($FilterHashtable[0].LogName -ne 'Security') { return }
    $inner = [UnauthorizedAccessException]::new('Versuch eines nicht autorisierten Vorgangs.')
    foreach ($id in 'LogInfoUnavailable', 'NoMatchingEventsFound') {
        $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($inner, $id, 0, $null))
    }
}
"""
    lines = windows.run(f"{refuse}\n{script_of(_NPS, _CLIENT)}")
    denied, rest = gather_logs(lines, (_NPS, _CLIENT), host="host")
    assert denied.reason == (
        "The log Security cannot be read, which needs an administrator or a member of Event Log "
        "Readers: Versuch eines nicht autorisierten Vorgangs."
    )
    assert (rest.reason, rest.logged) == ("", False)


def test_names_that_xml_cannot_hold_end_no_log(windows: EngineHost) -> None:
    shadow = r"""
function Get-WinEvent {
    [CmdletBinding()] param([hashtable[]] $FilterHashtable, [long] $MaxEvents)
    $one = [pscustomobject] @{ Id = 6273; ProviderName = '%s'; MachineName = 'x' }
    $one | Add-Member @{ TimeCreated = $null; Properties = @() }
    Add-Member -InputObject $one -MemberType ScriptMethod -Name ToXml -Value {
        "<Event xmlns='urn:x'><EventData>" +
        "<Data Name='SubjectUserName'>a$([char] 1)&#x2;b&amp;c</Data>" +
        "<Data>no name</Data><Data Name='ReasonCode'>258</Data></EventData></Event>"
    }
    $one
}
"""
    lines = windows.run(f"{shadow % _SECURITY}\n{script_of(_NPS)}")
    [one] = gather_logs(lines, (_NPS,), host="host")[0].events
    assert one.fields == {"SubjectUserName": "ab&c", "ReasonCode": "258"}
    assert (one.time, one.at) == ("", None)


def test_long_and_odd_texts_are_only_texts(windows: EngineHost) -> None:
    odd = "a'b\u2018c\u2019$(throw)\"h{{ x }};\u00e9\U0001f600\n# calls"
    [log] = looked(windows, _CLIENT, events=[failed(user=odd), failed(user="x" * 5000)])
    assert sorted(one.fields["1"] for one in log.events) == sorted((odd, "x" * 256))
    user = "y" * 300
    [log] = looked(windows, _MFA, events=[event(_WHERE, "any", 3, _TEXT.format(user))])
    assert log.events[0].fields["user"] == "y" * 256
