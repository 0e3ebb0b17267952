"""Get-WinEvent and Get-HotFix stand in; the drive Cert: is PowerShell's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.powershell.arranged import certificate, state
from tests.powershell.host import EngineHost

from .calls import refused, said
from .certificates import made

_NONE = "No events were found that match the specified selection criteria."
_LOG = "Microsoft.PowerShell.Diagnostics"
_EVENTS: list[dict[str, Any]] = [
    {
        "LogName": "System",
        "ProviderName": "RemoteAccess",
        "Id": 20271,
        "TimeCreated": "2025-03-01T10:00:00Z",
        "Level": 3,
        "Message": "CoId refused",
        "Properties": ["CoId", "CORP\\anna", "203.0.113.9", "<&"],
    },
    {
        "LogName": "Security",
        "ProviderName": "Microsoft-Windows-Security-Auditing",
        "Id": 6273,
        "TimeCreated": "2025-03-02T10:00:00Z",
        "Data": {"SubjectUserName": "anna", "ReasonCode": "258"},
    },
    {
        "LogName": "Security",
        "ProviderName": "Microsoft-Windows-Security-Auditing",
        "Id": 6273,
        "TimeCreated": "2025-03-03T10:00:00Z",
        "Data": {"SubjectUserName": "ben", "ReasonCode": "16"},
    },
]


@pytest.fixture(autouse=True)
def _new_server(stand_ins: EngineHost) -> None:
    stand_ins.run(state(_LOG, Events=_EVENTS))


def found(host: EngineHost, call: str) -> list[str]:
    return host.run(f'Get-WinEvent {call} | ForEach-Object {{ "$($_.Id) $($_.RecordId)" }}')


def test_an_event_has_its_texts_by_position(windows: EngineHost) -> None:
    fields = (
        "Id, Level, LevelDisplayName, LogName, ProviderName, RecordId, Message, "
        "@{ n = 'values'; e = { $_.Properties.Value } }, @{ n = 'at'; e = { $_.TimeCreated.Year } }"
    )
    assert said(windows, f"Get-WinEvent System | Select-Object {fields}") == {
        "Id": 20271,
        "Level": 3,
        "LevelDisplayName": "Warning",
        "LogName": "System",
        "ProviderName": "RemoteAccess",
        "RecordId": 1,
        "Message": "CoId refused",
        "values": ["CoId", "CORP\\anna", "203.0.113.9", "<&"],
        "at": 2025,
    }


def test_xml_names_the_fields(windows: EngineHost) -> None:
    script = "$all = ([xml] (Get-WinEvent Security -Oldest)[0].ToXml()).Event\n"
    script += "ConvertTo-Json -Compress @($all.System.EventID, $all.EventData.Data[1].Name, "
    script += "$all.EventData.Data[1].'#text')"
    assert windows.record(script) == ["6273", "ReasonCode", "258"]
    odd = "([xml] (Get-WinEvent System).ToXml()).Event.EventData.Data[3]"
    assert windows.run(odd) == ["<&"]


@pytest.mark.parametrize(
    ("call", "events"),
    [
        ("Security", ["6273 2", "6273 1"]),
        ("Security -Oldest -MaxEvents 1", ["6273 1"]),
        ("-ProviderName RemoteAccess", ["20271 1"]),
        ("-FilterHashtable @{ LogName = 'S*'; Id = 20271, 6273; Level = 3 }", ["20271 1"]),
        ("-FilterHashtable @{ LogName = 'Security'; ReasonCode = '16' }", ["6273 2"]),
        ("-FilterHashtable @{ LogName = 'Security'; Data = '258' }", ["6273 1"]),
        (
            "-FilterHashtable @{ LogName = 'Security'; StartTime = [datetime] '2025-03-03' }",
            ["6273 2"],
        ),
        (
            "-FilterHashtable @{ LogName = 'Security'; EndTime = [datetime] '2025-03-03' }",
            ["6273 1"],
        ),
    ],
)
def test_events_are_chosen(windows: EngineHost, call: str, events: list[str]) -> None:
    assert found(windows, call) == events


@pytest.mark.parametrize(
    ("call", "kind", "text"),
    [
        ("-FilterHashtable @{ LogName = 'System'; Id = 1 }", "Events", _NONE),
        ("Application", "Events", _NONE),
        (
            "-FilterHashtable @{ LogName = 'NoSuch' }",
            "Logs",
            'There is not an event log on the localhost computer that matches "NoSuch".',
        ),
        (
            "-ProviderName NoSuch",
            "Providers",
            'There is not an event provider on the localhost computer that matches "NoSuch".',
        ),
        (
            "-ListLog NoSuch",
            "Logs",
            'There is not an event log on the localhost computer that matches "NoSuch".',
        ),
    ],
)
def test_nothing_found_is_an_error(windows: EngineHost, call: str, kind: str, text: str) -> None:
    assert refused(windows, f"Get-WinEvent {call}") == [f"NoMatching{kind}Found,Get-WinEvent", text]


def test_logs_are_listed(windows: EngineHost) -> None:
    assert said(windows, "Get-WinEvent -ListLog Sec*, *CAPI2*") == [
        {"LogName": "Security", "IsEnabled": True, "RecordCount": 2},
        {
            "LogName": "Microsoft-Windows-CAPI2/Operational",
            "IsEnabled": False,
            "RecordCount": 0,
        },
    ]


def test_updates_are_found_by_id_and_description(windows: EngineHost) -> None:
    updates = [
        {"HotFixID": "KB1", "Description": "Security Update", "InstalledOn": "2025-02-12"},
        {"HotFixID": "KB2", "Description": "Update"},
    ]
    windows.run(state("HotFix", Updates=updates))
    fields = "HotFixID, Description, @{ n = 'at'; e = { $_.InstalledOn.Year } }"
    assert said(windows, f"Get-HotFix | Select-Object {fields}") == [
        {"HotFixID": "KB1", "Description": "Security Update", "at": 2025},
        {"HotFixID": "KB2", "Description": "Update", "at": None},
    ]
    assert windows.run("(Get-HotFix -Id KB2).HotFixID") == ["KB2"]
    assert windows.run("(Get-HotFix -Description Sec*).HotFixID") == ["KB1"]
    assert refused(windows, "Get-HotFix KB3")[0] == "GetHotFixNoEntriesFound,Get-HotFix"


@pytest.fixture
def vpn(windows: EngineHost) -> Iterator[str]:
    """The thumbprint of a certificate with a key in the store of the computer."""
    der, thumbprint = made("vpn.example.net")
    windows.run(certificate("My", der, key=True))
    yield thumbprint
    windows.run(f"Remove-Item Cert:\\LocalMachine\\My\\{thumbprint} -ErrorAction Ignore")


def test_certificates_are_listed_found_and_removed(windows: EngineHost, vpn: str) -> None:
    script = (
        f"Get-ChildItem Cert:\\LocalMachine\\My | Where-Object Thumbprint -eq {vpn} | "
        "Select-Object Thumbprint, Subject, HasPrivateKey, "
        "@{ n = 'use'; e = { $_.EnhancedKeyUsageList.ObjectId } }, "
        "@{ n = 'name'; e = { $_.DnsNameList.Unicode } }"
    )
    assert said(windows, script) == {
        "Thumbprint": vpn,
        "Subject": "CN=vpn.example.net",
        "HasPrivateKey": True,
        "use": "1.3.6.1.5.5.7.3.1",
        "name": "vpn.example.net",
    }
    path = f"Cert:\\LocalMachine\\My\\{vpn}"
    windows.run(f"Remove-Item {path}")
    assert windows.run(f"Test-Path {path}") == ["false"]
    assert refused(windows, f"Get-Item {path}")[0].startswith("PathNotFound,")


def test_a_root_is_imported_and_seen(windows: EngineHost) -> None:
    der, thumbprint = made("Contoso Root")
    windows.run(
        f"$root = [Security.Cryptography.X509Certificates.X509Certificate2]::new("
        f"[Convert]::FromHexString('{der.hex()}'))\n"
        "$store = [Security.Cryptography.X509Certificates.X509Store]::new('Root', 'LocalMachine')\n"
        "$store.Open('ReadWrite'); $store.Add($root); $store.Close()"
    )
    path = f"Cert:\\LocalMachine\\Root\\{thumbprint}"
    assert said(windows, f"(Get-Item {path}).HasPrivateKey") is False
    windows.run(f"Remove-Item {path}")


def test_a_certificate_with_a_key_is_the_servers(windows: EngineHost, vpn: str) -> None:
    windows.run(
        f"Set-RemoteAccess -SslCertificate (Get-Item Cert:\\LocalMachine\\My\\{vpn}) -Force"
    )
    script = (
        "$der = (Get-RemoteAccess).SslCertificate\n"
        "[Security.Cryptography.X509Certificates.X509Certificate2]::new($der).Thumbprint"
    )
    assert windows.run(script) == [vpn]
