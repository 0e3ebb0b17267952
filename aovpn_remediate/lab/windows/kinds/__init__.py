"""The kinds of setting that the simulation knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.lab.windows.kinds.base import Kind
from aovpn_remediate.lab.windows.kinds.read_only import (
    INSTALLED_PROGRAM,
    LOCAL_GROUP_MEMBER,
    OS_BUILD,
)
from aovpn_remediate.lab.windows.kinds.registry_value import REGISTRY_VALUE
from aovpn_remediate.lab.windows.kinds.service import SERVICE
from aovpn_remediate.lab.windows.kinds.user_right import USER_RIGHT
from aovpn_remediate.lab.windows.kinds.vpn_server_ports import VPN_SERVER_PORTS

KINDS: Mapping[str, Kind[Any]] = {
    kind.function: kind
    for kind in (
        REGISTRY_VALUE,
        SERVICE,
        USER_RIGHT,
        VPN_SERVER_PORTS,
        OS_BUILD,
        INSTALLED_PROGRAM,
        LOCAL_GROUP_MEMBER,
    )
}
"""Each by the name of its functions, behind Get- and Set-."""
