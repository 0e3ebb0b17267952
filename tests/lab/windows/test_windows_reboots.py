"""Reboots of a simulated host, and their effects."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from aovpn_remediate.lab.backend import HostGone
from aovpn_remediate.lab.windows.registry import Value
from tests.lab.windows.batches import ADDRESS, Bench, prologue, step
from tests.lab.windows.host_calls import ANSWERS, RRAS, facts, reboot, restart

COMPONENT_REBOOT = (
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
)


def test_a_reboot_writes_its_record_before_the_host_goes_down() -> None:
    bench = Bench(services=RRAS)
    first = facts(bench)["boot"]["value"]
    outputs = bench.windows.run(ADDRESS, prologue() + "Invoke-AovpnReboot\n", {})

    assert json.loads(next(outputs).text) == {"restart": "reboot", "ok": True}
    assert bench.windows.up(ADDRESS)
    with pytest.raises(HostGone):
        next(outputs)
    assert not bench.windows.up(ADDRESS)
    bench.clock.advance(0.2)
    assert bench.windows.up(ADDRESS)
    bench.session = {}
    assert facts(bench)["boot"]["value"] > first
    (outage,) = bench.windows.history
    assert (outage.what, outage.until) == ("reboot", bench.clock.now)


def test_a_session_does_not_outlive_a_reboot() -> None:
    bench = Bench()
    bench.run(ANSWERS)
    with pytest.raises(HostGone):
        bench.run("Invoke-AovpnReboot\n", functions=False)
    bench.clock.advance(1)

    with pytest.raises(HostGone):
        bench.run(ANSWERS)


def test_a_reboot_ends_the_running_pipelines_of_others() -> None:
    bench = Bench()
    read = step("AovpnOsBuild", {})
    outputs = bench.windows.run(ADDRESS, prologue() + read + read, {})
    next(outputs)
    bench.host.reboot()

    with pytest.raises(HostGone):
        next(outputs)


def test_a_reboot_happens_even_if_the_client_stops_reading() -> None:
    bench = Bench()
    outputs = bench.windows.run(ADDRESS, prologue() + "Invoke-AovpnReboot\n", {})
    next(outputs)
    outputs.close()  # type: ignore[attr-defined] # an iterator that is a generator

    assert not bench.windows.up(ADDRESS)


def test_boot_times_differ_by_more_than_half_a_minute() -> None:
    bench = Bench()
    reboot(bench)
    bench.clock.advance(1)
    first = datetime.fromisoformat(facts(bench)["boot"]["value"])
    reboot(bench)
    bench.clock.advance(1)
    second = datetime.fromisoformat(facts(bench)["boot"]["value"])

    assert second - first > timedelta(seconds=30)
    assert second <= datetime.fromisoformat(facts(bench)["time"]["value"])


def test_a_reboot_starts_automatic_services_and_their_dependencies() -> None:
    manual = {"startup": "manual"}
    services = {"RasMan": manual, "RemoteAccess": {}, "IAS": {"status": "stopped"}, "X": manual}
    bench = Bench(services=services, vpn={}, sessions=3)
    reboot(bench)
    bench.clock.advance(1)

    found = facts(bench, *services)["services"]

    assert {name: fact["value"]["state"] for name, fact in found.items()} == {
        "RasMan": "Running",
        "RemoteAccess": "Running",
        "IAS": "Running",
        "X": "Stopped",
    }
    assert found["IAS"]["value"]["started"] == facts(bench)["boot"]["value"]
    assert (bench.host.sessions, bench.host.users_disconnected) == (0, 3)


def test_a_service_can_still_be_starting_after_a_boot() -> None:
    bench = Bench(services={"IAS": {}}, quirks={"starts_late": {"IAS": 5}})
    target = {"Name": "IAS", "Properties": ["status"]}
    reboot(bench)
    bench.clock.advance(1)

    assert bench.read("AovpnService", target)["status"] == "startpending"
    assert facts(bench, "IAS")["services"]["IAS"]["value"]["state"] == "Start Pending"
    bench.clock.advance(5)
    assert bench.read("AovpnService", target)["status"] == "running"


def test_a_host_may_never_return_from_a_reboot() -> None:
    bench = Bench(quirks={"never_returns": True})
    reboot(bench)
    bench.clock.advance(1e9)

    assert not bench.windows.up(ADDRESS)
    assert bench.windows.history[0].until is None


def test_a_reboot_completes_pending_operations() -> None:
    control, services = (rf"HKLM\SYSTEM\CurrentControlSet\{end}" for end in ("Control", "Services"))
    session_manager = rf"{control}\Session Manager"
    updates = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update"
    bench = Bench(
        registry={
            COMPONENT_REBOOT: {},
            rf"{updates}\RebootRequired": {},
            session_manager: {"PendingFileRenameOperations": {"multi_string": ["a", ""]}},
            rf"{control}\ComputerName\ComputerName": {"ComputerName": {"string": "ANOTHER"}},
            rf"{services}\Netlogon": {"JoinDomain": {"string": "corp.example"}},
        }
    )
    pending = facts(bench)["pending_reboot"]["value"]
    reboot(bench)
    bench.clock.advance(1)

    assert pending == [
        "component servicing",
        "windows update",
        "file rename",
        "computer rename",
        "domain join",
    ]
    assert facts(bench)["pending_reboot"]["value"] == []


def test_a_setting_takes_effect_at_the_next_start_of_the_service_or_host() -> None:
    bench = Bench(services=RRAS, vpn={})
    bench.set("AovpnVpnServerPorts", {}, {"ikev2": 64})

    def in_effect(what: str) -> int:
        ikev2: int = bench.host.in_effect[what]["answers"]["vpn_server_ports"][0]["ikev2"]
        return ikev2

    assert (in_effect("RemoteAccess"), in_effect("boot")) == (128, 128)
    bench.run(restart("RemoteAccess"))
    assert (in_effect("RemoteAccess"), in_effect("boot")) == (64, 128)
    reboot(bench)
    assert in_effect("boot") == 64


def test_group_policy_is_applied_again_at_boot() -> None:
    key = r"HKLM\SOFTWARE\Policies\X"
    bench = Bench(group_policy={"registry": {key: {"Y": {"dword": 1}}}})
    bench.host.registry.set(key, "Y", Value("DWord", 0))
    reboot(bench)

    assert bench.host.registry.get(key, "Y") == Value("DWord", 1)
