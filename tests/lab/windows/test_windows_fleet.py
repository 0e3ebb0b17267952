from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

import pytest

from aovpn_remediate.engine.reading.facts import read_facts
from aovpn_remediate.inventory.loader import load_inventory
from aovpn_remediate.lab.windows import SimulatedWindows
from aovpn_remediate.lab.windows.fleet import MAX_HOSTS, Member, demo_fleet, fleet, inventory_text
from aovpn_remediate.lab.windows.model import HostSeed
from aovpn_remediate.lab.windows.roles import client, domain_controller
from tests.lab.windows.batches import call, prologue, step

_SERVICES = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services"
KEYS = {
    "nps": (rf"{_SERVICES}\RasMan\PPP\EAP\13", "IgnoreNoRevocationCheck"),
    "rras": (rf"{_SERVICES}\RemoteAccess\Parameters\Ikev2", "EnableServerFragmentation"),
    "connector": (
        r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\MicrosoftIntune\PFXCertificateConnector",
        "EnableSidSecurityExtension",
    ),
}


def windows_of(members: list[Member]) -> SimulatedWindows:
    return SimulatedWindows({member.address: member.seed for member in members})


def ask(windows: SimulatedWindows, address: str, *calls: str) -> list[dict[str, Any]]:
    outputs = windows.run(address, prologue() + "".join(calls), {})
    return [json.loads(output.text) for output in outputs]


def test_the_demo_fleet_has_every_role_and_state() -> None:
    members = demo_fleet()
    windows = windows_of(members)
    states: dict[str, set[str]] = {role: set() for role in KEYS}
    for member in members:
        (role,) = member.groups
        if windows.up(member.address):
            key, name = KEYS[role]
            target = {"Key": key, "Name": name}
            (record,) = ask(windows, member.address, step("AovpnRegistryValue", target))
            states[role].add(record["before"])

    assert len(members) == len({m.address for m in members}) == len({m.name for m in members}) == 12
    assert [m.name for m in members if not windows.up(m.address)] == ["nps-04"]
    right = '{"type":"DWord","data":1}'
    assert all(right in found and len(found) > 1 for found in states.values())
    assert '{"type":"String","data":"1"}' in states["connector"]
    (own,) = [member for member in members if member.username]
    assert not windows.may_log_on(own.address, own.username or "")
    assert windows.may_log_on(own.address, "lab")


def test_the_roles_of_demo_hosts_match_their_groups() -> None:
    windows = windows_of(demo_fleet())
    for member in demo_fleet():
        if not windows.up(member.address) or member.name == "connector-01":
            continue
        facts = ask(windows, member.address, call("Get-AovpnFacts", Services=[]))[0]["facts"]
        roles = [role for role, fact in facts["roles"].items() if fact["value"]]
        assert roles == list(member.groups)
        assert facts["name"]["value"] == member.name.upper()


@pytest.mark.parametrize(
    ("seed", "role", "product"),
    [
        (domain_controller("dc-01", enforcement=1), "domain_controller", "LanmanNT"),
        (client("client-01"), "client", "WinNT"),
    ],
)
def test_controllers_and_clients_are_told_by_the_product(
    seed: HostSeed, role: str, product: str
) -> None:
    windows = windows_of([Member(seed.name, (role,), "127.0.1.1", seed)])
    [record] = ask(windows, "127.0.1.1", call("Get-AovpnFacts", Services=[]))
    assert record["facts"]["product_type"] == {"value": product}
    facts = read_facts(record["facts"])
    assert [name for name, has_it in facts.roles.items() if has_it] == [role]


def test_a_connector_answers_every_step_of_its_playbooks() -> None:
    windows = windows_of(demo_fleet())
    addresses = {member.name: member.address for member in demo_fleet()}
    account = r"CORP\svc-connector"
    calls = [
        step("AovpnInstalledProgram", {"Name": "Certificate Connector for Microsoft Intune"}),
        step("AovpnLocalGroupMember", {"Group": "S-1-5-32-544", "Account": account}),
        *(
            step("AovpnUserRight", {"Right": right, "Accounts": [account], "Exactly": False})
            for right in ("SeServiceLogonRight", "SeDenyServiceLogonRight")
        ),
        step("AovpnService", {"Name": "PFXCertificateConnectorSvc", "Properties": ["status"]}),
    ]

    def answers(name: str) -> list[Any]:
        return [json.loads(r["before"]) for r in ask(windows, addresses[name], *calls)]

    program, member, right, denied, service = answers("connector-02")
    assert program["version"] == "6.2406.0.1001"
    assert member["member"]
    assert right["accounts"][0]["held"]
    assert not denied["accounts"][0]["held"]
    assert service["status"] == "running"

    program, member, right, denied, service = answers("connector-01")
    assert program is None
    assert member["member"]
    assert not right["accounts"][0]["held"]
    assert service is None


def test_the_same_seed_gives_the_same_fleet() -> None:
    assert fleet(60, 1) == fleet(60, 1)
    assert fleet(60, 1) != fleet(60, 2)
    assert fleet(10, 1) == fleet(60, 1)[:10]


def test_a_large_fleet_has_all_roles_and_distinct_addresses() -> None:
    members = fleet(600)

    assert len({member.address for member in members}) == 600
    groups = {group for member in members for group in member.groups}
    assert groups == {*KEYS, "domain_controller", "client"}
    assert not [member.name for member in members if "_" in member.name]
    assert members[-1].address == "127.1.2.100"
    assert MAX_HOSTS == 62500


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_the_inventory_lists_the_fleet(tmp_path: Path, scheme: Literal["http", "https"]) -> None:
    ca_file = tmp_path / "ca.pem"
    ca_file.touch()
    path = tmp_path / "inventory.yaml"
    text = inventory_text(
        demo_fleet(),
        port=15985,
        user="lab",
        password={"env": "AOVPN_LAB_PASSWORD"},
        scheme=scheme,
        ca_file=str(ca_file) if scheme == "https" else None,
    )
    path.write_text(text, encoding="utf-8")

    inventory = load_inventory(path)

    assert {name: len(hosts) for name, hosts in inventory.groups.items()} == dict.fromkeys(KEYS, 4)
    for member in demo_fleet():
        host = inventory.hosts[member.name]
        assert host.address == member.address
        assert (host.connection.scheme, host.connection.port) == (scheme, 15985)
        assert host.connection.auth == "ntlm"
        assert host.credential.username == (member.username or "lab")
    connector = inventory.hosts["connector-01"]
    assert connector.vars["connector_account"] == r"CORP\svc-connector"
