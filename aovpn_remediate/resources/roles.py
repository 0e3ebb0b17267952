"""The roles that a host may have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Role = Literal["nps", "rras", "connector", "domain_controller", "client"]
ROLES: tuple[str, ...] = get_args(Role)
"""All of them, in the order in which they are listed."""

ROLE_SERVICES: Mapping[str, str] = {
    "nps": "IAS",
    "rras": "RemoteAccess",
    "connector": "PFXCertificateConnectorSvc",
}
"""The service that a role serves with; its name as in the facts about roles."""

PRODUCT_ROLES: Mapping[str, str] = {"LanmanNT": "domain_controller", "WinNT": "client"}
"""The roles that are types of product, by ProductType in the registry."""
