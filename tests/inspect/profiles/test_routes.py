from __future__ import annotations

import ipaddress
from ipaddress import IPv4Network, IPv6Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.inspect.profiles.made import fixed, notes, report, route, serious, the, user

_ADDRESSES = st.ip_addresses()
_EXCLUSION = "<ExclusionRoute>true</ExclusionRoute>"


@st.composite
def _routes(draw: st.DrawFn) -> tuple[str, int]:
    """An address and a size, most of them near each other so that routes meet."""
    if draw(st.booleans()):
        number = draw(st.integers(0, 2**6 - 1)) << 8 | draw(st.integers(0, 1))
        return str(ipaddress.ip_address(0x0A000000 + number)), draw(st.integers(20, 32))
    address = draw(_ADDRESSES)
    return str(address), draw(st.integers(0, address.max_prefixlen))


def test_right_routes_are_not_found() -> None:
    found = report(user())
    assert serious(found) == []
    assert found.exit_code == 0
    assert [r.network for r in found.profiles[0].routes] == ["10.0.0.0/8", "2001:db8::/32"]


def test_a_host_address_is_found_with_its_network_and_what_the_correction_adds() -> None:
    text = user(routes=route("172.21.12.0", 21))
    found = report(text)
    assert found.exit_code == 3
    one = the(found, "route-host-address")
    line = text[: text.index("<Route>")].count("\n") + 1
    assert f"172.21.12.0/21 (line {line})" in one.text
    assert "172.21.8.0/21" in one.text
    assert "adds 172.21.8.0-172.21.11.255 to what goes into the tunnel" in one.fix


def test_ipv6_alike() -> None:
    one = the(report(user(routes=route("2001:db8::8000", 112))), "route-host-address")
    assert "Write 2001:db8::/112" in one.fix
    assert "adds 2001:db8::-2001:db8::7fff to" in one.fix


def test_a_route_beside_the_tunnel_adds_beside_it() -> None:
    found = report(user(routes=route("10.0.0.0", 8) + route("10.1.3.0", 22, _EXCLUSION)))
    one = the(found, "route-host-address")
    assert "adds 10.1.0.0-10.1.2.255 to what goes beside the tunnel" in one.fix
    assert [r.exclusion for r in found.profiles[0].routes] == [False, True]


def test_a_correction_that_another_route_covers_adds_nothing() -> None:
    routes = route("10.0.0.0", 8) + route("10.1.3.0", 22)
    one = the(report(user(routes=routes)), "route-host-address")
    assert "another route sends all of it into the tunnel already" in one.fix


def test_a_route_of_the_other_way_covers_nothing() -> None:
    routes = route("10.0.0.0", 8, _EXCLUSION) + route("10.1.3.0", 22)
    one = the(report(user(routes=routes)), "route-host-address")
    assert "adds 10.1.0.0-10.1.2.255" in one.fix


@pytest.mark.parametrize(
    ("address", "size", "why"),
    [
        ("300.1.1.1", "8", "no IP address"),
        ("10.0.0.0/8", "8", "no IP address"),
        ("010.0.0.0", "8", "no IP address"),
        ("corp.example", "8", "no IP address"),
        ("", "8", "has no Address"),
        ("10.0.0.0", "", "has no PrefixSize"),
        ("10.0.0.0", "33", "IPv4 has prefixes of 0 to 32"),
        ("10.0.0.0", "999", "IPv4 has prefixes of 0 to 32"),
        ("2001:db8::", "129", "IPv6 has prefixes of 0 to 128"),
        ("10.0.0.0", "-1", "PrefixSize is no number"),
        ("10.0.0.0", "8.0", "PrefixSize is no number"),
        ("10.0.0.0", "\u0668", "PrefixSize is no number"),
        ("10.0.0.0", "9" * 5000, "PrefixSize is no number"),
        ("10.0.0.0", "255.255.248.0", "the mask 255.255.248.0 is 21"),
        ("fe80::1%eth0", "64", "zone"),
    ],
)
def test_what_is_no_network_is_a_problem(address: str, size: str, why: str) -> None:
    found = report(user(routes=route(address, size)))
    assert why in the(found, "route-invalid").text
    assert found.profiles[0].routes[0].network == ""


