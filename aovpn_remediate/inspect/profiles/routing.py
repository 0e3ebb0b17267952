"""Judgement of the routes of a profile, and of what decides that it needs them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from aovpn_remediate.inspect.profiles.about import AboutProfile, on_line, shown
from aovpn_remediate.inspect.profiles.routes import (
    Duplicate,
    Route,
    added_ranges,
    covered,
    duplicates,
    read_routes,
    span,
)
from aovpn_remediate.inspect.profiles.tree import Element
from aovpn_remediate.inspect.profiles.values import is_true
from aovpn_remediate.results.inspection import Finding


def judge_routing(about: AboutProfile, profile: Element) -> Iterator[Finding]:
    """Yield what is wrong with the routes."""
    routes = read_routes(profile)
    yield from _policy(about, profile, routes)
    added = added_ranges(routes)
    for route in routes:
        yield from _route(about, route, added.get(id(route), ""))
    for duplicate in duplicates(routes):
        yield _duplicate(about, duplicate)
    for route, wider in covered(routes):
        yield about.note(
            "route-covered",
            f"the route {route.network} {on_line(route.line)} lies within {wider.network}, which "
            "goes the same way",
        )


def _policy(about: AboutProfile, profile: Element, routes: Sequence[Route]) -> Iterator[Finding]:
    native = profile.child("NativeProfile")
    policy = native.value("RoutingPolicyType").lower() if native else ""
    no_class_route = native is not None and is_true(native.value("DisableClassBasedDefaultRoute"))
    into_tunnel = [route for route in routes if not route.exclusion]
    if policy == "forcetunnel":
        yield from _forced(about, into_tunnel, no_class_route=no_class_route)
    elif no_class_route and not into_tunnel:
        yield about.problem(
            "routes-missing",
            "DisableClassBasedDefaultRoute is true and there is no Route, so that nothing goes "
            "into the tunnel",
            "Add a Route for each network that is reached through the tunnel.",
        )
    if policy != "forcetunnel":
        yield from _default_routes(about, into_tunnel)


def _forced(
    about: AboutProfile, routes: Sequence[Route], *, no_class_route: bool
) -> Iterator[Finding]:
    if routes:
        yield about.warning(
            "routes-with-force-tunnel",
            "RoutingPolicyType is ForceTunnel, and yet there are Routes into the tunnel",
            "Remove the Routes except those with ExclusionRoute, or use SplitTunnel.",
        )
    if no_class_route:
        yield about.warning(
            "class-route-with-force-tunnel",
            "RoutingPolicyType is ForceTunnel, and yet DisableClassBasedDefaultRoute is true",
            "Set DisableClassBasedDefaultRoute to false or remove it, or use SplitTunnel.",
        )


def _default_routes(about: AboutProfile, routes: Sequence[Route]) -> Iterator[Finding]:
    for route in routes:
        if route.network is not None and not route.network.prefixlen:
            yield about.warning(
                "route-default",
                f"the route {shown(route.written)} {on_line(route.line)} sends everything into the "
                "tunnel, although the profile does not say ForceTunnel",
                "Use ForceTunnel without Routes, or name the networks.",
            )


def _route(about: AboutProfile, route: Route, added: str) -> Iterator[Finding]:
    if route.fault:
        yield about.problem(
            "route-invalid",
            f"the route {shown(route.written)} {on_line(route.line)} means no network: "
            f"{route.fault}",
            "Write the address of a network and its PrefixSize.",
        )
    elif route.is_host_address and route.network is not None:
        more = (
            f"that adds {added} to what goes {route.destination}"
            if added
            else f"another route sends all of it {route.destination} already"
        )
        yield about.problem(
            "route-host-address",
            f"the route {route.written} {on_line(route.line)} begins at an address inside its "
            f"network {route.network}; Windows keeps such a route in the profile and never uses it",
            f"Write {route.network} ({span(route.network)}), if that is meant: {more}.",
        )
    if route.metric and not (route.metric.isascii() and route.metric.isdigit()):
        yield about.warning(
            "route-metric",
            f"the Metric {shown(route.metric)!r} of the route {shown(route.written)} "
            f"{on_line(route.line)} is no number",
            "Write a number, or remove the Metric.",
        )


def _duplicate(about: AboutProfile, found: Duplicate) -> Finding:
    first, second = found.first, found.second
    same = f"{shown(first.written)} {on_line(first.line)}"
    if found.contradicts:
        return about.problem(
            "route-contradiction",
            f"the routes {same} and {shown(second.written)} {on_line(second.line)} are both "
            f"{second.network}, one into the tunnel and one beside it",
            "Remove the one that is not meant.",
        )
    once = "" if found.same_as_written else " once corrected"
    differ = "" if found.same_metric else ", with another Metric"
    return about.warning(
        f"route-duplicate{'-once-corrected' if once else ''}",
        f"the route {shown(second.written)} {on_line(second.line)} is the same network as {same}"
        f"{once}{differ}",
        "Remove one of them." if found.same_metric else "Keep the one with the Metric that counts.",
    )
