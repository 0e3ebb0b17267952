"""RRAS: its ports, its miniports, and its netsh."""

from __future__ import annotations

import json
from typing import Any

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import STORE, store

from .common import NT, new_service

_RRAS = r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RemoteAccess"
_CLASS = (
    r"Registry::HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Control\Class"
    r"\{4D36E972-E325-11CE-BFC1-08002BE10318}"
)
_DEVICES = {"ikev2": "agilevpn", "sstp": "sstp", "l2tp": "l2tp", "gre": "gre"}
FORGET = f"""
Remove-Item '{_RRAS}', '{_CLASS}\\9*' -Recurse -ErrorAction Ignore
"""


def vpn_server_ports(resource: Resource, answer: Any) -> str:
    """The ports that RRAS has, and the limits of the miniports."""
    del resource
    ports = {f"{name.capitalize()}Ports": answer[name] for name in _DEVICES}
    lines = [store("RemoteAccess", "State", json.dumps(ports))]
    for name, device in _DEVICES.items():
        if answer["limits"][name] is not None:
            path = f"{_CLASS}\\9{device}"
            lines.append(
                f"$null = New-Item '{path}' -Force\n"
                f"$null = New-ItemProperty '{path}' MatchingDeviceId -Value ms_{device}miniport\n"
                f"$null = New-ItemProperty '{path}' MaxWanEndpoints -Value {answer['limits'][name]}"
            )
    return "\n".join(lines)


def netsh_health(resource: Resource, answer: Any) -> str:
    """RRAS with a miniport, and a netsh that says and ends as the answer has it."""
    del resource
    lines = [
        f"$null = New-Item '{_RRAS}' -Force",
        f"$null = New-ItemProperty '{_RRAS}' Start -Value 2",
        f"$null = New-Item '{_CLASS}\\9sstp' -Force",
        f"$null = New-ItemProperty '{_CLASS}\\9sstp' DriverDesc -Value 'WAN Miniport (SSTP)'",
    ]
    if answer["fault"] == "1702":
        lines.append(store("netsh", "RasError", 1702))
    elif answer["fault"] != "none":
        says = literal(list(answer["said"].encode()))
        lines += [
            store("netsh", "RasExit", answer["code"]),
            f"$null = New-ItemProperty '{STORE}\\netsh' RasSays -Value ([byte[]] {says})",
        ]
    return "\n".join(lines)


def wan_miniport(resource: Resource, answer: Any) -> str:
    """The miniports, and a demand-dial interface for each that is told."""
    lines = [
        f"Set-ItemProperty '{NT}' CurrentBuildNumber '{answer['build']}'",
        new_service("RasMan"),
    ]
    names = {"ras": "EnableForRas", "routing": "EnableForRouting"}
    names |= {"outbound": "EnableForOutboundRouting"}
    for key, uses in answer["miniports"].items():
        path = f"{_CLASS}\\{key}"
        device = resource.target()["Device"]
        values = {names[use]: value for use, value in uses.items()} | answer["endpoints"][key]
        lines.append(f"$null = New-Item '{path}' -Force")
        lines.append(f"$null = New-ItemProperty '{path}' ComponentId -Value ms_{device}miniport")
        lines += [
            f"$null = New-ItemProperty '{path}' {name} -Value {value}"
            for name, value in values.items()
            if value is not None
        ]
    for number, name in enumerate(answer["interfaces"]):
        path = f"{_RRAS}\\Interfaces\\{number}"
        lines.append(f"$null = New-Item '{path}' -Force")
        lines.append(f"$null = New-ItemProperty '{path}' InterfaceName -Value {literal(name)}")
        lines.append(f"$null = New-ItemProperty '{path}' Type -Value 2")
    return "\n".join(lines)