def test_duplicates_as_written() -> None:
    found = report(user(routes=route("10.0.0.0", 8) + route(" 10.0.0.0 ", "08")))
    one = the(found, "route-duplicate")
    assert "Remove one" in one.fix


def test_duplicates_once_corrected() -> None:
    found = report(user(routes=route("172.21.12.0", 21) + route("172.21.8.0", 21)))
    assert serious(found) == ["route-host-address", "route-duplicate-once-corrected"]


def test_duplicates_with_another_metric_are_left_to_a_person() -> None:
    routes = route("10.0.0.0", 8, "<Metric>1</Metric>") + route("10.0.0.0", 8)
    one = the(report(user(routes=routes)), "route-duplicate")
    assert "another Metric" in one.text
    assert "the Metric that counts" in one.fix


def test_into_and_beside_the_tunnel_is_a_contradiction() -> None:
    routes = route("10.0.0.0", 8) + route("10.0.0.0", 8, _EXCLUSION)
    assert serious(report(user(routes=routes))) == ["route-contradiction"]


def test_a_covered_route_is_a_note() -> None:
    found = report(user(routes=route("10.0.0.0", 8) + route("10.1.0.0", 16)))
    assert serious(found) == []
    assert "10.1.0.0/16" in the(found, "route-covered").text


def test_a_route_inside_an_exclusion_is_not_covered() -> None:
    routes = route("10.0.0.0", 8) + route("10.1.0.0", 16, _EXCLUSION) + route("10.1.1.0", 24)
    assert notes(report(user(routes=routes))) == []


def test_the_default_route_belongs_to_force_tunnel() -> None:
    assert serious(report(user(routes=route(str(ipaddress.ip_address(0)), 0)))) == ["route-default"]
    assert serious(report(user(routes=route("::", 0)))) == ["route-default"]


def test_force_tunnel_needs_no_routes() -> None:
    found = report(user(policy="ForceTunnel"))
    assert serious(found) == ["routes-with-force-tunnel", "class-route-with-force-tunnel"]
    only_beside = user(policy="ForceTunnel", routes=route("10.9.0.0", 16, _EXCLUSION))
    assert "routes-with-force-tunnel" not in serious(report(only_beside))


def test_split_tunnel_without_the_class_route_needs_routes() -> None:
    assert serious(report(user(routes=""))) == ["routes-missing"]
    beside = user(routes=route("10.9.0.0", 16, _EXCLUSION))
    assert serious(report(beside)) == ["routes-missing"]


def test_a_metric_is_a_number() -> None:
    found = report(user(routes=route("10.0.0.0", 8, "<Metric>low</Metric>")))
    assert serious(found) == ["route-metric"]


@given(_routes())
def test_a_route_is_found_when_ipaddress_says_so(written: tuple[str, int]) -> None:
    address, size = written
    network = ipaddress.ip_network(f"{address}/{size}", strict=False)
    found = report(user(routes=route(address, size)))
    assert found.profiles[0].routes[0].network == str(network)
    wrong = ipaddress.ip_address(address) != network.network_address
    assert ("route-host-address" in serious(found)) is wrong


@given(st.lists(_routes(), min_size=1, max_size=6))
def test_corrected_routes_are_the_networks_each_once(routes: list[tuple[str, int]]) -> None:
    text, done = fixed(user(routes="".join(route(*one) for one in routes)))
    wanted = dict.fromkeys(
        str(ipaddress.ip_network(f"{address}/{size}", strict=False)) for address, size in routes
    )
    again = report(text)
    assert [r.network for r in again.profiles[0].routes] == [*wanted]
    assert not {"route-host-address", "route-duplicate"} & {*serious(again)}
    assert "route-duplicate-once-corrected" not in serious(again)
    assert fixed(text)[0] == text
    _check_added(done.corrections[0].adds if done.corrections else (), routes)


def _check_added(adds: tuple[str, ...], routes: list[tuple[str, int]]) -> None:
    """What is added lies in the networks, and below each written address."""
    networks: list[IPv4Network | IPv6Network] = [
        ipaddress.ip_network(f"{address}/{size}", strict=False) for address, size in routes
    ]
    for text in adds:
        first = ipaddress.ip_address(text.partition("-")[0])
        assert any(first == network.network_address for network in networks)
