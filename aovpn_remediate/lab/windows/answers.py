"""Recorded answers of a new host, for the kinds that the lab has no model of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from aovpn_remediate.lab.windows.layout import DEVICES, MINIPORTS
from aovpn_remediate.lab.windows.model import AnswerSeed, HostSeed, VpnSeed
from aovpn_remediate.lab.windows.vpn_connections import NO_CONNECTIONS

_DEVICE_TUNNEL = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\RasMan\DeviceTunnel"
_NO_CMDLETS = (
    "The RemoteAccess cmdlets are not installed (Windows feature RSAT-RemoteAccess-PowerShell)."
)
_NO_RRAS = "RRAS is not configured on this host: its service RemoteAccess is disabled or missing."
_COUNTS = ("WanEndpoints", "MinWanEndpoints", "MaxWanEndpoints")
_USES = {"ikev2": (1, 0, 0), "sstp": (1, 1, 0), "l2tp": (1, 1, 0), "pppoe": (0, 0, 1)}
"""The uses of each miniport of a new server: by clients, for routing, for routing outbound."""
_NETSH = {"fault": "none", "code": 0, "said": ""}
_BROKEN_NETSH = {"fault": "1702", "code": 1, "said": "The binding handle is invalid."}
_SERVER_2025 = 26100
_NO_FEATURES = (
    "There is no Get-WindowsFeature here: only Windows Server has roles and features, a client has "
    "none."
)
_NO_CONFIGURATION = "RRAS is not configured for VPN: it has no configuration."

_NO_LOG = {"log": None, "enabled": None, "newest": None, "all": True}


@dataclass
class Recorded:
    """The answer or error of Get for targets with these parameters; a Set changes the answer."""

    target: Mapping[str, Any]
    answer: Any
    throws: str

    def become(self, answer: Any) -> None:
        """Replace the answer."""
        self.answer = answer


Answers = dict[str, list[Recorded]]
"""Recorded answers by kind. The first one that matches a target applies."""


def recorded(seed: HostSeed) -> Answers:
    """Return the answers of a new host."""
    return {
        name: [Recorded(each.target, deepcopy(each.answer), each.throws) for each in answers]
        for name, answers in {**_defaults(seed), **seed.answers}.items()
    }


def _defaults(seed: HostSeed) -> Mapping[str, tuple[AnswerSeed, ...]]:
    """Return the answers that follow from other fields of the seed, or from a bare Windows."""
    return {
        "os_build": (AnswerSeed(answer={"build": seed.os.build, "ubr": seed.os.ubr}),),
        "device_tunnel_eligibility": (_eligibility(seed),),
        "windows_feature": _features(seed),
        "installed_program": (AnswerSeed(answer=None),),
        "rasphone_entry": (AnswerSeed(answer=None),),
        "vpn_server_ports": (_ports(seed),),
        "event": (AnswerSeed(answer=_NO_LOG),),
        "netsh_health": (_netsh(seed),),
        "wan_miniport": tuple(_miniports(seed)),
        **NO_CONNECTIONS,
    }


def _netsh(seed: HostSeed) -> AnswerSeed:
    if not _has_rras(seed):
        return AnswerSeed(throws=_NO_RRAS)
    return AnswerSeed(answer=_BROKEN_NETSH if seed.os.build == _SERVER_2025 else _NETSH)


def _has_rras(seed: HostSeed) -> bool:
    service = seed.services.get("RemoteAccess")
    return service is not None and service.startup != "disabled"


def _eligibility(seed: HostSeed) -> AnswerSeed:
    keys = {key.upper() for key in seed.registry}
    return AnswerSeed(
        answer={
            "edition": seed.os.edition,
            "build": seed.os.build,
            "joined": seed.domain is not None,
            "tunnel": _DEVICE_TUNNEL.upper() in keys,
        }
    )


def _features(seed: HostSeed) -> tuple[AnswerSeed, ...]:
    """Return the features of the services that the host has; the others are not installed."""
    if seed.os.product_type == "WinNT":
        return (AnswerSeed(throws=_NO_FEATURES),)
    wanted = {"IAS": "NPAS", "NTDS": "AD-Domain-Services"}
    there = [name for service, name in wanted.items() if service in seed.services]
    there += ["DirectAccess-VPN", "Routing"] if seed.vpn is not None else []
    installed, available = (
        {"installed": is_there, "state": state}
        for is_there, state in ((True, "Installed"), (False, "Available"))
    )
    known = [AnswerSeed(target={"Name": name}, answer=installed) for name in there]
    return (*known, AnswerSeed(answer=available))


def _miniports(seed: HostSeed) -> Iterator[AnswerSeed]:
    """Yield the answer of each device of RRAS as it is installed: two are used for routing."""
    if not isinstance(seed.vpn, VpnSeed):
        yield AnswerSeed(throws=_NO_CMDLETS)
        return
    for number, device in enumerate(DEVICES, start=1):
        ras, routing, outbound = _USES[device]
        key = f"{number:04}"
        yield AnswerSeed(
            target={"Device": device},
            answer={
                "miniports": {key: {"ras": ras, "routing": routing, "outbound": outbound}},
                "endpoints": {key: dict.fromkeys(_COUNTS, 128)},
                "exports": {
                    key: f"Windows Registry Editor Version 5.00\r\n\r\n[{MINIPORTS}\\{key}]\r\n"
                },
                "interfaces": [],
                "build": seed.os.build,
            },
        )


def _ports(seed: HostSeed) -> AnswerSeed:
    if isinstance(seed.vpn, VpnSeed):
        return AnswerSeed(answer=seed.vpn.model_dump())
    return AnswerSeed(throws=_NO_CMDLETS if seed.vpn is None else _NO_CONFIGURATION)
