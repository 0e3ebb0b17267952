"""The files of a backup: real reg.exe and registry; netsh and the RemoteAccess cmdlets stand in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.engine.apply.backup_answer import BackupContent, read_backup
from aovpn_remediate.errors import BackupFailed
from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import failing, state, store
from tests.powershell.host import EngineHost

_SERVICE = r"HKLM:\SYSTEM\CurrentControlSet\Services\RemoteAccess"
_CLASS = r"HKLM:\SYSTEM\CurrentControlSet\Control\Class\{4D36E972-E325-11CE-BFC1-08002BE10318}"
_NAME = "Aovpn\u2019s"
_TEMPORARY = "@([IO.Directory]::GetDirectories([IO.Path]::GetTempPath(), 'aovpn-*')).Count"
_READINGS = (
    "Get-VpnServerConfiguration.json",
    "Get-VpnAuthProtocol.json",
    "Get-RemoteAccess.json",
    "Get-RemoteAccessRadius.json",
    "Get-RemoteAccessAccounting.json",
)


@pytest.fixture(autouse=True)
def _server(stand_ins: EngineHost) -> Iterator[None]:
    """A VPN server with a setting of its own and three miniports, of which one is none of ours."""
    made = [
        f"$null = New-Item '{_SERVICE}\\Parameters\\Ikev2' -Force",
        f"$null = New-ItemProperty '{_SERVICE}\\Parameters\\Ikev2' -Name {literal(_NAME)} -Value 5",
    ]
    for number, device in (("9001", "MS_SstpMiniport"), ("9002", "ms_pppoeminiport")):
        made.append(_miniport(number, device))
    made += [_miniport("9003", "ms_ndiswanip"), _miniport("9x04", "ms_l2tpminiport")]
    stand_ins.run("\n".join(made))
    yield
    stand_ins.run(
        f"Remove-Item '{_SERVICE}' -Recurse\nRemove-Item '{_CLASS}\\9*' -Recurse\n"
        f"Remove-Item ([IO.Path]::GetTempPath() + 'aovpn-*') -Recurse"
    )


def _miniport(number: str, device: str) -> str:
    return (
        f"$null = New-Item '{_CLASS}\\{number}' -Force\n"
        f"$null = New-ItemProperty '{_CLASS}\\{number}' -Name MatchingDeviceId -Value {device}\n"
        f"$null = New-ItemProperty '{_CLASS}\\{number}' -Name DriverDesc -Value 'WAN Miniport (x)'"
    )


def lines(host: EngineHost, arrange: str = "") -> list[str]:
    return host.run(f"{arrange}\nInvoke-AovpnBackup -Of rras")


def taken(host: EngineHost, arrange: str = "") -> BackupContent:
    return read_backup(lines(host, arrange), "rras")


def reasons(found: BackupContent) -> dict[str, str]:
    return {part.part: part.reason for part in found.missing}


def reading(host: EngineHost, command: str, arrange: str = "") -> Any:
    return json.loads(taken(host, arrange).files[f"{command}.json"])


def exported(content: bytes) -> list[str]:
    return content.decode("utf-16").splitlines()


def test_every_part_is_read_and_nothing_is_left_behind(windows: EngineHost) -> None:
    found = taken(windows)
    assert found.missing == ()
    assert list(found.files) == [
        "netsh-ras-dump.txt",
        "RemoteAccess.reg",
        "miniport-sstp-9001.reg",
        "miniport-pppoe-9002.reg",
        *_READINGS,
    ]
    assert found.time.startswith("20")
    assert windows.run(_TEMPORARY) == ["0"]


def test_keys_are_exported_with_all_that_is_below_them(windows: EngineHost) -> None:
    found = taken(windows)
    said = exported(found.files["RemoteAccess.reg"])
    key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
    assert said[0] == "Windows Registry Editor Version 5.00"
    assert rf"[{key}\Parameters\Ikev2]" in said
    assert f'"{_NAME}"=dword:00000005' in said
    miniport = exported(found.files["miniport-sstp-9001.reg"])
    assert '"MatchingDeviceId"="MS_SstpMiniport"' in miniport
    assert not [line for line in miniport if "9002" in line]


def test_an_export_brings_the_key_back(windows: EngineHost) -> None:
    content = base64.b64encode(taken(windows).files["RemoteAccess.reg"]).decode()
    back = windows.run(
        f"Remove-Item '{_SERVICE}' -Recurse\n$file = [IO.Path]::GetTempFileName()\n"
        f"[IO.File]::WriteAllBytes($file, [Convert]::FromBase64String('{content}'))\n"
        '$null = & "$env:SystemRoot\\System32\\reg.exe" import $file 2>&1\n'
        "Remove-Item $file\n"
        f"[string] (Get-Item '{_SERVICE}\\Parameters\\Ikev2').GetValue({literal(_NAME)})"
    )
    assert back == ["5"]


def test_the_dump_is_what_netsh_has_written(windows: EngineHost) -> None:
    dump = taken(windows).files["netsh-ras-dump.txt"]
    assert dump.isascii()
    assert dump.startswith(b"# Remote Access configuration")
    assert b"set ikev2connection idletimeout = 5" in dump


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (1702, "netsh ras does not work on this host (error 1702): "),
        (87, "netsh ras does not work on this host (exit code 1): "),
    ],
)
def test_netsh_that_fails_is_a_reason_and_the_rest_goes_on(
    windows: EngineHost, error: int, reason: str
) -> None:
    found = taken(windows, store("netsh", "RasError", error))
    assert list(reasons(found)) == ["netsh-ras-dump.txt"]
    assert reasons(found)["netsh-ras-dump.txt"].startswith(reason)
    assert "RemoteAccess.reg" in found.files


@pytest.mark.parametrize(
    ("fault", "said", "reason"),
    [
        ("empty", "", "netsh ras does not work on this host (it says nothing)"),
        ("deadline", "x", "netsh ras does not work on this host (it does not end): x"),
    ],
)
def test_a_probe_that_fails_otherwise_is_a_reason(
    windows: EngineHost, fault: str, said: str, reason: str
) -> None:
    probe = (
        "function Get-AovpnNetshRas { [CmdletBinding()] param() "
        f"@{{ fault = '{fault}'; code = $null; said = '{said}' }} }}\n"
        "try { Get-AovpnRasDump } catch { [string] $_ }"
    )
    assert windows.run(probe) == [reason]


def ran(code: str, said: str) -> str:
    """A netsh that passes its probe, whose dump is as given; and no reg.exe."""
    return (
        "function Get-AovpnNetshRas { [CmdletBinding()] param() "
        "@{ fault = 'none'; code = 0; said = '' } }\n"
        "function Invoke-AovpnProgram { [CmdletBinding()] param($Path, $Words, $Seconds) "
        f"if ($Words -ne 'ras dump') {{ throw 'no' }}\n@{{ code = {code}; said = {said} }} }}"
    )


@pytest.mark.parametrize(
    ("code", "said", "reason"),
    [
        ("1", "'x'", "netsh ras dump ended with 1."),
        ("$null", "'x'", "netsh ras dump did not end in time."),
        ("0", '" `r`n"', "netsh ras dump wrote nothing."),
        (
            "0",
            "'xx ' + (New-Object ComponentModel.Win32Exception 1702).Message",
            "netsh ras dump does not work on this host (error 1702).",
        ),
    ],
)
def test_a_dump_that_fails_after_the_probe_is_none(
    windows: EngineHost, code: str, said: str, reason: str
) -> None:
    found = reasons(taken(windows, ran(code, said)))
    assert found["netsh-ras-dump.txt"] == reason
    assert found["RemoteAccess.reg"] == "no"


def test_a_dump_keeps_each_byte(windows: EngineHost) -> None:
    every = "-join (0..255 | ForEach-Object { [char] $_ })"
    assert taken(windows, ran("0", every)).files["netsh-ras-dump.txt"] == bytes(range(256))


def test_an_export_that_fails_is_a_reason(windows: EngineHost) -> None:
    program = (
        "function Invoke-AovpnProgram { [CmdletBinding()] param($Path, $Words, $Seconds) "
        "@{ code = 1; said = '' } }"
    )
    found = taken(windows, program)
    assert reasons(found)["RemoteAccess.reg"] == "reg.exe export ended with 1."


def test_a_key_that_is_missing_is_a_reason(windows: EngineHost) -> None:
    found = taken(windows, f"Remove-Item '{_SERVICE}' -Recurse; Remove-Item '{_CLASS}\\9*'")
    key = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
    assert reasons(found)["RemoteAccess.reg"] == f"There is no key {key}."
    assert reasons(found)["miniport.reg"] == "No WAN miniport was found."
    windows.run(f"$null = New-Item '{_SERVICE}'\n{_miniport('9001', 'ms_sstpminiport')}")


def test_the_readings_have_their_types(windows: EngineHost) -> None:
    changed = {
        "SslCertificate": base64.b64encode(b"\x30\x82").decode(),
        "IPAddressRangeList": ["10.0.0.1 - 10.0.0.9"],
        "Policy": {"EncryptionMethod": 4},
    }
    [access] = reading(windows, "Get-RemoteAccess", state("RemoteAccess", **_whole(changed)))
    assert access["SslCertificate"] == {"base64": "MII="}
    assert access["UseHttp"] is False
    assert access["IPAddressRangeList"] == ["10.0.0.1 - 10.0.0.9"]
    assert access["RadiusServerList"] == []
    [server] = reading(windows, "Get-VpnServerConfiguration")
    assert (server["Ikev2Ports"], server["EncryptionMethod"]) == (128, 4)
    assert "CimClass" not in server


_STATE: dict[str, Any] = {
    "Fails": None,
    "VpnStatus": "Installed",
    "VpnS2SStatus": "Uninstalled",
    "RoutingStatus": "Uninstalled",
    "Ikev2Ports": 128,
    "SstpPorts": 128,
    "L2tpPorts": 128,
    "GrePorts": 128,
    "IdleDisconnect": 300,
    "SALifeTime": 28800,
    "MMSALifeTime": 86400,
    "SADataSizeForRenegotiation": 1024000,
    "UseHttp": False,
    "Radius": [],
}


def _whole(changed: dict[str, Any]) -> dict[str, Any]:
    return {**_STATE, **changed}


_RADIUS = {
    "ServerName": "nps-01",
    "Purpose": "Authentication",
    "SharedSecret": "Secret-of-RADIUS",
    "Score": 30,
    "Timeout": 5,
    "Port": 1812,
    "MsgAuthenticator": "Enabled",
}


_PROPERTIES = {
    "Get-VpnServerConfiguration": (
        "Ikev2Ports SstpPorts L2tpPorts GrePorts IdleDisconnect SALifeTime MMSALifeTime "
        "SADataSizeForRenegotiation TunnelType EncryptionType CustomPolicy EncryptionMethod "
        "IntegrityCheckMethod CipherTransformConstants PfsGroup AuthenticationTransformConstants "
        "DHGroup"
    ),
    "Get-VpnAuthProtocol": (
        "UserAuthProtocolAccepted TunnelAuthProtocolsAdvertised RootCertificateNameToAccept "
        "CertificateAdvertised CertificateEKUsToAccept"
    ),
    "Get-RemoteAccess": (
        "DAStatus VpnStatus VpnS2SStatus RoutingStatus SstpProxyStatus LoadBalancing "
        "InternetInterface InternalInterface SslCertificate UseHttp VpnConfiguration "
        "IPAssignmentMethod IPAddressRangeList IPv6Prefix AuthenticationType RadiusServerList"
    ),
    "Get-RemoteAccessRadius": (
        "ServerName Purpose ServerPurpose Score Timeout Port AccountingOnOffMsg MsgAuthenticator"
    ),
    "Get-RemoteAccessAccounting": (
        "RadiusAccountingStatus RemoteRadiusServerList RadiusAccounting InboxAccountingStatus "
        "InboxStoreLimit InboxAccounting"
    ),
}


def test_every_setting_of_a_reading_is_kept_in_its_order(windows: EngineHost) -> None:
    """Versions of Windows differ in what they have: each is there where the cmdlet has it."""
    arrange = "\n".join(
        f"function {command} {{ [CmdletBinding()] param() $found = [ordered] @{{ Other = 1 }}\n"
        f"foreach ($name in -split '{names}') {{ $found[$name] = \"the $name\" }}\n"
        "[pscustomobject] $found }"
        for command, names in _PROPERTIES.items()
    )
    found = taken(windows, arrange).files
    for command, names in _PROPERTIES.items():
        [said] = json.loads(found[f"{command}.json"])
        assert list(said.items()) == [(name, f"the {name}") for name in names.split()]


def test_a_setting_is_told_five_levels_deep(windows: EngineHost) -> None:
    arrange = (
        "$found = 'end'\nforeach ($level in 6, 5, 4, 3, 2, 1) "
        '{ $found = [pscustomobject] [ordered] @{ "x$level" = $found } }\n'
        "function Get-RemoteAccessAccounting { [CmdletBinding()] param() "
        "[pscustomobject] @{ InboxAccounting = $found } }"
    )
    [said] = reading(windows, "Get-RemoteAccessAccounting", arrange)
    assert said == {"InboxAccounting": {"x1": {"x2": {"x3": {"x4": {"x5": "@{x6=end}"}}}}}}


def test_no_shared_secret_is_read(windows: EngineHost) -> None:
    arrange = state("RemoteAccess", **_whole({"Radius": [_RADIUS]}))
    found = taken(windows, arrange)
    [server] = json.loads(found.files["Get-RemoteAccessRadius.json"])
    assert server == {
        "ServerName": "nps-01",
        "Purpose": "Authentication",
        "ServerPurpose": {"ServerName": "nps-01", "Purpose": "Authentication"},
        "Score": 30,
        "Timeout": 5,
        "Port": 1812,
        "AccountingOnOffMsg": None,
        "MsgAuthenticator": "Enabled",
    }
    assert not [name for name, content in found.files.items() if b"Secret-of" in content]


def test_what_may_be_a_secret_is_not_even_looked_at(windows: EngineHost) -> None:
    nested = (
        "$inner = [pscustomobject] @{ ServerName = 'a'; CimClass = 'x' }\n"
        "foreach ($name in 'SharedSecret', 'PreSharedKey', 'PASSWORD', 'Credentials') {\n"
        "$inner | Add-Member ScriptProperty $name { $global:Looked = $true; 'S3cret' } }\n"
        "function Get-RemoteAccessAccounting { [CmdletBinding()] param() "
        "[pscustomobject] @{ RadiusAccounting = $inner; Other = 1; "
        "RemoteRadiusServerList = @($inner, $inner) } }\n$global:Looked = $false"
    )
    [said] = reading(windows, "Get-RemoteAccessAccounting", nested)
    assert said == {
        "RemoteRadiusServerList": [{"ServerName": "a"}, {"ServerName": "a"}],
        "RadiusAccounting": {"ServerName": "a"},
    }
    assert windows.run("[string] $Looked") == ["False"]


def _value(host: EngineHost, value: str) -> Any:
    script = f"ConvertTo-AovpnText @{{ x = ConvertTo-AovpnReading -Value ({value}) -Depth 3 }}"
    return host.record(script)["x"]


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("$null", None),
        ("'a'", "a"),
        ("[DayOfWeek]::Friday", "Friday"),
        ("[uint64]::MaxValue", 2**64 - 1),
        ("$true", True),
        ("[guid]::Empty", "00000000-0000-0000-0000-000000000000"),
        (
            "[datetime]::SpecifyKind([datetime] '2026-01-02T03:04:05', 'Utc')",
            "2026-01-02T03:04:05.0000000Z",
        ),
        ("[byte[]] @(1)", {"base64": "AQ=="}),
        ("[byte[]] @()", {"base64": ""}),
        ("@()", []),
        ("@(1)", [1]),
        ("@(@(1, 2), @())", [[1, 2], []]),
        ("[pscustomobject] @{ a = [pscustomobject] @{ b = @(, 'c') } }", {"a": {"b": ["c"]}}),
        (
            "[pscustomobject] @{ a = [pscustomobject] @{ b = [pscustomobject] @{ c = 5 } } }",
            {"a": {"b": {"c": "5"}}},
        ),
    ],
)
def test_a_value_becomes_plain_data(each_engine: EngineHost, value: str, plain: Any) -> None:
    assert _value(each_engine, value) == plain


def test_a_certificate_is_its_der(each_engine: EngineHost) -> None:
    made = (
        "$key = [Security.Cryptography.RSA]::Create(1024)\n"
        "$request = [Security.Cryptography.X509Certificates.CertificateRequest]::new('CN=x', $key, "
        "'SHA256', [Security.Cryptography.RSASignaturePadding]::Pkcs1)\n"
        "$found = $request.CreateSelfSigned([DateTimeOffset]::Now, [DateTimeOffset]::Now)\n"
        "ConvertTo-AovpnText @{ is = ConvertTo-AovpnReading -Value $found -Depth 3\n"
        "der = [Convert]::ToBase64String($found.RawData) }"
    )
    if each_engine.engine == "windows":
        pytest.skip("no key can be made there")
    said = each_engine.record(made)
    assert said["is"] == {"base64": said["der"]}


def test_a_cmdlet_that_refuses_is_a_reason(windows: EngineHost) -> None:
    found = taken(windows, state("RemoteAccess", **_whole({"Fails": "Not\r\n configured."})))
    assert reasons(found) == dict.fromkeys(_READINGS, "Not configured.")
    assert "RemoteAccess.reg" in found.files


def test_half_an_answer_is_no_reading(windows: EngineHost) -> None:
    answer = "[pscustomobject] @{ Other = 1 }"
    commands = [name.removesuffix(".json") for name in _READINGS]
    found = taken(windows, "".join(failing(one, answer=answer) for one in commands))
    assert reasons(found) == dict.fromkeys(_READINGS, "denied")


def test_a_reason_is_one_line(each_engine: EngineHost) -> None:
    script = '(Read-AovpnPart -Part a.txt -Read { throw " Not`r`n\t configured. " }).reason'
    assert each_engine.run(script) == ["Not configured."]


def test_a_cmdlet_that_is_missing_is_a_reason(windows: EngineHost) -> None:
    none = "function Get-Command { [CmdletBinding()] param($Name, $CommandType) }"
    assert reasons(taken(windows, none)) == {
        name: f"{name.removesuffix('.json')} is not installed (Windows feature "
        "RSAT-RemoteAccess-PowerShell)."
        for name in _READINGS
    }


def test_a_host_where_nothing_can_be_read_has_no_backup(linux: EngineHost) -> None:
    folder = "function New-AovpnFolder { [CmdletBinding()] param($Path, $Rights) $null = "
    folder += "[IO.Directory]::CreateDirectory($Path) }\n"
    me = "function Get-AovpnRrasParts { Read-AovpnPart -Part 'a.txt' -Read { throw 'denied' } }"
    with pytest.raises(BackupFailed, match=r"nothing could be read \(a\.txt: denied\)"):
        taken(linux, folder + me)


def test_a_failure_of_the_whole_is_told(windows: EngineHost) -> None:
    full = "function New-AovpnFolder { [CmdletBinding()] param($Path, $Rights) throw 'disk full' }"
    with pytest.raises(BackupFailed, match=r"^disk full$"):
        taken(windows, full)


def test_the_folder_is_taken_away_after_a_failure_as_well(windows: EngineHost) -> None:
    fault = "function Find-AovpnBackupMiniports { throw 'broken' }"
    with pytest.raises(BackupFailed, match=r"^broken$"):
        taken(windows, fault)
    assert windows.run(_TEMPORARY) == ["0"]


def test_the_folder_is_for_administrators_and_the_account_alone(windows: EngineHost) -> None:
    seen = (
        "function Find-AovpnBackupMiniports { $global:Seen = (Get-Acl -LiteralPath "
        "([IO.Directory]::GetDirectories([IO.Path]::GetTempPath(), 'aovpn-*')[0])).Sddl }"
    )
    taken(windows, seen)
    [sddl, me] = windows.run("$Seen\n[Security.Principal.WindowsIdentity]::GetCurrent().User.Value")
    rights = sddl.partition("D:")[2]
    assert rights.startswith("P")
    assert set(rights.partition("(")[2].removesuffix(")").split(")(")) <= {
        "A;OICI;FA;;;SY",
        "A;OICI;FA;;;BA",
        f"A;OICI;FA;;;{me}",
        "A;OICI;FA;;;LA",
    }


def test_a_large_file_comes_in_pieces(windows: EngineHost) -> None:
    large = (
        "function Get-AovpnRasDump { [CmdletBinding()] param() "
        "$bytes = [byte[]]::new(200000); [Random]::new(1).NextBytes($bytes); @{ bytes = $bytes } }"
    )
    said = [json.loads(line) for line in lines(windows, large)]
    pieces = [one["piece"] for one in said if "piece" in one and "ras-dump" in one["part"]]
    assert pieces == [0, 1, 2, 3, 4]
    assert len(read_backup(map(json.dumps, said), "rras").files["netsh-ras-dump.txt"]) == 200000


@pytest.mark.parametrize("size", [49152, 49153])
def test_a_piece_is_full_before_the_next_begins(each_engine: EngineHost, size: int) -> None:
    script = f"ConvertTo-AovpnPieces -Part a.txt -Bytes ([byte[]]::new({size}))"
    [head, *pieces] = each_engine.records(script)
    assert head["pieces"] == len(pieces) == -(-size // 49152)
    assert sum(len(base64.b64decode(one["data"])) for one in pieces) == size


@pytest.mark.parametrize(
    ("size", "reason"),
    [(8388608, None), (8388609, "It has 8388609 bytes, more than 8388608."), (0, "It is empty.")],
)
def test_a_part_has_its_limits(each_engine: EngineHost, size: int, reason: str | None) -> None:
    said = each_engine.record(
        f"$part = Read-AovpnPart -Part a.txt -Read {{ @{{ bytes = [byte[]]::new({size}) }} }}\n"
        "ConvertTo-AovpnText @{ reason = $part.reason; none = $null -eq $part.bytes }"
    )
    assert said == {"reason": reason, "none": reason is not None}
