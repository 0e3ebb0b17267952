"""Restarts of services of a simulated host."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.lab.windows.batches import ADDRESS, Bench, call, prologue
from tests.lab.windows.host_calls import RRAS, facts, reboot, restart


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
