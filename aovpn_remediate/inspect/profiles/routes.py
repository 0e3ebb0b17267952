"""The routes of a profile, and the networks that they mean."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

from aovpn_remediate.inspect.profiles.tree import Element
from aovpn_remediate.inspect.profiles.values import is_true

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_SIZE = re.compile(r"[0-9]{1,3}")


@dataclass(frozen=True)
class Route:
    """A route; `fault` says why it means no network."""

    element: Element
    written: str
    """As a person would write it, such as `172.21.12.0/21`."""
    address: Address | None
    network: Network | None
    metric: str
    exclusion: bool
    fault: str = ""

    @property
    def line(self) -> int:
        """The line that it begins on."""
        return self.element.line

    @property
    def is_host_address(self) -> bool:
        """True if the address is one inside its network, not the first of it."""
        return self.network is not None and self.address != self.network.network_address

    @property
    def added(self) -> str:
        """The range that the corrected route covers below the written address."""
        if self.network is None or self.address is None or not self.is_host_address:
            return ""
        return _range(self.network.network_address, self.address - 1)

    @property
    def destination(self) -> str:
        """Where its packets go, in words."""
        return "beside the tunnel" if self.exclusion else "into the tunnel"


def read_routes(profile: Element) -> list[Route]:
    """Return the routes of a profile in their order."""
    return [_route(element) for element in profile.all("Route")]


def span(network: Network) -> str:
    """Return the addresses of a network as a range."""
    return _range(network.network_address, network.broadcast_address)


def _range(first: Address, last: Address) -> str:
    return str(first) if first == last else f"{first}-{last}"


def _route(element: Element) -> Route:
    address, size = element.value("Address"), element.value("PrefixSize")
    network, fault = None, ""
    try:
        network = _network(address, size)
    except ValueError as error:
        fault = str(error)
    return Route(
        element=element,
        written=f"{address}/{size}",
        address=ip_address(address) if network is not None else None,
        network=network,
        metric=element.value("Metric"),
        exclusion=is_true(element.value("ExclusionRoute")),
        fault=fault,
    )


def _network(address: str, size: str) -> Network:
    """Return the network of an address. Raises `ValueError` with the reason in words."""
    if not address or not size:
        raise ValueError(f"it has no {'Address' if not address else 'PrefixSize'}")
    try:
        found = ip_address(address)
    except ValueError:
        raise ValueError("its Address is no IP address") from None
    if isinstance(found, IPv6Address) and found.scope_id is not None:
        raise ValueError("its Address has a zone, which no route can have")
    if not size.isascii() or not _SIZE.fullmatch(size):
        raise ValueError(f"its PrefixSize is no number{_meant(found, size)}")
    if int(size) > found.max_prefixlen:
        most = f"IPv{found.version} has prefixes of 0 to {found.max_prefixlen}"
        raise ValueError(f"its PrefixSize is out of range: {most}")
    return ip_network((found, int(size)), strict=False)


def _meant(address: Address, mask: str) -> str:
    """The size that a subnet mask means, as the end of a sentence."""
    try:
        network = ip_network(f"{address}/{mask}", strict=False)
    except ValueError:
        return ""
    return f"; the mask {mask} is {network.prefixlen}"


@dataclass(frozen=True)
class Duplicate:
    """A route to the same network as one before it."""

    first: Route
    second: Route

    @property
    def same_as_written(self) -> bool:
        """True if the two need no correction to be the same."""
        return self.first.address == self.second.address

    @property
    def contradicts(self) -> bool:
        """True if one goes into the tunnel and the other beside it."""
        return self.first.exclusion != self.second.exclusion

    @property
    def same_metric(self) -> bool:
        """True if either of them can go."""
        return self.first.metric == self.second.metric


def duplicates(routes: Sequence[Route]) -> Iterator[Duplicate]:
    """Yield each route whose network, once corrected, is that of an earlier one."""
    first: dict[Network, Route] = {}
    for route in routes:
        if route.network is None:
            continue
        earlier = first.setdefault(route.network, route)
        if earlier is not route:
            yield Duplicate(earlier, route)


def covered(routes: Sequence[Route]) -> Iterator[tuple[Route, Route]]:
    """Yield each route with the next wider one, where both go the same way."""
    coverage = Coverage(routes)
    for route in coverage.each:
        wider = coverage.next_wider(route)
        if wider is not None:
            yield route, wider


class Coverage:
    """Routes by their networks, the first of each."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._known: dict[tuple[int, int, int], Route] = {}
        for route in routes:
            if route.network is not None:
                self._known.setdefault(_key(route.network, route.network.prefixlen), route)

    @property
    def each(self) -> Iterable[Route]:
        """The first route to each network."""
        return self._known.values()

    def covers(self, route: Route) -> bool:
        """Return True if the network of a route goes its way without it."""
        return self._next(route, same_size=True) is not None

    def next_wider(self, route: Route) -> Route | None:
        """Return the next wider route, if it goes the same way."""
        return self._next(route, same_size=False)

    def _next(self, route: Route, *, same_size: bool) -> Route | None:
        network = route.network
        if network is None:
            return None
        sizes = range(network.prefixlen - (not same_size), -1, -1)
        keys = (_key(network, size) for size in sizes)
        found = next((self._known[key] for key in keys if key in self._known), None)
        return found if found is not None and found.exclusion == route.exclusion else None


def added_ranges(routes: Sequence[Route]) -> dict[int, str]:
    """Return the ranges that corrected routes add to what goes their way, by the `id` of the route.

    A range is empty where a route that needs no correction covers the whole network already.
    """
    effective = Coverage(route for route in routes if not route.is_host_address)
    return {
        id(route): "" if effective.covers(route) else route.added
        for route in routes
        if route.is_host_address
    }


def _key(network: Network, size: int) -> tuple[int, int, int]:
    """The network of a size that holds another one, as numbers."""
    kept = int(network.network_address) >> (network.max_prefixlen - size)
    return (network.version, size, kept)
