"""The kinds of setting that the simulation knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.lab.windows.kinds.base import Kind
from aovpn_remediate.lab.windows.kinds.event import EVENT
from aovpn_remediate.lab.windows.kinds.patches import SECURITY_FLOORS, STRONG_MAPPING
from aovpn_remediate.lab.windows.kinds.registry_key import REGISTRY_KEY
from aovpn_remediate.lab.windows.kinds.registry_value import REGISTRY_VALUE
from aovpn_remediate.lab.windows.kinds.script import SCRIPT
from aovpn_remediate.lab.windows.kinds.service import SERVICE
from aovpn_remediate.lab.windows.kinds.stored import name_of, stored
from aovpn_remediate.lab.windows.kinds.user_right import USER_RIGHT
from aovpn_remediate.lab.windows.kinds.wan_miniport import WAN_MINIPORT

MODELLED: Mapping[str, Kind[Any]] = {
    kind.function: kind
    for kind in (
        EVENT,
        REGISTRY_KEY,
        REGISTRY_VALUE,
        SCRIPT,
        SECURITY_FLOORS,
        SERVICE,
        STRONG_MAPPING,
        USER_RIGHT,
        WAN_MINIPORT,
    )
}
"""Each by the name of its functions, behind Get- and Set-."""


def kind_of(function: str) -> Kind[Any]:
    """The kind behind Get- and Set-: one with a model of its own, or else recorded answers."""
    return MODELLED.get(function) or stored(name_of(function))
