"""Ports of a VPN server: RemoteAccess stands in, the limits are in a real registry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.powershell.arranged import failing, store
from tests.powershell.host import EngineHost

_KIND = "AovpnVpnServerPorts"
_CLASS = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class"
    r"\{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
_ROUTER: dict[str, Any] = {
    "Ikev2Ports": 128,
    "SstpPorts": 64,
    "L2tpPorts": 32,
    "GrePorts": 16,
    "IdleDisconnect": 300,
    "SALifeTime": 28800,
    "MMSALifeTime": 86400,
    "SADataSizeForRenegotiation": 1024000,
    "EncryptionType": "RequireEncryption",
    "Sessions": 0,
    "Fails": None,
}
_COUNTS = {"ikev2": 128, "sstp": 64, "l2tp": 32, "gre": 16}
_NO_LIMITS = {"ikev2": None, "sstp": None, "l2tp": None, "gre": None}


@pytest.fixture(autouse=True)
def _router(stand_ins: EngineHost) -> Iterator[None]:
    set_router(stand_ins)
    yield
    stand_ins.run(f"Remove-Item '{_CLASS}\\9*' -Recurse -ErrorAction Ignore")


def set_router(host: EngineHost, **changed: Any) -> None:
    host.run(store("RemoteAccess", "State", json.dumps({**_ROUTER, **changed})))


def miniport(number: int, device: str | None, most: int | None) -> str:
    path = f"{_CLASS}\\9{number:03}"
    script = f"$null = New-Item -Path '{path}' -Force"
    if device is not None:
        script += f"\n$null = New-ItemProperty '{path}' -Name MatchingDeviceId -Value {device}"
    if most is not None:
        script += f"\n$null = New-ItemProperty '{path}' -Name MaxWanEndpoints -Value {most}"
    return script


def shadow(body: str) -> str:
    return f"function Get-VpnServerConfiguration {{ [CmdletBinding()] param() {body} }}"


def reason(host: EngineHost, arrange: str) -> str:
    record = host.record(f"{arrange}\nInvoke-AovpnStep -Id x -Kind {_KIND} -Target @{{}}")
    assert not record["ok"]
    return str(record["error"]["message"])


def test_the_counts_the_limits_and_the_policy_are_told(windows: EngineHost) -> None:
    assert windows.read(_KIND, {}) == {
        **_COUNTS,
        "limits": _NO_LIMITS,
        "policy": {"EncryptionType": "RequireEncryption"},
    }


def test_each_text_of_the_policy_is_told(windows: EngineHost) -> None:
    names = (
        "EncryptionType",
        "CustomPolicy",
        "EncryptionMethod",
        "IntegrityCheckMethod",
        "CipherTransformConstants",
        "PfsGroup",
        "AuthenticationTransformConstants",
        "DHGroup",
    )
    fields = "; ".join(f"{name} = '{name.lower()}'" for name in names)
    state = windows.read(
        _KIND, {}, arrange=shadow(f"[pscustomobject] @{{ SstpPorts = 5; Other = 1; {fields} }}")
    )
    assert state == {
        "ikev2": None,
        "sstp": 5,
        "l2tp": None,
        "gre": None,
        "limits": _NO_LIMITS,
        "policy": {name: name.lower() for name in names},
    }


def test_the_lowest_limit_of_each_miniport_counts(windows: EngineHost) -> None:
    arrange = "\n".join(
        [
            miniport(1, "ms_agilevpnminiport", 500),
            miniport(2, "ms_agilevpnminiport", 200),
            miniport(3, "ms_agilevpnminiport", 300),
            miniport(4, "ms_sstpminiport", 2147483647),
            miniport(5, "ms_l2tpminiport", 1),
            miniport(6, "ms_greminiport", 0),
            miniport(7, "ms_pppoeminiport", 3),
            miniport(8, "ms_sstpminiport", None),
            miniport(9, None, 4),
        ]
    )
    limits = windows.read(_KIND, {}, arrange=arrange)["limits"]
    assert limits == {"ikev2": 200, "sstp": 2147483647, "l2tp": 1, "gre": 0}


def test_a_server_without_rras_says_so(windows: EngineHost) -> None:
    set_router(windows, Fails="The parameter\r\n  is incorrect.")
    assert reason(windows, "") == (
        "RRAS is not configured for VPN, or does not tell its configuration: "
        "The parameter is incorrect."
    )


def test_an_error_that_does_not_end_the_cmdlet_is_one_too(windows: EngineHost) -> None:
    shadow = failing("Get-VpnServerConfiguration", answer="[pscustomobject] @{ SstpPorts = 5 }")
    said = reason(windows, shadow)
    assert said == "RRAS is not configured for VPN, or does not tell its configuration: denied"


@pytest.mark.parametrize("body", ["", "$null", "1; 2"])
def test_no_configuration_or_two_are_none(windows: EngineHost, body: str) -> None:
    expected = "RRAS is not configured for VPN: it has no configuration."
    assert reason(windows, shadow(body)) == expected


@pytest.mark.parametrize("fields", ["Other = 1", "SstpPorts = $null"])
def test_a_configuration_without_counts_is_none(windows: EngineHost, fields: str) -> None:
    said = reason(windows, shadow(f"[pscustomobject] @{{ {fields} }}"))
    assert said == "RRAS is not configured for VPN: it has no port counts."


def test_a_host_without_the_cmdlets_says_which_feature_has_them(each_engine: EngineHost) -> None:
    none = "function Get-Command { [CmdletBinding()] param($Name, $CommandType) if ($Name -ne "
    none += "'RemoteAccess\\Get-VpnServerConfiguration') { 'there' } }"
    assert reason(each_engine, none if each_engine.engine == "windows" else "") == (
        "The RemoteAccess cmdlets are not installed (Windows feature RSAT-RemoteAccess-PowerShell)."
    )


@pytest.mark.parametrize(
    "desired",
    [
        {"ikev2": 500},
        {"sstp": 0},
        {"l2tp": 1},
        {"gre": 2},
        {"ikev2": 500, "sstp": 64, "l2tp": 7, "gre": 16},
    ],
    ids=str,
)
def test_counts_are_set_and_set_back(windows: EngineHost, desired: dict[str, int]) -> None:
    done = windows.set(_KIND, {}, desired)
    assert done["ok"], done
    assert windows.read(_KIND, {}) == {
        **_COUNTS,
        **desired,
        "limits": _NO_LIMITS,
        "policy": {"EncryptionType": "RequireEncryption"},
    }
    done = windows.set(_KIND, {}, _COUNTS)
    assert done["ok"], done
    assert {name: windows.read(_KIND, {})[name] for name in _COUNTS} == _COUNTS


_NOTES = (
    "function Set-VpnServerConfiguration { [CmdletBinding()] param($Confirm, $Ikev2Ports, "
    "$SstpPorts, $L2tpPorts, $GrePorts) "
    "$global:Noted = ConvertTo-Json -Compress $PSBoundParameters; Write-Warning 'restart' }"
)


def test_only_what_differs_is_named_in_the_call(windows: EngineHost) -> None:
    said = windows.run(
        f"{_NOTES}\n$null = Set-AovpnVpnServerPorts -Desired @{{ ikev2 = 128; sstp = 65 }}\n$Noted"
    )
    assert json.loads(said[0]) == {
        "SstpPorts": 65,
        "Confirm": False,
        "ErrorAction": 1,
        "WarningAction": 0,
    }


def test_nothing_is_asked(windows: EngineHost) -> None:
    """A function of a module does not see that nothing is to be confirmed."""
    asking = (
        "function Set-VpnServerConfiguration {\n"
        "[CmdletBinding(SupportsShouldProcess, ConfirmImpact = 'High')] param($SstpPorts)\n"
        "if ($PSCmdlet.ShouldProcess('x')) { $global:Noted = 'set' } }"
    )
    said = windows.run(
        "$global:Noted = 'none'\n$module = New-Module -Name AovpnAsks -ScriptBlock {\n"
        f"$ConfirmPreference = 'High'\n{asking} }}\nImport-Module $module -Scope Local\n"
        "try { Set-AovpnVpnServerPorts -Desired @{ sstp = 65 } }\n"
        "finally { Remove-Module -Name AovpnAsks }\n$Noted"
    )
    assert said == ["set"]


def test_nothing_is_called_where_all_is_right(windows: EngineHost) -> None:
    said = windows.run(
        f"{_NOTES}\n$global:Noted = 'none'\n"
        "Set-AovpnVpnServerPorts -Desired @{ ikev2 = 128; gre = 16 }\n$Noted"
    )
    assert said == ["none"]


def test_a_refusal_of_the_cmdlet_is_told(windows: EngineHost) -> None:
    done = windows.set(
        _KIND, {}, {"sstp": 1}, arrange=failing("Set-VpnServerConfiguration", "SstpPorts")
    )
    assert (done["ok"], done["error"]["message"]) == (False, "denied")
