from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from aovpn_remediate.lab.backend import HostGone
from aovpn_remediate.lab.windows.registry import Value
from tests.lab.windows.batches import ADDRESS, Bench, call, joined, prologue, step

RRAS = {"RasMan": {}, "RemoteAccess": {}, "IAS": {"alone": False}}
ANSWERS = joined(call("Get-AovpnFacts", Services=[]))
COMPONENT_REBOOT = (
    r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending"
)


def facts(bench: Bench, *services: str) -> dict[str, Any]:
    (record,) = bench.run(call("Get-AovpnFacts", Services=list(services)))
    found: dict[str, Any] = record["facts"]
    return found


def restart(name: str) -> str:
    return call("Invoke-AovpnRestart", Service=name, Seconds=60)


def reboot(bench: Bench) -> None:
    with pytest.raises(HostGone):
        bench.run("Invoke-AovpnReboot\n")
    bench.session = {}


# Facts


def test_facts_of_a_server() -> None:
    bench = Bench(
        name="RRAS-01", domain="corp.example", services=RRAS, vpn={}, sessions=7, hours_up=2
    )
    found = facts(bench, "remoteaccess", "IAS", "Nothing")

    assert {name: fact["value"] for name, fact in found.items() if "value" in fact} == {
        "name": "RRAS-01",
        "time": "2026-11-21T02:03:04.5678900Z",
        "powershell": "5.1.20348.3453",
        "edition": "Desktop",
        "language_mode": "FullLanguage",
        "os_name": "Windows Server 2022 Standard",
        "os_edition": "ServerStandard",
        "os_build": 20348,
        "os_ubr": 3453,
        "product_type": "ServerNT",
        "boot": "2026-11-21T00:03:04.5678900Z",
        "machine_guid": "90a4792f-041e-5281-8f4e-84689aff48be",
        "boot_mark": "604 2026-11-21T00:03:04.5678900Z",
        "domain": "corp.example",
        "administrator": True,
        "pending_reboot": [],
        "sessions": 7,
    }
    assert found["roles"] == {
        "nps": {"value": True},
        "rras": {"value": True},
        "connector": {"value": False},
    }
    assert found["services"] == {
        "remoteaccess": {
            "value": {
                "state": "Running",
                "start_mode": "Auto",
                "account": "LocalSystem",
                "started": "2026-11-21T00:03:04.5678900Z",
                "alone": True,
            }
        },
        "IAS": {
            "value": {
                "state": "Running",
                "start_mode": "Auto",
                "account": "LocalSystem",
                "started": "2026-11-21T00:03:04.5678900Z",
                "alone": False,
            }
        },
        "Nothing": {"value": None},
    }


def test_facts_of_a_host_without_roles_on_powershell_7() -> None:
    off = {"RemoteAccess": {"status": "stopped", "startup": "disabled"}}
    found = facts(Bench(engine="7", services=off), "RemoteAccess")

    assert found["edition"] == {"value": "Core"}
    assert found["sessions"] == {"value": None}
    assert found["domain"] == {"value": None}
    assert [role["value"] for role in found["roles"].values()] == [False, False, False]
    assert found["services"]["RemoteAccess"]["value"]["started"] is None
    assert found["services"]["RemoteAccess"]["value"]["start_mode"] == "Disabled"


def test_sessions_are_unreadable_where_rras_is_not_configured() -> None:
    found = facts(Bench(services=RRAS, vpn="not configured"))

    assert found["sessions"] == {"reason": "RRAS is not configured for VPN."}


def test_an_unreadable_fact_has_a_reason() -> None:
    quirks = {"unreadable": {"boot": "Access denied"}, "language_mode": "ConstrainedLanguage"}
    found = facts(Bench(quirks=quirks))

    assert found["boot"] == {"reason": "Access denied"}
    assert "language mode" in found["administrator"]["reason"]


# Restarts


def test_a_restart_changes_the_start_time_and_enters_the_history() -> None:
    bench = Bench(services=RRAS)
    before = bench.clock.now

    assert bench.run(restart("IAS")) == [
        {"restart": "IAS", "ok": True, "was": "running", "now": "running", "down": []}
    ]

    started = facts(bench, "IAS")["services"]["IAS"]["value"]["started"]
    assert datetime.fromisoformat(started) == before + timedelta(seconds=0.05)
    (outage,) = bench.windows.history
    assert (outage.address, outage.what) == (ADDRESS, "IAS")
    assert (outage.since, outage.until) == (before, before + timedelta(seconds=0.05))


