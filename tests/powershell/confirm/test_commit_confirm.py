"""Commit-confirm from end to end: a host that nobody confirms rolls back by itself."""

from __future__ import annotations

import time

import pytest

from aovpn_remediate.rendering.literals import literal
from aovpn_remediate.resources.restart import Restart
from aovpn_remediate.resources.service import Service
from tests.powershell.arranged import Services
from tests.powershell.host import EngineHost

from .rollback import FOLDER, LONG, SOON, Rollback, change, left, now, value

pytestmark = pytest.mark.usefixtures("scheduler")


def await_left(host: EngineHost, expected: list[str]) -> None:
    """Wait until a rollback that is over has tidied up."""
    end = time.monotonic() + SOON
    while (found := left(host)) != expected:
        assert time.monotonic() < end, found


def test_a_host_that_nobody_confirms_rolls_back(rollback: Rollback, services: Services) -> None:
    host, service, idle = rollback.host, services.make(), services.make()
    services.start(service)
    text = literal("\u00e4 \u2019 $(1) \uffff\ud800")
    host.run(f"[Microsoft.Win32.Registry]::SetValue('{LONG}', 'value', {text})")
    was, process = now(host), services.process(service)
    rollback.read("value", value(), Restart(services=(service,)))
    rollback.read("made", value("x", "made\\deeper"))
    rollback.read("idle", Service(name=idle, status="running"))
    assert rollback.arm(5)["ok"]
    change(host)
    host.run(f"$null = New-Item 'Registry::{LONG}\\made\\deeper' -Force\nStart-Service {idle}")
    said = rollback.await_stage("undone")
    outcome = [line.partition(",")[0] for line in said["outcome"]]
    begun, *steps, restarted, ended = outcome
    assert begun.startswith('{"began":"')
    assert ended.startswith('{"undone":"')
    assert steps == ['{"id":"idle"', '{"id":"made"', '{"id":"value"']
    assert restarted == f'{{"restart":"{service}"'
    assert now(host) == was
    assert host.run(f"Test-Path 'Registry::{LONG}\\made'") == ["false"]
    assert (services.status(idle), services.status(service)) == ("Stopped", "Running")
    assert services.process(service) != process
    await_left(host, ["undo-r-1.jsonl"])
    assert rollback.confirm()["found"] == "undone", "a confirmation that comes too late"
    assert now(host) == was
    assert rollback.forget()["found"] == "undone"
    assert left(host) == []


def test_a_host_that_is_confirmed_keeps_what_was_set(rollback: Rollback) -> None:
    host = rollback.host
    rollback.read("value", value())
    said = rollback.arm()
    assert {**said, "until": ""} == {"arm": "r-1", "ok": True, "until": ""}
    assert left(host) == ["undo-r-1.ps1", "undo-r-1"]
    change(host)
    looked = rollback.look()
    assert looked.pop("time")
    assert looked == {"disarm": "r-1", "ok": True, "found": "armed", "outcome": []}
    assert left(host) == ["undo-r-1.ps1", "undo-r-1"]
    said = rollback.confirm()
    assert said.pop("time")
    assert said == {"disarm": "r-1", "ok": True, "found": "armed", "outcome": []}
    assert left(host) == []
    assert now(host)["data"] == "changed"
    assert rollback.confirm()["found"] == "nothing"


def test_two_runs_have_rollbacks_of_their_own(rollback: Rollback) -> None:
    other = Rollback(rollback.host, "r-2")
    for one in (rollback, other):
        one.read("value", value())
        assert one.arm()["ok"]
    assert other.confirm()["found"] == "armed"
    assert left(rollback.host) == ["undo-r-1.ps1", "undo-r-1"]


def test_a_file_that_somebody_changed_is_not_run(rollback: Rollback) -> None:
    host = rollback.host
    rollback.read("value", value())
    assert rollback.arm(3)["ok"]
    change(host)
    host.run(f"Add-Content {FOLDER}\\undo-r-1.ps1 -Value '# more'")
    end = time.monotonic() + SOON
    result = "[string] (Get-ScheduledTaskInfo undo-r-1 '\\aovpn-remediate\\').LastTaskResult"
    while (said := host.run(result)) == ["267011"]:
        assert time.monotonic() < end
    assert said == ["2"]
    assert now(host)["data"] == "changed"
    for look in (rollback.look, rollback.confirm):
        record = look()
        assert (record["ok"], record["found"], record["result"]) == (True, "failed", 2)
        assert left(host) == ["undo-r-1.ps1", "undo-r-1"]
    assert rollback.forget()["found"] == "failed"
    assert left(host) == []


def test_a_step_that_cannot_be_set_back_is_told(rollback: Rollback, services: Services) -> None:
    host, service = rollback.host, services.make("nostop")
    rollback.read("value", value())
    rollback.read("service", Service(name=service, status="running"))
    assert rollback.arm(4)["ok"]
    change(host)
    services.start(service)
    outcome = rollback.await_stage("undone")["outcome"]
    failed, done = [line for line in outcome if line.startswith('{"id"')]
    assert '"ok":false' in failed
    assert "ended with 1052" in failed
    assert '"ok":true,"moved":true' in done
    assert now(host) != {"type": "String", "data": "changed"}
