"""`drift run`: its looks, its log, its options."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import NPS, SWIFT, Fleet, document, work

from .conftest import INVENTORY, once


def test_run_once(assigned_fleet: Fleet) -> None:
    first = once()
    assert first.exit_code == 3
    assert first.stdout == ""
    assert "WARNING nps-01: nps-ignore-no-revocation-check/eap" in first.stderr
    assert "checked 2 hosts: 1 compliant, 1 not compliant" in first.stderr
    requests = assigned_fleet.lab.stats().requests
    again = once()
    assert again.exit_code == 3, "as it was last known"
    assert assigned_fleet.lab.stats().requests == requests, "nothing is due"
    assert re.search(
        r"2 hosts not due; last known: 1 compliant, 1 not compliant; "
        r"next check at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\n",
        again.stderr,
    )
    why = f"{NPS}/eap-13 is absent, should be dword 1"
    assert re.search(rf"nps-01: not compliant at [-: \d]+ UTC: {why}", again.stderr)
    assert "nps-02" not in again.stderr
    assert (once("-q").exit_code, once("-q").stderr) == (3, "")
    assert assigned_fleet.windows.sets == []


def test_run_once_before_the_first_check_is_due(assigned_fleet: Fleet) -> None:
    words = ("drift", "run", *INVENTORY, "--every", "1h", "--jitter", "1h", "--once")
    done = work(*words)
    assert done.exit_code == 3
    assert "2 hosts not due; 2 never checked; next check at " in done.stderr
    assert assigned_fleet.lab.stats().requests == 0


def test_run_once_says_again_what_could_not_be_read(assigned_fleet: Fleet) -> None:
    assigned_fleet.windows.state(assigned_fleet.addresses["nps-01"]).quirks.unreadable = {
        "registry_value": "Access is denied."
    }
    for _ in range(2):
        done = once()
        assert done.exit_code == 1
        assert re.search(r"nps-01: could not be read.*Access is denied", done.stderr)


@pytest.mark.usefixtures("assigned_fleet")
def test_pending_restarts_are_in_the_history() -> None:
    assert once("--fix", "all").exit_code == 3
    [_, shown] = [
        line
        for line in work("drift", "history", *INVENTORY).stdout.splitlines()
        if "pending" in line
    ]
    [run] = document(work("runs", "--format", "json"))["runs"]
    assert re.search(
        rf"pending since [-: \d]+ UTC by the host's clock \({NPS}/eap-13, run {run['id']}\)", shown
    )
    log = once().stderr
    assert re.search("nps-01: not compliant at .* UTC: reboot is pending", log)
    assert work("resume", run["id"], "--allow-reboot", *SWIFT).exit_code == 0
    assert work("drift", "check", *INVENTORY).exit_code == 0
    history = work("drift", "history", *INVENTORY).stdout
    assert "  reboot  done\n" in history
    assert "the restart was made, read " in history


@pytest.mark.usefixtures("assigned_fleet")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--every", "0s"], "too short"),
        (["--every", "soon"], "invalid duration"),
        (["--every", "1h", "--jitter", "2h"], "--jitter is longer than --every"),
        (["--every", "1h", "--allow-reboot"], "--allow-reboot needs --fix all"),
        (["--every", "1h", "--fix", "safe", "--allow-restart"], "--fix safe restarts nothing"),
        (["--every", "1h", "--max-sessions", "5"], "needs --allow-restart or"),
        (["--every", "1h", "--once", "--metrics", "127.0.0.1:0"], "use --metrics-file"),
        (["--every", "1h", "--metrics", "0.0.0.0:9477"], "not a loopback address"),
        (["--every", "1h", "--metrics-file", "gone/x.prom"], "the folder gone does not exist"),
    ],
)
def test_invalid_options(words: list[str], why: str) -> None:
    found = work("drift", "run", *INVENTORY, *words)
    assert found.exit_code == 2
    assert why in found.stderr
