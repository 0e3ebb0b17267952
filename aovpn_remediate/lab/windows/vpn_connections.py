"""The VPN connection of a simulated client, as the kinds about connections are answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aovpn_remediate.lab.windows.model import AnswerSeed

VPN_CONNECTION = "Always On VPN Device Tunnel"
ROUTE, MISPLACED_ROUTE = "172.21.8.0/21", "172.21.12.0/21"
_KINDS = ("vpn_connection_route",)

NO_CONNECTIONS: Mapping[str, tuple[AnswerSeed, ...]] = {
    name: (AnswerSeed(answer=None),) for name in _KINDS
}
"""The answers of a host that has none of all users."""


def connection_answers(
    *, route: str = ROUTE, managed_by: str | None = None
) -> Mapping[str, tuple[AnswerSeed, ...]]:
    """Return the answers of a client with one connection of all users."""
    providers = [] if managed_by is None else [managed_by]
    about = {"name": VPN_CONNECTION, "mdm": {"providers": providers, "profiles": []}}
    routes = [{"prefix": "10.0.0.0/8", "metric": 1}, {"prefix": route, "metric": 1}]
    answers: Mapping[str, Mapping[str, Any]] = {
        "vpn_connection_route": {"split_tunneling": True, "routes": routes},
    }
    target = {"Name": VPN_CONNECTION, "AllUsers": True}
    return {
        name: (
            AnswerSeed(target=target, answer={**about, **answers[name]}),
            AnswerSeed(answer=None),
        )
        for name in _KINDS
    }
