"""The routes of a VPN connection: each begins where its network begins."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Interface, IPv6Interface, ip_interface
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import HostAnswer
from aovpn_remediate.resources.texts import in_short
from aovpn_remediate.resources.vpn_connection import ConnectionAnswer, ConnectionResource

_Interface = IPv4Interface | IPv6Interface
_Route = Mapping[str, Any]


class _Told(HostAnswer):
    prefix: Annotated[str, Field(max_length=100)]
    metric: Annotated[int, Field(ge=0, le=2**32 - 1)] | None


class _Routes(ConnectionAnswer):
    split_tunneling: bool
    routes: Annotated[list[_Told], Field(max_length=10000)]


class VpnConnectionRoute(ConnectionResource):
    """A state is `{routes}`, each `{prefix, metric}`, in the order of the addresses.

    Windows keeps a route whose address is one inside its network, and never uses it.
    """

    kind = "vpn_connection_route"
    summary = "the routes of a VPN connection of a client are networks, not addresses inside them"
    constrained_language = True
    title_text = "routes of VPN connection {name}"
    high_impact = "a corrected route sends more addresses into the tunnel"
    answer = _Routes | None
    example: ClassVar[Mapping[str, Any]] = {"name": "Always On VPN"}

    even_if_managed: bool = False
    """True for a change on the client even of a profile that device management (MDM) owns."""

    def unreadable(self, found: Any) -> str | None:
        """Each route has to be one, or it could not be put back."""
        if any(_network(route.prefix) is None for route in found.routes):
            return "the host told a route that is no network"
        return super().unreadable(found)

    def state_of(self, found: _Routes) -> State:
        """All routes: Windows has them in no order of its own."""
        return {"routes": _sorted(route.model_dump() for route in found.routes)}

    def wanted(self, actual: State) -> State:
        """The same with each network once; of two metrics for it the smaller, which would win."""
        if actual is None:
            return {"routes": []}
        right = [route for route in actual["routes"] if not _is_inside(route)]
        for network, routes in _corrections(actual["routes"]).items():
            if network not in {_key(route)[0] for route in right}:
                metrics = [one["metric"] for one in routes if one["metric"] is not None]
                right.append({"prefix": network, "metric": min(metrics, default=None)})
        return {"routes": _sorted(right)}

    def same(self, one: State, other: State) -> bool:
        """Return True if the networks and metrics are the same, however they are written."""
        if one is None or other is None:
            return one is other
        return sorted(map(_key, one["routes"])) == sorted(map(_key, other["routes"]))

    def desired(self, state: State) -> State:
        """Return all routes."""
        return state

    def show_found(self, state: Mapping[str, Any]) -> str:
        """`172.21.12.0/21 metric 5, 10.0.0.0/8`."""
        routes = state["routes"]
        texts = [
            route["prefix"] + ("" if route["metric"] is None else f" metric {route['metric']}")
            for route in routes
        ]
        return in_short(", ".join(texts), f"{len(routes)} routes") or "no route"

    def notes(self, answer: Answer) -> tuple[str, ...]:
        """What each correction sends into the tunnel."""
        found: _Routes | None = self.answered(answer)
        routes = [route.model_dump() for route in found.routes] if found else []
        corrections = _corrections(routes)
        if found is None or not corrections:
            return ()
        notes = [note for each in corrections.items() for note in _widening(*each, routes)]
        if not found.split_tunneling:
            notes.append("the connection sends everything into the tunnel (no split tunnelling)")
        if self.owner(found):
            notes.append(
                "of a deployed profile: Windows does not tell here if a route is an exclusion "
                "route, which would become one into the tunnel; look into the profile first"
            )
        return (*notes, "takes effect when the connection is next made; nothing is disconnected")


def _network(prefix: str) -> _Interface | None:
    try:
        return ip_interface(prefix) if "/" in prefix and "%" not in prefix else None
    except ValueError:
        return None


def _read(route: _Route) -> _Interface:
    found = _network(route["prefix"])
    assert found is not None, "an answer with another one is unreadable"  # noqa: S101
    return found


def _key(route: _Route) -> tuple[str, int]:
    metric = route["metric"]
    return str(_read(route)), -1 if metric is None else metric


def _sorted(routes: Iterable[_Route]) -> list[_Route]:
    def place(route: _Route) -> tuple[int, int, int, tuple[str, int]]:
        found = _read(route)
        return found.version, int(found), found.network.prefixlen, _key(route)

    return sorted(routes, key=place)


def _is_inside(route: _Route) -> bool:
    found = _read(route)
    return found.ip != found.network.network_address


def _corrections(routes: Sequence[_Route]) -> dict[str, list[_Route]]:
    """The networks of the routes that begin inside them, and the routes of each."""
    found: dict[str, list[_Route]] = {}
    for route in routes:
        if _is_inside(route):
            found.setdefault(str(_read(route).network), []).append(route)
    return found


def _widening(network: str, routes: Sequence[_Route], every: Sequence[_Route]) -> Iterator[str]:
    """Yield what the correction of the routes of a network does."""
    written = in_short(" and ".join(route["prefix"] for route in routes), f"{len(routes)} routes")
    whole = _read(routes[0]).network
    others = (_read(route) for route in every if not _is_inside(route))
    over = next((one for one in others if _covers(one, whole)), None)
    if over is not None:
        effect = f"which the route {over.network} sends into the tunnel already"
    else:
        effect = (
            f"which adds {whole.network_address}-{whole.broadcast_address} to what goes into the "
            "tunnel: Windows does not use the route as it is"
        )
    yield f"{written} becomes {network}, {effect}"
    if len({route["metric"] for route in routes}) > 1:
        yield f"{written} have different metrics: {network} gets the smallest"


def _covers(one: _Interface, network: Any) -> bool:
    return one.version == network.version and bool(network.subnet_of(one.network))
