"""How far Windows is patched."""

from __future__ import annotations

import json
from typing import Any

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import store

from .common import CONTROL, NT, OPTIONS, new_service

_PACKAGE = rf"{NT}\Update\TargetingInfo\DynamicInstalled\Hotpatch.amd64"
_POLICY = r"Registry::HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\PolicyManager\current\device\Update"
_MEMORY = rf"{CONTROL}\Session Manager\Memory Management"
_GUARD = rf"{CONTROL}\DeviceGuard"
FORGET = f"""
Set-ItemProperty '{NT}' -Name CurrentBuildNumber -Value '20348'
$null = New-ItemProperty '{NT}' -Name UBR -Value 3207 -PropertyType DWord -Force
Set-ItemProperty '{OPTIONS}' -Name ProductType -Value ServerNT
Remove-Item '{NT}\\Update', '{_GUARD}', '{_POLICY}' -Recurse -ErrorAction Ignore
Remove-ItemProperty '{_MEMORY}' -Name HotPatchTableSize -ErrorAction Ignore
"""


def os_build(resource: Resource | None, answer: Any) -> str:
    """The build and its revision."""
    del resource
    ubr = f"Set-ItemProperty '{NT}' -Name UBR -Value {answer['ubr']}"
    if answer["ubr"] is None:
        ubr = f"Remove-ItemProperty '{NT}' -Name UBR"
    return f"Set-ItemProperty '{NT}' -Name CurrentBuildNumber -Value '{answer['build']}'\n{ubr}"


def patches(answer: Any) -> str:
    """How far Windows is patched, and hotpatching."""
    hotpatch = answer["hotpatch"]
    found = {
        (_PACKAGE, "Name"): "Hotpatch Enrollment Package" if hotpatch["package"] else None,
        (_POLICY, "AllowRebootlessUpdates"): 1 if hotpatch["policy"] else None,
        (_GUARD, "EnableVirtualizationBasedSecurity"): 1 if hotpatch["vbs"] else None,
        (_MEMORY, "HotPatchTableSize"): 4096 if hotpatch["table"] else None,
    }
    lines = [os_build(None, answer)]
    lines.append(f"Set-ItemProperty '{OPTIONS}' -Name ProductType -Value {answer['product']}")
    for (key, name), data in found.items():
        if data is not None:
            lines.append(f"if (-not (Test-Path '{key}')) {{ $null = New-Item '{key}' -Force }}")
            lines.append(f"$null = New-ItemProperty '{key}' {name} -Value {literal(data)} -Force")
    if answer["updates"] is not None:
        rows = json.dumps([{"HotFixID": name} for name in answer["updates"]])
        lines.append(store("Cim", "root/cimv2:Win32_QuickFixEngineering", rows))
    elif hotpatch["package"] or hotpatch["policy"]:
        denied = json.dumps({"error": "Access denied "})
        lines.append(store("Cim", "root/cimv2:Win32_QuickFixEngineering", denied))
    return "\n".join(lines)


def security_floors(resource: Resource, answer: Any) -> str:
    """How far Windows is patched, and the services that run."""
    del resource
    running = [f"{new_service(name)}\nStart-Service {name}" for name in answer["running"]]
    return "\n".join([patches(answer), *running])
