"""Network policies of NPS: netsh and the NPS module stand in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from aovpn_remediate.errors import TimedOut
from aovpn_remediate.rendering.literals import literal
from tests.powershell.arranged import failing, state, store
from tests.powershell.conftest import EngineLab
from tests.powershell.host import EngineHost, read_step

_KIND = "AovpnNpsPolicy"
_OID = "1.3.6.1.4.1.311.87"
_IAS = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\IAS"
_SECRET = "not for anybody"
_EXPORTS = "@([IO.Directory]::GetFiles([IO.Path]::GetTempPath(), 'aovpn-nps-*')).Count"
_NO_NETSH = "function Get-AovpnNpsShown { }\n"
"""A script after which netsh tells nothing."""


@pytest.fixture(autouse=True)
def _nps(stand_ins: EngineHost) -> Iterator[None]:
    client = {"Name": "rras", "Address": "10.0.0.9", "SharedSecret": _SECRET, "Enabled": True}
    client["AuthAttributeRequired"] = False
    stand_ins.run(f"$null = New-Item -Path '{_IAS}'\n{state('NPS', Clients=[client])}")
    yield
    stand_ins.run(f"Remove-Item '{_IAS}' -Recurse -ErrorAction Ignore")
    assert stand_ins.run(f"[string] {_EXPORTS}") == ["0"], "an export stays"


def policy(host: EngineHost, name: str, *lines: str) -> None:
    """A network policy whose profile has these lines, with another one before and after it."""
    host.run(
        "\n".join(
            [
                store("NPS\\Policies\\A first", "Profile", [f"Other|0x1041|{_OID}.1"]),
                store(f"NPS\\Policies\\{name}", "Profile", list(lines)),
                store("NPS\\Policies\\Z last", "Profile", [f"Other|0x1041|{_OID}.2"]),
            ]
        )
    )


def read(host: EngineHost, name: str = "VPN users", *, arrange: str = "") -> Any:
    return host.read(_KIND, {"Policy": name}, arrange=arrange)


def reason(host: EngineHost, arrange: str = "", name: str = "VPN users") -> str:
    record = host.record(f"{arrange}\n{read_step(_KIND, {'Policy': name})}")
    assert not record["ok"], record
    assert _SECRET not in json.dumps(record)
    return str(record["error"]["message"])


_OURS = f"Allowed-Certificate-OID|0x1041|{_OID}"


def test_netsh_tells_the_oids_of_a_policy(windows: EngineHost) -> None:
    policy(windows, "VPN users", "NP-Allow-Dial-in|0x100f|TRUE", _OURS)
    assert read(windows, "vpn USERS") == {
        "policy": "VPN users",
        "oids": [_OID],
        "source": "netsh",
    }
    assert read(windows, "A first")["oids"] == [f"{_OID}.1"]
    assert read(windows, "Z last")["oids"] == [f"{_OID}.2"]


def test_no_export_is_made_where_netsh_tells(windows: EngineHost) -> None:
    policy(windows, "VPN users", _OURS)
    none = "function Get-AovpnNpsExported { throw 'an export' }"
    assert read(windows, arrange=none)["source"] == "netsh"
    assert read(windows, "No such policy", arrange=none) is None


def test_several_oids_on_one_line_or_more_are_all_told(windows: EngineHost) -> None:
    policy(windows, "VPN users", f'{_OURS}" "1.3.6.1.5.5.7.3.2', "Other|0x1041|1.2.3.4.5")
    assert read(windows)["oids"] == [_OID, "1.3.6.1.5.5.7.3.2", "1.2.3.4.5"]


@pytest.mark.parametrize(
    "line",
    [
        f"Other-Attribute|0x1042|{_OID}",
        f"NP-Allow-Dial-in|0x100f|0x1041 {_OID}",
        f"Class|0x19|a = 0x1041 {_OID}",
        f"Class|0x19|Name = VPN users 0x1041 {_OID}",
    ],
)
def test_what_is_of_another_attribute_is_not_told(windows: EngineHost, line: str) -> None:
    policy(windows, "VPN users", line)
    assert read(windows) == {"policy": "VPN users", "oids": [], "source": "netsh"}


def test_a_condition_is_no_part_of_the_profile(windows: EngineHost) -> None:
    policy(windows, "VPN users")
    conditions = [f"Condition0|0x1041|{_OID}"]
    windows.run(store("NPS\\Policies\\VPN users", "Conditions", conditions))
    assert read(windows)["oids"] == []


@pytest.mark.parametrize(
    "name",
    [
        "a = b",
        f"VPN 0x1041 {_OID}",
        "it's \u2018so\u2019",
        "[a]*?",
        "$(throw 1) `n",
        "x" * 200,
    ],
)
def test_any_name_is_found(windows: EngineHost, name: str) -> None:
    policy(windows, name, _OURS)
    assert read(windows, name)["policy"] == name
    assert read(windows, name)["oids"] == [_OID]


_GERMAN = [
    "Konfiguration der Netzwerkrichtlinie:",
    "---------------------------------------------------------",
    "Name                    = VPN users",
    "Status                  = Aktiviert",
    "Verarbeitungsreihenfolge= 2",
    "Richtlinienquelle       = 0",
    "",
    "Bedingungsattribute:",
    "",
    "Name                                    Kennung     Wert",
    "---------------------------------------------------------",
    f"Bedingung0                              0x1041      '{_OID}.9'",
    "",
    "Profilattribute:",
    "",
    "MS-Filter                               0x102f",
    "  Quelle = 0.0.0.0",
    "  Maske = 0.0.0.0",
    f"Allowed-Certificate-OID                 0x00001041  '{_OID}'",
    "OK.",
]


def parsed(host: EngineHost, *lines: str) -> Any:
    call = f"ConvertFrom-AovpnNpsText -Lines {literal(list(lines))}"
    return host.record(f"ConvertTo-AovpnText @({call})")


def test_the_words_of_another_language_say_the_same(each_engine: EngineHost) -> None:
    found = parsed(each_engine, *_GERMAN)
    assert found == [{"name": "VPN users", "oids": [_OID], "told": True}]


@pytest.mark.parametrize("value", ["", "'Entra'", "31332e36", "1.2.3.4", f"x{_OID}."])
def test_a_value_that_is_no_oid_is_not_told(each_engine: EngineHost, value: str) -> None:
    lines = [line.replace(f"'{_OID}'", value) for line in _GERMAN]
    assert parsed(each_engine, *lines) == [{"name": "VPN users", "oids": [], "told": False}]


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        [f"Allowed-Certificate-OID  0x1041  {_OID}"],
        ["a = 1", "b = 2", "c = 3", "d = x", f"A  0x1041  {_OID}"],
        ["a = 1", "b = 2", "c = x", "d = 4", f"A  0x1041  {_OID}"],
        ["a = 1", "b = 2", "Title", "c = 3", "d = 4", f"A  0x1041  {_OID}"],
        ["a = 1", "b = 2", "A  0x1", "c = 3", "d = 4", f"A  0x1041  {_OID}"],
    ],
)
def test_what_is_no_policy_is_none(each_engine: EngineHost, lines: list[str]) -> None:
    assert parsed(each_engine, *lines) == []


def test_netsh_that_fails_is_asked_nothing_more(windows: EngineHost) -> None:
    policy(windows, "VPN users", _OURS)
    arrange = "function ConvertFrom-AovpnNpsText { throw 'asked' }\n"
    # The stand-in ends with 1 at a command that it does not know.
    body = "${function:Get-AovpnNpsShown}.ToString().Replace('show np', 'show none')"
    arrange += f"$body = [scriptblock]::Create({body})\n"
    arrange += "Set-Item function:Get-AovpnNpsShown $body"
    assert read(windows, arrange=arrange)["source"] == "export"


@pytest.mark.parametrize(
    "name", ["VPN users", "it's [a] 'policy' & <more>", "Benutzer f\u00fcr VPN"]
)
def test_an_export_tells_where_netsh_does_not(windows: EngineHost, name: str) -> None:
    policy(windows, name, "NP-Allow-Dial-in|0x100f|TRUE", _OURS, "IP|0x8|10.0.0.1")
    expected = {"policy": name, "oids": [_OID], "source": "export"}
    assert read(windows, name.upper(), arrange=_NO_NETSH) == expected
    assert read(windows, "No such policy", arrange=_NO_NETSH) is None


def test_an_export_is_made_where_netsh_shows_no_oid(windows: EngineHost) -> None:
    policy(windows, "VPN users", "Allowed-Certificate-OID|0x1041|Entra")
    assert read(windows) == {"policy": "VPN users", "oids": [], "source": "export"}


def test_a_name_that_a_console_may_spoil_is_looked_for_in_an_export(windows: EngineHost) -> None:
    policy(windows, "VPN users", _OURS)
    assert read(windows, "Benutzer f\u00fcr VPN") is None
    arrange = "function Get-AovpnNpsExported { throw 'an export' }"
    assert reason(windows, arrange, "Benutzer f\u00fcr VPN") == "an export"


def test_a_host_without_nps_says_so(windows: EngineHost) -> None:
    windows.run(f"Remove-Item '{_IAS}'")
    said = "NPS is not installed on this host (Windows feature NPAS)."
    assert reason(windows) == said


def test_a_host_without_the_cmdlets_says_which_feature_has_them(windows: EngineHost) -> None:
    none = "function Get-Command { [CmdletBinding()] param($Name, $CommandType) if ($Name -ne "
    none += "'Export-NpsConfiguration') { 'there' } }"
    assert reason(windows, _NO_NETSH + none) == (
        "netsh does not tell the network policies, and the NPS cmdlets are not installed "
        "(Windows feature NPAS)."
    )


def test_an_export_that_is_refused_says_who_may(windows: EngineHost) -> None:
    said = "NPS does not tell its network policies; reading them needs an administrator: "
    windows.run(state("NPS", Fails="Access is\r\n denied."))
    assert reason(windows, _NO_NETSH) == f"{said}Access is denied."
    refused = failing("Export-NpsConfiguration", "Path")
    assert reason(windows, _NO_NETSH + refused) == f"{said}denied"


_WRITES = "function Export-NpsConfiguration {{ [CmdletBinding()] param($Path) "
_WRITES += "[IO.File]::WriteAllText($Path, {text})\n{then} }}\n"


_FOUND = (
    "<Root><NetworkPolicy><Children><x name='VPN users'>{}</x></Children></NetworkPolicy></Root>"
)
_ACTION = "<Properties><msNPAction>{}</msNPAction></Properties>"
_NO_XML = "The export of NPS cannot be read: it is not XML."
_NO_PROFILE = "The export of NPS has no profile for the network policy VPN users."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (_SECRET, _NO_XML),
        (f"<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///C:/x'>]><Root>{_SECRET}", _NO_XML),
        (f"<Root><{_SECRET}></Root>", _NO_XML),
        (_FOUND.format(""), _NO_PROFILE),
        (_FOUND.format(_ACTION.format("")), _NO_PROFILE),
        (_FOUND.format(_ACTION.format("elsewhere")), _NO_PROFILE),
    ],
)
def test_an_export_that_is_none_is_deleted_and_tells_no_secret(
    windows: EngineHost, text: str, said: str
) -> None:
    assert reason(windows, _NO_NETSH + _WRITES.format(text=literal(text), then="")) == said


def test_an_export_that_breaks_off_is_deleted(windows: EngineHost) -> None:
    arrange = _NO_NETSH + _WRITES.format(text=literal(_SECRET), then="throw 'broken off'")
    assert "broken off" in reason(windows, arrange)


def test_an_export_whose_pipeline_is_stopped_is_deleted(
    windows: EngineHost, windows_lab: EngineLab
) -> None:
    done = r"C:\AovpnExported"
    hangs = f"[IO.File]::WriteAllText('{done}', $Path); while ($true) {{ Start-Sleep 1 }}"
    arrange = _NO_NETSH + _WRITES.format(text=literal(_SECRET), then=hangs)
    with windows_lab.connect() as session:
        other = EngineHost("windows", session)
        with pytest.raises(TimedOut):
            other.run(f"{arrange}\n{read_step(_KIND, {'Policy': 'VPN users'})}", seconds=3)
    [path] = windows.run(f"[IO.File]::ReadAllText('{done}'); [IO.File]::Delete('{done}')")
    gone = f"for ($n = 0; $n -lt 100 -and (Test-Path {literal(path)}); $n++) "
    gone += "{ Start-Sleep -Milliseconds 100 }\n"
    assert windows.run(f"{gone}[string] (Test-Path {literal(path)})") == ["False"]


def test_an_export_that_cannot_be_deleted_is_named(windows: EngineHost) -> None:
    holds = "$global:Held = [IO.File]::Open($Path, 'Open', 'ReadWrite', 'None')"
    arrange = _NO_NETSH + _WRITES.format(text=literal(_SECRET), then=holds)
    said = reason(windows, arrange)
    windows.run(
        "$path = $Held.Name; $Held.Close(); [IO.File]::Delete($path)\n"
        "Remove-Variable Held -Scope Global"
    )
    assert said.startswith(
        "The export of NPS, which holds RADIUS secrets in clear, could not be deleted: delete C:"
    )


def test_an_export_that_is_held_for_a_moment_is_deleted(windows: EngineHost) -> None:
    holds = (
        "$held = [IO.File]::Open($Path, 'Open', 'Read', 'Read')\n"
        "$close = [Delegate]::CreateDelegate([Action], $held, 'Close')\n"
        "$null = [Threading.CancellationTokenSource]::new(250).Token.Register($close)"
    )
    arrange = _NO_NETSH + _WRITES.format(text=literal("<Root/>"), then=holds)
    assert read(windows, arrange=arrange) is None


def test_nothing_but_the_needed_part_is_told(windows: EngineHost) -> None:
    policy(windows, "VPN users", _OURS, f"Text|0x19|{_SECRET}")
    told = windows.run(f"{_NO_NETSH}{read_step(_KIND, {'Policy': 'VPN users'})}")
    assert _SECRET not in "\n".join(told)
