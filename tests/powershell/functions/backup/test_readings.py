"""Settings as the cmdlets of RemoteAccess tell them; the cmdlets stand in."""

from __future__ import annotations

import base64
import json
from typing import Any

from tests.powershell.arranged import failing, state
from tests.powershell.host import EngineHost

from .server import READINGS, reasons, taken


def reading(host: EngineHost, command: str, arrange: str = "") -> Any:
    return json.loads(taken(host, arrange).files[f"{command}.json"])


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


def test_a_cmdlet_that_refuses_is_a_reason(windows: EngineHost) -> None:
    found = taken(windows, state("RemoteAccess", **_whole({"Fails": "Not\r\n configured."})))
    assert reasons(found) == dict.fromkeys(READINGS, "Not configured.")
    assert "RemoteAccess.reg" in found.files


def test_half_an_answer_is_no_reading(windows: EngineHost) -> None:
    answer = "[pscustomobject] @{ Other = 1 }"
    commands = [name.removesuffix(".json") for name in READINGS]
    found = taken(windows, "".join(failing(one, answer=answer) for one in commands))
    assert reasons(found) == dict.fromkeys(READINGS, "denied")


def test_a_cmdlet_that_is_missing_is_a_reason(windows: EngineHost) -> None:
    none = "function Get-Command { [CmdletBinding()] param($Name, $CommandType) }"
    assert reasons(taken(windows, none)) == {
        name: f"{name.removesuffix('.json')} is not installed (Windows feature "
        "RSAT-RemoteAccess-PowerShell)."
        for name in READINGS
    }
