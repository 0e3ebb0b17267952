"""Get-AovpnFacts: facts about a host."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import NAMESPACE_DNS, uuid5

from pydantic import Field

from aovpn_remediate.lab.backend import Output
from aovpn_remediate.lab.windows import layout
from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Parameters
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.runspace import Pipeline
from aovpn_remediate.lab.windows.services import SERVICES
from aovpn_remediate.lab.windows.text import json_text, time_text
from aovpn_remediate.lab.windows.thrown import Thrown, blocked_by_language_mode

_DEPTH = 2
"""Backslashes in the path of a folder of a program, at least."""


class FactsCall(Parameters):
    """The parameters of Get-AovpnFacts."""

    Services: list[str] = Field(default_factory=list)


def get_facts(pipeline: Pipeline, call: FactsCall) -> Output:
    """Return one line, in which each fact is a value or the reason why it cannot be read."""
    host = pipeline.host
    facts = {name: _fact(host, name, read) for name, read in FACTS.items()}
    facts["roles"] = {role: {"value": has_role(host)} for role, has_role in _ROLES.items()}
    folders = [name for name in call.Services if "\\" in name]
    below = {name: _fact(host, f"below.{name}", partial(_below, value=name)) for name in folders}
    if below:
        facts["below"] = below
    found = [name for fact in below.values() for name in fact.get("value", ())]
    names = [name for name in (*call.Services, *found) if "\\" not in name]
    facts["services"] = {
        name: _fact(host, f"services.{name}", partial(_service, name=name)) for name in names
    }
    return Output(json_text(host.seed.engine, {"facts": facts}))


def _fact(host: Host, name: str, read: Callable[[Host], Any]) -> dict[str, Any]:
    if reason := host.quirks.unreadable.get(name):
        return {"reason": reason}
    try:
        return {"value": read(host)}
    except Thrown as thrown:
        return {"reason": thrown.message}


def _version(host: Host) -> str:
    os = host.seed.os
    return f"5.1.{os.build}.{os.ubr}" if host.seed.engine == "5.1" else "7.4.6"


def _registry(key: str, name: str, kind: Callable[[str], Any]) -> Callable[[Host], Any]:
    def read(host: Host) -> Any:
        value = host.registry.get(key, name)
        if value is None:
            raise Thrown(f"Property {name} does not exist at path {key}.")
        return kind(str(value.data))

    return read


def _administrator(host: Host) -> bool:
    if host.quirks.language_mode == "ConstrainedLanguage":
        raise blocked_by_language_mode()
    return host.seed.administrator


def _pending_reboot(host: Host) -> list[str]:
    registry = host.registry
    names = [registry.get(key, "ComputerName") for key in (layout.NAME_NOW, layout.NAME)]
    now, following = ["" if name is None else fold(str(name.data)) for name in names]
    joins = [registry.get(layout.NETLOGON, name) for name in layout.JOINS]
    reasons = {
        "component servicing": registry.find(layout.COMPONENT_REBOOT) is not None,
        "windows update": registry.find(layout.UPDATE_REBOOT) is not None,
        "file rename": any(_has_renames(host, name) for name in layout.RENAMES),
        "computer rename": now != following,
        "domain join": any(join is not None for join in joins),
    }
    return [reason for reason, found in reasons.items() if found]


def _has_renames(host: Host, name: str) -> bool:
    """Return true for a file to be moved, or to be deleted outside a folder Temp."""
    value = host.registry.get(layout.SESSION_MANAGER, name)
    data = value.data if value is not None else ()
    names = [str(one) for one in data] if isinstance(data, tuple) else []
    pairs = zip(names[::2], [*names[1::2], ""], strict=False)
    return any(to or (old and "\\temp\\" not in old.lower()) for old, to in pairs)


def _sessions(host: Host) -> int | None:
    if host.seed.vpn is None or not _is_rras(host):
        return None
    if host.seed.vpn == "not configured":
        raise Thrown("RRAS is not configured for VPN.")
    return host.sessions


def _has_service_key(name: str) -> Callable[[Host], bool]:
    return lambda host: host.registry.find(f"{SERVICES}\\{name}") is not None


def _is_rras(host: Host) -> bool:
    # Every Windows Server has the service, disabled by default.
    start = host.registry.get(f"{SERVICES}\\RemoteAccess", "Start")
    return start is not None and host.services.startup("RemoteAccess") != "disabled"


_ROLES: Mapping[str, Callable[[Host], bool]] = {
    "nps": _has_service_key("IAS"),
    "rras": _is_rras,
    "connector": _has_service_key("PFXCertificateConnectorSvc"),
}

FACTS: Mapping[str, Callable[[Host], Any]] = {
    "name": lambda host: host.seed.name,
    "time": lambda host: time_text(host.now),
    "powershell": _version,
    "edition": lambda host: "Desktop" if host.seed.engine == "5.1" else "Core",
    "language_mode": lambda host: host.quirks.language_mode,
    "os_name": _registry(layout.CURRENT_VERSION, "ProductName", str),
    "os_edition": _registry(layout.CURRENT_VERSION, "EditionID", str),
    "os_build": _registry(layout.CURRENT_VERSION, "CurrentBuildNumber", int),
    "os_ubr": _registry(layout.CURRENT_VERSION, "UBR", int),
    "product_type": _registry(layout.PRODUCT_OPTIONS, "ProductType", str),
    "boot": lambda host: time_text(host.boot),
    "boot_mark": lambda host: f"604 {time_text(host.boot)}",
    "domain": lambda host: host.seed.domain,
    "machine_guid": lambda host: host.seed.machine_guid or str(uuid5(NAMESPACE_DNS, host.address)),
    "administrator": _administrator,
    "pending_reboot": _pending_reboot,
    "sessions": _sessions,
}


def _below(host: Host, value: str) -> list[str]:
    key, _, name = value.rpartition("\\")
    found = host.registry.get(key, name)
    folder = "" if found is None else str(found.data).strip('"').rstrip("\\")
    if folder.count("\\") < _DEPTH:
        raise Thrown(f"{value} names no folder of a program.")
    paths = {name: fold(seed.path.lstrip('"')) for name, seed in host.seed.services.items()}
    return [name for name, path in paths.items() if path.startswith(fold(f"{folder}\\"))]


def _service(host: Host, name: str) -> Any:
    return host.services.fact(name)
