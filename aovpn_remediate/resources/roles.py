"""The roles that a host may have."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["nps", "rras", "connector", "domain_controller", "client"]
ROLES: tuple[str, ...] = get_args(Role)
