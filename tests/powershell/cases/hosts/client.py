"""A client: its connections, phone books, and device tunnel."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import state, store

from .common import MICROSOFT, NT

_ENROLLMENTS = rf"{MICROSOFT}\Enrollments\AovpnCase"
_TRACKED = rf"{MICROSOFT}\EnterpriseResourceManager\Tracked\AovpnCase"
_BOOKS = r"$env:ProgramData\Microsoft\Network\Connections\Pbk"
_USER_SID, _ANNA = "S-1-5-21-1-2-3-1207", r"%SystemDrive%\users\anna"
_DEVICE_TUNNEL = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RasMan\DeviceTunnel"
)
FORGET = f"""
Remove-Item '{_ENROLLMENTS}*', '{_TRACKED}' -Recurse -ErrorAction Ignore
Remove-Item "{_BOOKS}", 'C:\\Users\\case*' -Recurse -ErrorAction Ignore
Remove-Item '{NT}\\ProfileList\\AovpnCase*' -Recurse -ErrorAction Ignore
$null = New-ItemProperty '{NT}' -Name EditionID -Value ServerStandard -Force
Remove-Item '{_DEVICE_TUNNEL}', '{NT}\\ProfileList\\{_USER_SID}' -Recurse -ErrorAction Ignore
Remove-Item C:\\ProgramData\\Microsoft\\Network, C:\\users\\anna -Recurse -Force -ErrorAction Ignore
"""


def _connection(resource: Resource, answer: Any, **more: Any) -> str:
    """The connection, by whom the host is managed, and the profiles that are tracked."""
    target = resource.target()
    one = (
        {"Name": answer["name"], "AllUserConnection": target["AllUsers"], **more} if answer else {}
    )
    mdm = answer["mdm"] if answer else {"providers": [], "profiles": []}
    lines = [state("VpnClient", Connections=[one] if one else [])]
    for number, provider in enumerate(mdm["providers"]):
        lines.append(f"$null = New-Item '{_ENROLLMENTS}{number}' -Force")
        lines.append(
            f"$null = New-ItemProperty '{_ENROLLMENTS}{number}' ProviderID "
            f"-Value {literal(provider)}"
        )
    for number, name in enumerate(mdm["profiles"]):
        path = f"{_TRACKED}\\1\\device\\default"
        lines.append(f"if (-not (Test-Path '{path}')) {{ $null = New-Item '{path}' -Force }}")
        uri = literal(f"./Device/Vendor/MSFT/VPNv2/{name}/ProfileXML")
        lines.append(f"$null = New-ItemProperty '{path}' {number} -Value {uri}")
    return "\n".join(lines)


def vpn_connection_route(resource: Resource, answer: Any) -> str:
    """The connection with its routes."""
    if answer is None:
        return _connection(resource, None)
    routes = [
        {"DestinationPrefix": route["prefix"], "RouteMetric": route["metric"]}
        for route in answer["routes"]
    ]
    return _connection(resource, answer, Routes=routes, SplitTunneling=answer["split_tunneling"])


def vpn_connection_eap_server_names(resource: Resource, answer: Any) -> str:
    """The connection with its EAP configuration, and the build."""
    if answer is None:
        return _connection(resource, None)
    build = f"Set-ItemProperty '{NT}' -Name CurrentBuildNumber -Value '{answer['build']}'"
    return f"{build}\n{_connection(resource, answer, Eap=answer['eap'])}"


def phonebook(folder: str, name: str, values: Mapping[str, str | None]) -> str:
    """A phone book with the connection between two others. `folder` is a text in quotes."""
    names = {"enabled": "Enabled", "sso": "SsoEnabled", "eku": "SsoEku", "issuer": "SsoIssuer"}
    lines = ["[A]", "DeviceComplianceEnabled=7", "", f"[{name}]", "Encoding=1"]
    lines += [
        f"DeviceCompliance{names[field]}={value}"
        for field, value in values.items()
        if field in names and value is not None
    ]
    lines += ["", "DEVICE=vpn", "", "[Z]", "DeviceComplianceEnabled=8"]
    text = literal("\r\n".join(lines))
    return (
        f"$null = [IO.Directory]::CreateDirectory({folder})\n"
        f"[IO.File]::WriteAllText({folder} + '\\rasphone.pbk', {text})"
    )


def vpn_connection_conditional_access(resource: Resource, answer: Any) -> str:
    """The connection in the phone book of all users, or in those of several users."""
    if answer is None:
        return _connection(resource, None)
    name = resource.target()["Name"]
    [first, *_] = answer["places"]
    lines = [_connection(resource, {"name": name, "mdm": answer["mdm"]}, Eap=first["eap"])]
    for number, place in enumerate(answer["places"]):
        home = f'"{_BOOKS}"'
        if not resource.target()["AllUsers"]:
            home = literal(f"{place['whose']}\\AppData\\Roaming\\{_BOOKS.partition(chr(92))[2]}")
            key = f"{NT}\\ProfileList\\AovpnCase{number}"
            lines.append(f"$null = New-Item '{key}' -Force")
            lines.append(
                f"$null = New-ItemProperty '{key}' ProfileImagePath -PropertyType ExpandString "
                f"-Value {literal(place['whose'])}"
            )
        lines.append(phonebook(home, name, place))
    return "\n".join(lines)


def vpn_connection_eku_filter(resource: Resource, answer: Any) -> str:
    """The connection with the purposes of its machine certificate."""
    oids = answer["oids"] if answer else []
    return _connection(resource, answer, MachineCertificateEKUFilter=oids)


def device_tunnel_eligibility(resource: Resource, answer: Any) -> str:
    """The edition and the build, the domain as CIM tells it, and the key of a device tunnel."""
    del resource
    row: Any = {"error": "Access denied "}
    if answer["joined"] is not None:
        row = [{"PartOfDomain": answer["joined"]}]
    lines = [
        f"Set-ItemProperty '{NT}' -Name CurrentBuildNumber -Value '{answer['build']}'",
        store("Cim", "root/cimv2:Win32_ComputerSystem", json.dumps(row)),
        f"Remove-ItemProperty '{NT}' -Name EditionID",
    ]
    if answer["edition"] is not None:
        value = literal(answer["edition"])
        lines.append(f"$null = New-ItemProperty '{NT}' -Name EditionID -Value {value}")
    if answer["tunnel"]:
        lines.append(f"$null = New-Item '{_DEVICE_TUNNEL}' -Force")
    return "\n".join(lines)


def rasphone_entry(resource: Resource, answer: Any) -> str:
    """A phonebook with the section between two others, and the folder of its user."""
    user = resource.target()["User"]
    if answer is None:
        return ""
    path = answer["phonebook"]
    others = ("[Always On VPN 2]\r\nVpnStrategy=1\r\n\r\n", "[Other]\r\nVpnStrategy=2\r\n")
    lines = [
        f"$null = [IO.Directory]::CreateDirectory({literal(path.rpartition(chr(92))[0])})",
        f"[IO.File]::WriteAllText({literal(path)}, {literal(answer['section'].join(others))})",
        f"Set-ItemProperty '{NT}' CurrentBuildNumber '{answer['build']}'",
    ]
    if user:
        key = rf"{NT}\ProfileList\{_USER_SID}"
        lines += [
            store("Accounts", user, _USER_SID),
            f"$null = New-Item '{key}' -Force",
            f"$null = New-ItemProperty '{key}' ProfileImagePath -Type ExpandString -Value "
            + literal(_ANNA),
        ]
    return "\n".join(lines)
