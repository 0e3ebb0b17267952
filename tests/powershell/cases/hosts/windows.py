"""What any Windows has: the registry, services, programs, logs and certificates."""

from __future__ import annotations

import json
from typing import Any

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import state, store

from .common import new_service

_UNINSTALL = (
    r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\AovpnCase"
)
_MY = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\SystemCertificates\My\Certificates"
_STARTS = {"boot": 0, "system": 1, "automatic": 2, "manual": 3, "disabled": 4, "start type 1": 1}
FORGET = f"""
foreach ($one in 'IAS', 'IKEEXT', 'RasMan') {{
    if (-not (Get-Service $one -ErrorAction Ignore)) {{ continue }}
    Stop-Service $one -Force -ErrorAction Ignore
    Remove-Service $one
}}
foreach ($key in 'HKEY_LOCAL_MACHINE\\SOFTWARE\\A', 'HKEY_USERS\\.DEFAULT\\A') {{
    Remove-Item -LiteralPath "Registry::$key" -Recurse -ErrorAction Ignore
}}
Remove-Item -LiteralPath '{_UNINSTALL}' -Recurse -ErrorAction Ignore
"""


def registry_value(resource: Resource, answer: Any) -> str:
    """The key and the value; nothing where the key is missing."""
    key, name = resource.target()["Key"], resource.target()["Name"]
    if answer is not None and "missing" in answer:
        return ""
    below = literal(key.partition("\\")[2])
    # Not New-Item, to which a / parts keys.
    made = f"(Get-AovpnHive -Key {literal(key)}).CreateSubKey({below}).Close()"
    if answer is None:
        return made
    kind, data = answer["type"], answer["data"]
    item = f"Open-AovpnKey -Key {literal(key)} -Write"
    value = {
        "DWord": f"[BitConverter]::ToInt32([BitConverter]::GetBytes([uint32] {literal(data)}), 0)",
        "QWord": f"[BitConverter]::ToInt64([BitConverter]::GetBytes([uint64] {literal(data)}), 0)",
        "MultiString": f"([string[]] {literal(data)})",
        "Binary": f"([byte[]] {literal(data)})",
        "None": f"([byte[]] {literal(data)})",
    }.get(kind, literal(data))
    return (
        f"{made}\n$item = {item}\n$item.SetValue({literal(name)}, {value}, '{kind}')\n$item.Close()"
    )


def service(resource: Resource, answer: Any) -> str:
    """The service in its state."""
    name = resource.target()["Name"]
    if answer is None:
        return ""
    key = rf"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\{name}"
    lines = [new_service(name)]
    if answer.get("status") == "running":
        lines.append(f"Start-Service {name}")
    startup = answer.get("startup", "manual")
    lines.append(f"Set-ItemProperty '{key}' -Name Start -Value {_STARTS[startup]}")
    return "\n".join(lines)


def installed_program(resource: Resource, answer: Any) -> str:
    """The entry of the program."""
    del resource
    if answer is None:
        return ""
    return (
        f"$null = New-Item '{_UNINSTALL}' -Force\n"
        f"$null = New-ItemProperty '{_UNINSTALL}' -Name DisplayName "
        f"-Value {literal(answer['name'])}\n"
        f"$null = New-ItemProperty '{_UNINSTALL}' -Name DisplayVersion "
        f"-Value {literal(answer['version'])}"
    )


def registry_key(resource: Resource, answer: Any) -> str:
    """The key, if it is there."""
    key = resource.target()["Key"]
    below = literal(key.partition("\\")[2])
    return f"(Get-AovpnHive -Key {literal(key)}).CreateSubKey({below}).Close()" if answer else ""


def windows_feature(resource: Resource, answer: Any) -> str:
    """The features that are installed."""
    name = resource.target()["Name"]
    installed = [name] if answer and answer["installed"] else []
    return state("ServerManager", Installed=installed)


def event(resource: Resource, answer: Any) -> str:
    """The log, and the service."""
    lines = []
    if answer["log"]:
        log = {"LogName": answer["log"], "IsEnabled": answer["enabled"]}
        lines.append(
            store("Microsoft.PowerShell.Diagnostics", "State", json.dumps({"Logs": [log]}))
        )
    if answer["service"]:
        lines.append(new_service(resource.target()["SinceStartOf"]))
    return "\n".join(lines)


def tcp_reach(resource: Resource, answer: Any) -> str:
    """Nothing: no port is open."""
    del resource, answer
    return ""


def certificate(resource: Resource, answer: Any) -> str:
    """A store without certificates."""
    del resource, answer
    return f"$null = New-Item '{_MY}' -Force"


def script(resource: Resource, answer: Any) -> str:
    """Any host: the text of a case prints what it is given."""
    del resource, answer
    return ""
