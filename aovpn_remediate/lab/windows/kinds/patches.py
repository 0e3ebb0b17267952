"""How far Windows is patched, and what a domain controller makes of certificates with it."""

from __future__ import annotations

import re
from typing import Any

from aovpn_remediate.lab.windows import layout
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Answer, Nothing, Parameters, only_read
from aovpn_remediate.lab.windows.registry import fold

_NT = layout.CURRENT_VERSION
_MACHINE = "HKEY_LOCAL_MACHINE"
_CONTROL = rf"{_MACHINE}\SYSTEM\CurrentControlSet\Control"
_MEMORY = rf"{_CONTROL}\Session Manager\Memory Management"
_SCHANNEL = rf"{_CONTROL}\SecurityProviders\Schannel"
_PACKAGE = rf"{_NT}\Update\TargetingInfo\DynamicInstalled\Hotpatch.amd64"
_POLICY = rf"{_MACHINE}\SOFTWARE\Microsoft\PolicyManager\current\device\Update"


class Target(Parameters):
    """The services of which to tell if they run."""

    Services: list[str]


def patch_state(host: Host) -> dict[str, Any]:
    """Return what Get-AovpnPatchState answers."""
    ubr = _data(host, _NT, "UBR")
    hotpatch = {
        "package": fold(_data(host, _PACKAGE, "Name")) == fold("Hotpatch Enrollment Package"),
        "policy": _data(host, _POLICY, "AllowRebootlessUpdates") == "1",
        "vbs": _data(host, rf"{_CONTROL}\DeviceGuard", "EnableVirtualizationBasedSecurity") == "1",
        "table": re.search("[1-9]", _data(host, _MEMORY, "HotPatchTableSize")) is not None,
    }
    asked = hotpatch["package"] or hotpatch["policy"]
    return {
        "build": int(_data(host, _NT, "CurrentBuildNumber")),
        "ubr": int(ubr) if ubr else None,
        "product": _data(host, layout.PRODUCT_OPTIONS, "ProductType"),
        "hotpatch": hotpatch,
        "updates": list(host.seed.updates) if asked else None,
    }


def _data(host: Host, key: str, name: str) -> str:
    value = host.registry.get(key, name)
    return "" if value is None else str(value.data)


def _get(host: Host, target: Target) -> Answer:
    return {**patch_state(host), "running": [n for n in target.Services if _runs(host, n)]}


def _runs(host: Host, name: str) -> bool:
    service = host.services.look_up(name)
    return service is not None and host.services.status(service) == "running"


def _mapping(host: Host, target: Nothing) -> Answer:
    del target
    kdc = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Kdc"
    return {
        **patch_state(host),
        "enforcement": _number(host, kdc, "StrongCertificateBindingEnforcement"),
        "backdating": _number(host, kdc, "CertificateBackdatingCompensation"),
        "subject_alt_name": _number(host, kdc, "UseSubjectAltName"),
        "mapping_methods": _number(host, _SCHANNEL, "CertificateMappingMethods"),
    }


def _number(host: Host, key: str, name: str) -> int | str | None:
    value = host.registry.get(key, name)
    if value is None or value.type == "DWord":
        return None if value is None else int(str(value.data))
    return {"String": "String", "ExpandString": "String", "QWord": "QWord"}.get(value.type, "list")


STRONG_MAPPING = only_read("strong_mapping", Nothing, _mapping)
SECURITY_FLOORS = only_read("security_floors", Target, _get)
