from __future__ import annotations

import pytest

from tests.cli.conftest import NPS, RRAS, SWIFT, Fleet, work


def applied(*playbooks: str) -> None:
    words = ("--yes", "--allow-reboot", "--allow-restart", *SWIFT)
    assert work("apply", *playbooks, "-i", "fleet.yaml", *words).exit_code == 0


def test_the_state_before_the_run_is_restored(fleet: Fleet) -> None:
    before = {name: fleet.snapshot(name) for name in fleet.addresses}
    applied(NPS, RRAS)
    done = work("rollback", "last", "--yes", "--allow-reboot", "--allow-restart", *SWIFT)
    assert done.exit_code == 0
    shown, ran = done.stdout.split("\nRun ")
    assert "dword 1 -> absent  then reboot" in shown
    assert shown.rstrip().endswith("Plan: 2 to change on 2 hosts.")
    assert "Rollback: 2 changed on 2 hosts, 2 restarts done." in ran
    assert {name: fleet.snapshot(name) for name in fleet.addresses} == before


@pytest.mark.usefixtures("fleet")
def test_a_limit_excludes_other_hosts_from_a_rollback() -> None:
    applied(NPS, RRAS)
    done = work("rollback", "last", "--limit", "rras", "--yes", "--allow-restart", *SWIFT)
    assert done.exit_code == 0
    assert "nps-01" not in done.stdout
    assert work("verify", RRAS, "-i", "fleet.yaml").exit_code == 3
    assert work("verify", NPS, "-i", "fleet.yaml").exit_code == 0


@pytest.mark.usefixtures("fleet")
def test_verify_a_run() -> None:
    applied(NPS)
    assert work("verify", "last").exit_code == 0
    work("rollback", "last", "--yes", "--allow-reboot", *SWIFT)
    [run] = [line.split()[0] for line in work("runs").stdout.splitlines() if " apply " in line]
    done = work("verify", run)
    assert done.exit_code == 3
    assert "it has changed since the run" in done.stdout


def test_a_rollback_needs_approval(fleet: Fleet) -> None:
    applied(NPS)
    requests = fleet.lab.stats().requests
    done = work("rollback", "last")
    assert done.exit_code == 2
    assert "not interactive: use --yes" in done.stderr
    assert fleet.lab.stats().requests == requests


def test_there_is_nothing_to_roll_back(fleet: Fleet) -> None:
    applied(NPS)
    done = work("rollback", "last", "--limit", "nps-02", "--yes")
    assert done.exit_code == 2
    assert "nothing to roll back" in done.stderr
    assert "there is no run '2020'" in work("rollback", "2020", "--yes").stderr
    assert len(fleet.windows.sets) == 1
