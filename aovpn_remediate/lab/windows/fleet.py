"""Fleets of simulated hosts, and the inventory to reach them."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from aovpn_remediate.lab.windows.model import EventSeed, HostSeed
from aovpn_remediate.lab.windows.roles import (
    CONNECTOR_ACCOUNT,
    VPN_POLICY,
    client,
    connector,
    domain_controller,
    nps,
    rras,
)
from aovpn_remediate.lab.windows.vpn_connections import (
    MISPLACED_ROUTE,
    NPS_NAME,
    ROUTE,
    USER_CONNECTION,
    VPN_CONNECTION,
)

_HOSTS_PER_NET = 250
"""Hosts in each net 127.1.x."""
MAX_HOSTS = 250 * 250


@dataclass(frozen=True)
class Member:
    """A host of a fleet and its entry in the inventory. `username` overrides the common one."""

    name: str
    groups: tuple[str, ...]
    address: str
    seed: HostSeed
    username: str | None = None


def demo_fleet() -> list[Member]:
    """Return twelve hosts: compliant and not, one down, one whose own credential is refused."""
    hosts = {
        "nps-01": nps("nps-01"),
        "nps-02": nps("nps-02", year=2019, ignore_no_revocation_check=1),
        "nps-03": nps("nps-03", ignore_no_revocation_check=0),
        "nps-04": nps("nps-04").model_copy(update={"down": True}),
        "rras-01": rras("rras-01", sessions=41),
        "rras-02": rras("rras-02", fragmentation=1, sessions=38),
        "rras-03": rras("rras-03", year=2025, ports=64, sessions=7),
        "rras-04": rras("rras-04", year=2025, fragmentation=1, sessions=112),
        "connector-01": connector("connector-01", installed=False),
        "connector-02": connector("connector-02", sid_extension=1),
        "connector-03": connector("connector-03", sid_extension="1", version="6.2504.2001.8"),
        "connector-04": connector("connector-04").model_copy(
            update={"refuse_users": (r"CORP\old-admin",)}
        ),
    }
    own = {"connector-04": r"CORP\old-admin"}
    return [
        Member(name, (_group(name),), f"127.0.1.{number}", _with_events(name, seed), own.get(name))
        for number, (name, seed) in enumerate(hosts.items(), start=1)
    ]


def _with_events(name: str, seed: HostSeed) -> HostSeed:
    """Return a host with the events of one user whom NPS has refused; nps-03 logs nothing."""
    events = tuple(event for host, event in _EVENTS if host == name)
    return seed.model_copy(update={"events": events})


_USER = r"CORP\anna"
_NPS = "Microsoft-Windows-Security-Auditing"
_EVENTS = (
    (
        "nps-01",
        EventSeed(
            log="Security",
            provider=_NPS,
            id=6273,
            seconds_ago=600.0,
            named={"SubjectUserName": _USER, "SubjectMachineName": "-", "ReasonCode": "258"},
        ),
    ),
    ("nps-02", EventSeed(log="Security", provider=_NPS, id=6272)),
    (
        "rras-01",
        EventSeed(
            log="System",
            provider="RemoteAccess",
            id=20271,
            seconds_ago=599.0,
            data=("{C0}", _USER, "192.0.2.1", "Refused."),
        ),
    ),
)
"""The events of the demo, by host."""


def fleet(count: int, seed: int = 0) -> list[Member]:
    """Return up to `MAX_HOSTS` hosts of all roles, compliant or not at random by the seed."""
    chance = random.Random(seed)  # noqa: S311 - for variety, not for secrets
    roles = {
        "nps": _some_nps,
        "rras": _some_rras,
        "connector": _some_connector,
        "domain_controller": _some_domain_controller,
        "client": _some_client,
    }
    members = []
    for number in range(count):
        role = chance.choice(_MIX)
        name = f"{_SHORT.get(role, role)}-{number + 1:04}"
        address = f"127.1.{number // _HOSTS_PER_NET}.{number % _HOSTS_PER_NET + 1}"
        members.append(Member(name, (role,), address, roles[role](name, chance)))
    return members


def inventory_text(
    members: Sequence[Member],
    *,
    port: int,
    user: str,
    password: Mapping[str, str],
    scheme: Literal["http", "https"] = "http",
    ca_file: str | None = None,
) -> str:
    """Write the inventory of a fleet as YAML. `password` is a reference such as `{env: NAME}`."""
    connection: dict[str, Any] = {"scheme": scheme, "port": port, "auth": "ntlm"}
    if ca_file is not None:
        connection["ca_file"] = ca_file
    groups: dict[str, dict[str, Any]] = {}
    for member in members:
        for group in member.groups:
            hosts = groups.setdefault(group, {"hosts": {}})["hosts"]
            hosts[member.name] = _entry(member, password)
    for name, settings in groups.items():
        if variables := _VARIABLES.get(name):
            settings["vars"] = variables
    everything = {
        "connection": connection,
        "credential": {"username": user, "password": dict(password)},
    }
    inventory = {"all": everything, "groups": groups}
    return yaml.safe_dump(inventory, sort_keys=False, allow_unicode=True)


_VARIABLES: Mapping[str, dict[str, Any]] = {
    "client": {
        "vpn_connection": VPN_CONNECTION,
        "vpn_user_connection": USER_CONNECTION,
        "nps_names": [NPS_NAME],
        "machine_ekus": ["1.3.6.1.5.5.7.3.2"],
    },
    "connector": {"connector_account": CONNECTOR_ACCOUNT},
    "nps": {"vpn_policy": VPN_POLICY},
}


_MIX = ("nps", "rras", "connector") * 3 + ("domain_controller", "client")
"""The roles of a fleet, each as often as here: most playbooks are for the servers of the VPN."""
_SHORT: Mapping[str, str] = {"domain_controller": "dc"}
"""The beginning of the names of hosts, where it is not the role: a name has no underscore."""


def _entry(member: Member, password: Mapping[str, str]) -> dict[str, Any]:
    if member.username is None:
        return {"address": member.address}
    own = {"username": member.username, "password": dict(password)}
    return {"address": member.address, "credential": own}


def _group(name: str) -> str:
    return name.rpartition("-")[0]


def _some_nps(name: str, chance: random.Random) -> HostSeed:
    return nps(
        name,
        year=chance.choice((2019, 2022, 2025)),
        ignore_no_revocation_check=chance.choice((None, 0, 1, 1)),
    )


def _some_rras(name: str, chance: random.Random) -> HostSeed:
    return rras(
        name,
        year=chance.choice((2019, 2022, 2025)),
        fragmentation=chance.choice((None, 0, 1, 1)),
        ports=chance.choice((128, 128, 64)),
        sessions=chance.randrange(120),
    )


def _some_connector(name: str, chance: random.Random) -> HostSeed:
    return connector(
        name,
        year=chance.choice((2019, 2022)),
        sid_extension=chance.choice((None, 1, 1)),
        version=chance.choice(("6.2406.0.1001", "6.2504.2001.8")),
        installed=chance.choice((True, True, False)),
    )


def _some_domain_controller(name: str, chance: random.Random) -> HostSeed:
    year = chance.choice((2019, 2022, 2025))
    return domain_controller(name, year=year, enforcement=chance.choice((None, None, 0, 1, 2)))


def _some_client(name: str, chance: random.Random) -> HostSeed:
    return client(
        name,
        not_automatic=chance.choice((None, ("Old VPN", VPN_CONNECTION))),
        strategy=chance.choice((6, 14)),
        route=chance.choice((ROUTE, ROUTE, MISPLACED_ROUTE)),
    )
