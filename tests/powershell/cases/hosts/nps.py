"""NPS and its policies."""

from __future__ import annotations

from typing import Any

from aovpn_remediate.resources.base import Resource
from tests.powershell.arranged import store

from .common import new_service


def nps_policy(resource: Resource, answer: Any) -> str:
    """NPS with the policy, which only an export tells where netsh shows no OID."""
    del resource
    lines = [new_service("IAS")]
    others: dict[str, list[str]] = {"Other": []}
    policies = others if answer is None else {answer["policy"]: answer["oids"], **others}
    for name, oids in policies.items():
        profile = [f"Allowed-Certificate-OID|0x1041|{oid}" for oid in oids]
        if answer and answer["source"] == "export":
            profile.insert(0, "Allowed-Certificate-OID|0x1041|unlike an OID")
        lines.append(store(f"NPS\\Policies\\{name}", "Profile", profile))
    return "\n".join(lines)