def test_the_record_of_a_restart_comes_after_the_service_is_back() -> None:
    bench = Bench(services=RRAS)
    text = prologue() + restart("IAS")

    assert [output.pause for output in bench.windows.run(ADDRESS, text, {})] == [0.05]


def test_restarting_rasman_restarts_remote_access_and_disconnects_its_users() -> None:
    bench = Bench(services=RRAS, vpn={}, sessions=41)
    bench.run(restart("RasMan"))

    assert facts(bench)["sessions"]["value"] == 0
    assert bench.host.users_disconnected == 41
    assert [outage.what for outage in bench.windows.history] == ["RemoteAccess", "RasMan"]
    starts = {s.name: s.started for s in bench.host.services}
    assert starts["RasMan"] == starts["RemoteAccess"] != starts["IAS"]


@pytest.mark.parametrize(
    ("services", "was"), [({"X": {"status": "stopped"}}, "stopped"), ({}, None)]
)
def test_a_restart_does_nothing_to_a_service_that_is_not_running(
    services: Any, was: str | None
) -> None:
    bench = Bench(services=services)

    assert bench.run(restart("X")) == [
        {"restart": "X", "ok": True, "was": was, "now": was, "down": []}
    ]
    assert bench.windows.history == []


def test_a_service_that_fails_to_start_again_can_be_started_later() -> None:
    bench = Bench(services=RRAS, quirks={"refuses_restart": ["IAS"]})

    (record,) = bench.run(restart("IAS"))
    assert (record["ok"], record["was"], record["now"]) == (False, "running", "stopped")
    assert "IAS was started, but has stopped again" in record["error"]["message"]
    assert bench.windows.history[0].until is None

    bench.clock.advance(10)
    assert bench.run(call("Invoke-AovpnStart", Service="IAS", Seconds=60)) == [
        {"start": "IAS", "ok": True, "was": "stopped", "now": "running"}
    ]
    assert bench.windows.history[0].until == bench.clock.now


def test_a_restart_fails_if_a_dependent_does_not_start_again() -> None:
    bench = Bench(services=RRAS, quirks={"refuses_restart": ["RemoteAccess"]})

    (record,) = bench.run(restart("RasMan"))

    assert (record["ok"], record["now"]) == (False, "running")
    assert "RemoteAccess" in record["error"]["message"]


def test_a_service_that_never_starts_stays_stopped_after_a_reboot() -> None:
    bench = Bench(services=RRAS, quirks={"refuses_start": ["IAS"]})
    bench.run(restart("IAS"))

    (record,) = bench.run(call("Invoke-AovpnStart", Service="IAS", Seconds=60))
    assert (record["ok"], record["was"], record["now"]) == (False, "stopped", "stopped")
    reboot(bench)
    bench.clock.advance(1)
    assert facts(bench, "IAS")["services"]["IAS"]["value"]["state"] == "Stopped"


def test_a_missing_service_cannot_be_started() -> None:
    (record,) = Bench().run(call("Invoke-AovpnStart", Service="X", Seconds=60))

    assert record["error"]["id"] == "NoService"
    assert (record["was"], record["now"]) == (None, None)


# Reboots


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


@pytest.mark.parametrize(
    ("names", "reasons"),
    [
        ([], []),
        ([r"\??\C:\Windows\Temp\left.tmp", ""], []),
        ([r"\??\C:\Windows\Temp\new.dll", r"!\??\C:\old.dll"], ["file rename"]),
    ],
)
def test_files_to_be_moved_are_a_pending_reboot(names: list[str], reasons: list[str]) -> None:
    key = r"HKLM\SYSTEM\CurrentControlSet\Control\Session Manager"
    bench = Bench(registry={key: {"PendingFileRenameOperations": {"multi_string": names}}})
    assert facts(bench)["pending_reboot"]["value"] == reasons


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


# Availability and logon


def test_hosts_that_are_down_or_unknown_do_not_answer() -> None:
    bench = Bench(down=True)

    assert not bench.windows.up(ADDRESS)
    assert not bench.windows.up("127.9.9.9")
    with pytest.raises(HostGone):
        bench.run(ANSWERS)


def test_a_host_refuses_the_logon_of_listed_users() -> None:
    bench = Bench(refuse_users=[r"CORP\Old"])

    assert not bench.windows.may_log_on(ADDRESS, r"corp\old")
    assert bench.windows.may_log_on(ADDRESS, "lab")
    assert not bench.windows.may_log_on("127.9.9.9", "lab")
