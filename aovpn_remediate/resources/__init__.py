"""The kinds of setting and their meaning.

A new kind is five places, and nothing else has to know of it:

1. `templates/kinds/x.ps1`: Get-AovpnX, which answers, and Set-AovpnX, unless it is only read;
2. `resources/x.py`: what a step declares and what an answer means, a `DeclaredResource` usually;
3. a row of `KINDS`, below;
4. `tests/resources/x/cases.yaml`: recorded answers, and what comes of each;
5. `make schema`: the schemas and the tables of the README, made anew.

The tests find it in each of them, and say what is missing. `tests/new_kind` adds one to try.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.certificate import Certificate
from aovpn_remediate.resources.device_tunnel_eligibility import DeviceTunnelEligibility
from aovpn_remediate.resources.directory_certificate import DirectoryCertificate
from aovpn_remediate.resources.event import Event
from aovpn_remediate.resources.installed_program import InstalledProgram
from aovpn_remediate.resources.local_group_member import LocalGroupMember
from aovpn_remediate.resources.netsh_health import NetshHealth
from aovpn_remediate.resources.nps_policy import NpsPolicy
from aovpn_remediate.resources.os_build import OsBuild
from aovpn_remediate.resources.rasphone_entry import RasphoneEntry
from aovpn_remediate.resources.registry_key import RegistryKey
from aovpn_remediate.resources.registry_value import RegistryValue
from aovpn_remediate.resources.script import Script
from aovpn_remediate.resources.security_floors import SecurityFloors
from aovpn_remediate.resources.service import Service
from aovpn_remediate.resources.strong_mapping import StrongMapping
from aovpn_remediate.resources.tcp_reach import TcpReach
from aovpn_remediate.resources.user_right import UserRight
from aovpn_remediate.resources.vpn_connection_conditional_access import (
    VpnConnectionConditionalAccess,
)
from aovpn_remediate.resources.vpn_connection_eap_server_names import VpnConnectionEapServerNames
from aovpn_remediate.resources.vpn_connection_eku_filter import VpnConnectionEkuFilter
from aovpn_remediate.resources.vpn_connection_route import VpnConnectionRoute
from aovpn_remediate.resources.vpn_server_ports import VpnServerPorts
from aovpn_remediate.resources.wan_miniport import WanMiniport
from aovpn_remediate.resources.windows_feature import WindowsFeature

KINDS: Mapping[str, type[Resource]] = {
    "registry_value": RegistryValue,
    "registry_key": RegistryKey,
    "service": Service,
    "user_right": UserRight,
    "vpn_server_ports": VpnServerPorts,
    "os_build": OsBuild,
    "windows_feature": WindowsFeature,
    "security_floors": SecurityFloors,
    "strong_mapping": StrongMapping,
    "installed_program": InstalledProgram,
    "local_group_member": LocalGroupMember,
    "event": Event,
    "certificate": Certificate,
    "tcp_reach": TcpReach,
    "netsh_health": NetshHealth,
    "nps_policy": NpsPolicy,
    "wan_miniport": WanMiniport,
    "directory_certificate": DirectoryCertificate,
    "vpn_connection_route": VpnConnectionRoute,
    "vpn_connection_eap_server_names": VpnConnectionEapServerNames,
    "vpn_connection_conditional_access": VpnConnectionConditionalAccess,
    "vpn_connection_eku_filter": VpnConnectionEkuFilter,
    "rasphone_entry": RasphoneEntry,
    "device_tunnel_eligibility": DeviceTunnelEligibility,
    "script": Script,
}


def declared(resource: Resource) -> dict[str, dict[str, Any]]:
    """A resource as a playbook declares it: `{kind: fields}`, plain data."""
    return {resource.kind: resource.model_dump(mode="json", exclude_unset=True)}
