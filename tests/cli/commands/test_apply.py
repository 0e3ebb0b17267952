from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from aovpn_remediate.lab.windows.roles import nps
from aovpn_remediate.results import Plan, Run
from tests.cli.conftest import NPS, RRAS, SWIFT, Fleet, document, work


def planned(*playbooks: str) -> None:
    work("plan", *playbooks, "-i", "fleet.yaml", "-o", "x.plan.json")


def test_a_plan_is_applied_with_the_inventory_that_it_was_made_with(fleet: Fleet) -> None:
    planned(NPS)
    done = work("apply", "x.plan.json", "--allow-reboot", *SWIFT)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "changed     eap-13" in done.stdout
    assert "restarted   the host in" in done.stdout
    assert "Apply: 1 changed on 1 host, 1 unchanged, 1 restart done." in done.stdout
    assert [record.address for record in fleet.windows.sets] == [fleet.addresses["nps-01"]]


def test_a_restart_that_is_not_allowed_is_pending_and_can_be_made_later(fleet: Fleet) -> None:
    planned(RRAS)
    done = work("apply", "x.plan.json", *SWIFT)
    assert done.exit_code == 3
    assert "pending     restart of RemoteAccess" in done.stdout
    assert re.search(r"resume \S+ --allow-restart$", done.stdout, re.MULTILINE)
    assert fleet.windows.history == []
    again = work("apply", RRAS, "-i", "fleet.yaml", "--yes", "--allow-restart", *SWIFT)
    assert again.exit_code == 0
    assert "pending restart of RemoteAccess since" in again.stdout
    assert "restarted   RemoteAccess in" in again.stdout
    assert "41 VPN sessions disconnected" in again.stdout
    assert len(fleet.windows.sets) == 1


@pytest.mark.usefixtures("fleet")
def test_as_json_it_is_one_document() -> None:
    words = ("apply", RRAS, "-i", "fleet.yaml", "--yes", "--allow-restart", "--format", "json")
    done = work(*words, *SWIFT)
    run = Run.model_validate(document(done))
    assert [step.status for host in run.hosts for step in host.steps] == ["changed"]
    assert done.stderr == ""
    # There is nothing left to do: then it is the plan.
    nothing = work(*words, *SWIFT)
    assert Plan.model_validate(document(nothing)).exit_code == nothing.exit_code == 0
    assert nothing.stderr == "There is nothing to apply.\n"


def test_a_compliant_fleet_is_not_applied(fleet: Fleet) -> None:
    planned(NPS)
    done = work("apply", "x.plan.json", "--limit", "nps-02")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[-1] == "Plan: nothing to change, 1 compliant."
    assert done.stderr == "There is nothing to apply.\n"
    assert fleet.windows.sets == []


def test_a_limit_keeps_other_hosts_out(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(nps_01=nps("NPS-01"), nps_02=nps("NPS-02"))
    planned(NPS)
    done = work("apply", "x.plan.json", "--limit", "nps-02", "--allow-reboot", *SWIFT)
    assert done.exit_code == 0
    assert [record.address for record in fleet.windows.sets] == [fleet.addresses["nps-02"]]


def test_files_that_changed_since_the_plan_are_warned_of(fleet: Fleet) -> None:
    planned(NPS)
    inventory = fleet.folder / "fleet.yaml"
    inventory.write_text(f"# another\n{inventory.read_text()}")
    done = work("apply", "x.plan.json", "--allow-reboot", *SWIFT)
    assert done.exit_code == 0
    assert done.stderr.startswith("warning: the inventory ")
    assert done.stderr.count("\n") == 1


def test_a_step_that_is_stale_shows_three_states(make_fleet: Callable[..., Fleet]) -> None:
    make_fleet(nps_01=nps("NPS-01", ignore_no_revocation_check=0))
    planned(NPS)
    plan = Path("x.plan.json")
    plan.write_text(
        plan.read_text()
        .replace('"before":{"type":"dword","data":0}', '"before":null')
        .replace('"data": 0', '"data": 7')
        .replace("dword 0", "dword 7")
    )
    done = work("apply", "x.plan.json", *SWIFT)
    assert done.exit_code == 1
    shown = [line.split() for line in done.stdout.splitlines()]
    assert ["planned", "dword", "7"] in shown
    assert ["found", "dword", "0"] in shown
    assert ["required", "dword", "1"] in shown


def test_without_a_terminal_and_without_yes_nothing_is_begun(fleet: Fleet) -> None:
    done = work("apply", NPS, "-i", "fleet.yaml")
    assert done.exit_code == 2
    assert done.stderr == (
        "error: not interactive: use --yes, or save a plan with `plan -o` and apply the file\n"
    )
    assert fleet.lab.stats().requests == 0


def test_enough_failures_stop_the_run(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(nps_01=nps("NPS-01"), nps_02=nps("NPS-02"), nps_03=nps("NPS-03"))
    planned(NPS)
    key = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13\IgnoreNoRevocationCheck"
    fleet.windows.state(fleet.addresses["nps-01"]).quirks.does_not_hold = (key,)
    done = work("apply", "x.plan.json", "--max-failures", "0", "--workers", "1", *SWIFT)
    assert done.exit_code == 1
    assert "Apply: 2 not done, 1 failed on 1 host, 2 hosts not started." in done.stdout
    assert "aovpn-remediate resume" in done.stdout


@pytest.mark.usefixtures("fleet")
def test_the_whole_of_a_run_is_in_the_journal() -> None:
    planned(NPS, RRAS)
    done = work("apply", "x.plan.json", "--allow-reboot", "--allow-restart", *SWIFT)
    shown, files = work("show", "last").stdout.split("Backup of rras-01 in ")
    assert shown == done.stdout
    assert "  manifest.json\n" in files
    told = Run.model_validate(document(work("show", "last", "--format", "json")))
    assert told.exit_code == done.exit_code == 0
    listed = work("runs").stdout.splitlines()
    assert [line.split()[:2] for line in listed] == [[told.id, "apply"]]
    assert listed[0].endswith(f"{NPS}, {RRAS}")
    [one] = document(work("runs", "--format", "json"))["runs"]
    assert (one["id"], "hosts" in one) == (told.id, False)
    costs = work("show", told.id[:15], "-v").stderr.splitlines()
    assert [line.split()[0] for line in costs] == ["nps-01", "nps-02", "rras-01"]


def test_no_run_yet(fleet: Fleet) -> None:
    none = work("runs")
    assert (none.exit_code, none.stdout, none.stderr) == (
        0,
        "",
        "There are no runs in the journal.\n",
    )
    assert fleet.lab.stats().requests == 0
