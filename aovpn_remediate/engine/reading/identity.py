"""Servers by what they call themselves: two names of an inventory may lead to one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aovpn_remediate.inventory.model import is_ip
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results import Facts

_MOST_NAMES = 3
_NETBIOS = 15
"""The longest name that `COMPUTERNAME` holds: [MS-NBTE] 2.2.1."""


def is_same_server(one: Facts, other: Facts) -> bool:
    """Return true if two hosts are one server: same name and domain, and no other machine id."""
    if one.name is None or other.name is None:
        return False
    if _key(one) != _key(other):
        return False
    return None in (one.machine_guid, other.machine_guid) or _guid(one) == _guid(other)


def refusals(facts: Mapping[str, Facts]) -> dict[str, str]:
    """Return the hosts of an inventory that are one server with another of them, and why."""
    by_name: dict[tuple[str, str], list[str]] = {}
    for host, told in facts.items():
        if told.name is not None:
            by_name.setdefault(_key(told), []).append(host)
    found: dict[str, str] = {}
    for hosts in by_name.values():
        for host in hosts:
            same = [h for h in hosts if h != host and is_same_server(facts[host], facts[h])]
            if same:
                others, name = listed(same, _MOST_NAMES), own_name(facts[host])
                found[host] = (
                    f"it is the same server as {others}: each calls itself {name}; "
                    "keep one of the names in the inventory"
                )
    return found


def clones(facts: Mapping[str, Facts]) -> dict[str, str]:
    """Return the hosts that have the machine id of another server, as a warning."""
    by_guid: dict[str, list[str]] = {}
    for host, told in facts.items():
        if told.machine_guid is not None:
            by_guid.setdefault(_guid(told), []).append(host)
    found = {}
    for hosts in by_guid.values():
        for host in hosts:
            others = [h for h in hosts if h != host and not is_same_server(facts[host], facts[h])]
            if others:
                names = listed(others, _MOST_NAMES)
                found[host] = f"it has the MachineGuid of {names}: a clone, or the same server"
    return found


def warnings(address: str, facts: Facts) -> Iterable[str]:
    """Yield a warning where a host calls itself otherwise than the name it was reached by."""
    if facts.name is None or is_ip(address):
        return
    label = address.partition(".")[0][:_NETBIOS]
    if label.casefold() not in (facts.name.casefold(), "localhost"):
        yield f"it calls itself {own_name(facts)}, but was reached as {address}"


def _key(facts: Facts) -> tuple[str, str]:
    return (facts.name or "").casefold(), (facts.domain or "").casefold()


def _guid(facts: Facts) -> str:
    return (facts.machine_guid or "").casefold()


def own_name(facts: Facts) -> str:
    """Return what a host calls itself, such as `NPS-01 in corp.example`."""
    return f"{facts.name} in {facts.domain}" if facts.domain else f"{facts.name}"
