"""`drift history`."""

from __future__ import annotations

from pathlib import Path

from aovpn_remediate.lab.windows.registry import Value
from tests.cli.conftest import NPS, Fleet, document, work

from .conftest import EAP, INVENTORY


def test_history(assigned_fleet: Fleet) -> None:
    assert work("drift", "history", *INVENTORY).stderr == (
        f"No drift has been found in {Path('fleet.yaml').absolute()} yet.\n"
    )
    work("drift", "check", *INVENTORY)
    shown = work("drift", "history", *INVENTORY)
    assert shown.exit_code == 0
    host, step, episode = shown.stdout.splitlines()
    assert host == "nps-01"
    assert step.startswith(f"  {NPS}/eap-13  differs since 20")
    assert episode.endswith("  absent, should be dword 1")

    state = assigned_fleet.windows.state(assigned_fleet.addresses["nps-01"])
    state.registry.set(EAP, "IgnoreNoRevocationCheck", Value("DWord", 1))
    work("drift", "check", *INVENTORY)
    shown = work("drift", "history", *INVENTORY, "--host", "nps-01")
    assert "compliant" in shown.stdout
    assert "fixed outside of a run" in shown.stdout
    other = work("drift", "history", *INVENTORY, "--host", "nps-02")
    assert (other.stdout, "No drift has been found on nps-02" in other.stderr) == ("", True)
    assert work("drift", "history").stdout == shown.stdout, "all fleets of the journal"

    found = document(work("drift", "history", *INVENTORY, "--format", "json"))
    assert found["kind"] == "drift_history"
    assert [step["differs"] for step in found["steps"]] == [False]


def test_history_shows_who_fixed_a_value_that_came_back(assigned_fleet: Fleet) -> None:
    state = assigned_fleet.windows.state(assigned_fleet.addresses["nps-01"])
    for _ in range(4):
        state.registry.set(EAP, "IgnoreNoRevocationCheck", Value("DWord", 0))
        work("drift", "check", *INVENTORY)
        done = work("apply", NPS, *INVENTORY, "--yes", "--limit", "nps-01")
        assert done.exit_code == 3
        work("drift", "check", *INVENTORY)
    state.registry.set(EAP, "IgnoreNoRevocationCheck", Value("DWord", 0))
    work("drift", "check", *INVENTORY)
    shown = work("drift", "history", *INVENTORY).stdout
    lines = shown.partition("  reboot  pending since ")[0].splitlines()
    assert lines[-2].startswith("    fixed 4 times by ")
    assert lines[-1] == (
        "    ! reverted to dword 0 4 times after a fix: "
        "something else sets it too, check Group Policy first"
    )
