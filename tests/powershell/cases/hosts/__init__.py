"""Hosts as the cases have them: for each kind, PowerShell that brings a host to an answer.

A module for each role, which says what takes its hosts' state away again, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aovpn_remediate.resources.base import Resource

from . import accounts, client, domain_controller, nps, patches, rras, windows

Make = Callable[[Resource, Any], str]
MAKE: Mapping[str, Make] = {
    "registry_value": windows.registry_value,
    "service": windows.service,
    "registry_key": windows.registry_key,
    "windows_feature": windows.windows_feature,
    "installed_program": windows.installed_program,
    "event": windows.event,
    "tcp_reach": windows.tcp_reach,
    "certificate": windows.certificate,
    "script": windows.script,
    "local_group_member": accounts.local_group_member,
    "user_right": accounts.user_right,
    "os_build": patches.os_build,
    "security_floors": patches.security_floors,
    "vpn_server_ports": rras.vpn_server_ports,
    "netsh_health": rras.netsh_health,
    "wan_miniport": rras.wan_miniport,
    "nps_policy": nps.nps_policy,
    "strong_mapping": domain_controller.strong_mapping,
    "directory_certificate": domain_controller.directory_certificate,
    "vpn_connection_route": client.vpn_connection_route,
    "vpn_connection_eap_server_names": client.vpn_connection_eap_server_names,
    "vpn_connection_conditional_access": client.vpn_connection_conditional_access,
    "vpn_connection_eku_filter": client.vpn_connection_eku_filter,
    "device_tunnel_eligibility": client.device_tunnel_eligibility,
    "rasphone_entry": client.rasphone_entry,
}
_ROLES = (windows, accounts, patches, rras, domain_controller, client)
FORGET = "".join(role.FORGET for role in _ROLES)
"""Takes away what the cases leave on a host."""
