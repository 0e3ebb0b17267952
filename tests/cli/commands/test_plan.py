from __future__ import annotations

import re
from pathlib import Path

import pytest

from aovpn_remediate.results import Plan, Verification
from tests.cli.conftest import NPS, RRAS, Fleet, document, work


def test_a_plan_is_shown_and_saved(fleet: Fleet) -> None:
    done = work("plan", NPS, "-i", "fleet.yaml", "-o", "change.plan.json")
    assert done.exit_code == 3
    assert done.stdout.splitlines()[0].startswith("nps-01  Windows Server 2022")
    assert "absent -> dword 1  then reboot" in done.stdout
    assert done.stdout.endswith("Plan: 1 to change on 1 host, 1 compliant.\n")
    assert done.stderr == "To apply it: aovpn-remediate apply change.plan.json\n"
    kept = Plan.model_validate_json(Path("change.plan.json").read_text())
    assert [host.host for host in kept.hosts] == ["nps-01", "nps-02"]
    assert fleet.windows.sets == []


@pytest.mark.usefixtures("fleet")
def test_as_json_it_is_one_document() -> None:
    done = work("plan", NPS, RRAS, "-i", "fleet.yaml", "--format", "json", "-o", "x.plan.json")
    told = Plan.model_validate(document(done))
    assert told == Plan.model_validate_json(Path("x.plan.json").read_text())
    assert len(told.hosts) == 3


@pytest.mark.usefixtures("fleet")
def test_nothing_to_change_is_0() -> None:
    assert work("plan", NPS, "-i", "fleet.yaml", "--limit", "nps-02").exit_code == 0


def test_a_host_that_cannot_be_read_is_1(fleet: Fleet) -> None:
    fleet.lab.users["lab"] = "another"
    done = work("plan", NPS, "-i", "fleet.yaml")
    assert done.exit_code == 1
    assert "cannot log on as lab" in done.stdout
    assert "Plan: 0 of 2 hosts could be read." in done.stdout
    applied = work("apply", NPS, "-i", "fleet.yaml", "--yes")
    assert applied.exit_code == 1
    assert applied.stderr == "Nothing was applied: 2 of 2 hosts could not be read.\n"


@pytest.mark.usefixtures("fleet")
def test_variables_reach_the_playbook() -> None:
    done = work("plan", NPS, "-i", "fleet.yaml", "--limit", "nps-01", "-e", "eap_types:=[13, 25]")
    assert "+ eap-13" in done.stdout
    assert "eap-25" in done.stdout


@pytest.mark.usefixtures("fleet")
def test_quiet_and_verbose() -> None:
    words = ("plan", NPS, "-i", "fleet.yaml", "--limit", "nps-01", "-o", "x.plan.json")
    assert work(*words, "-q").stderr == ""
    costs = work(*words, "-q", "-v").stderr
    assert re.fullmatch(r"nps-01  6 requests  \d+\.\d\d s\n", costs)


@pytest.mark.usefixtures("fleet")
def test_verify_by_playbooks() -> None:
    done = work("verify", NPS, "-i", "fleet.yaml")
    assert done.exit_code == 3
    assert "absent, should be dword 1" in done.stdout
    assert done.stdout.endswith("Verify: 1 not compliant on 1 host, 1 compliant.\n")
    told = document(work("verify", NPS, "-i", "fleet.yaml", "--format", "json"))
    assert Verification.model_validate(told).exit_code == 3
    assert work("verify", NPS, "-i", "fleet.yaml", "--limit", "nps-02").exit_code == 0
