"""What the kinds of setting mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.resources.base import Resource
from aovpn_remediate.resources.installed_program import InstalledProgram
from aovpn_remediate.resources.local_group_member import LocalGroupMember
from aovpn_remediate.resources.os_build import OsBuild
from aovpn_remediate.resources.registry_value import RegistryValue
from aovpn_remediate.resources.service import Service
from aovpn_remediate.resources.user_right import UserRight
from aovpn_remediate.resources.vpn_server_ports import VpnServerPorts

KINDS: Mapping[str, type[Resource]] = {
    "registry_value": RegistryValue,
    "service": Service,
    "user_right": UserRight,
    "vpn_server_ports": VpnServerPorts,
    "os_build": OsBuild,
    "installed_program": InstalledProgram,
    "local_group_member": LocalGroupMember,
}


def declared(resource: Resource) -> dict[str, dict[str, Any]]:
    """A resource as a playbook declares it: `{kind: fields}`, plain data."""
    return {resource.kind: resource.model_dump(mode="json", exclude_unset=True)}
