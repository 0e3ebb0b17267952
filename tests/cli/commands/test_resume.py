"""Batches on the command line, and `resume`."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aovpn_remediate.lab.windows.roles import nps
from tests.cli.conftest import NPS, SWIFT, Fleet, cli, document, work
from tests.cli.terminal.on_terminal import Terminal

KEY = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13\IgnoreNoRevocationCheck"
CANARY = ("--serial", "1,50%", "--allow-reboot")


@pytest.fixture
def four(make_fleet: Callable[..., Fleet]) -> Fleet:
    fleet = make_fleet(**{f"nps_0{n}": nps(f"NPS-0{n}") for n in range(1, 5)})
    assert work("plan", NPS, "-i", "fleet.yaml", "-o", "x.plan.json", "-q").exit_code == 3
    return fleet


def test_a_failed_canary_stops_the_run_and_resume_continues_it(four: Fleet) -> None:
    quirks = four.windows.state(four.addresses["nps-01"]).quirks
    quirks.does_not_hold = (KEY,)
    done = work("apply", "x.plan.json", *CANARY, *SWIFT)
    assert done.exit_code == 1
    assert (
        "Stopped: the canary failed: nps-01; not started: nps-02, nps-03, nps-04\n" in done.stdout
    )
    assert "To continue with the hosts that are not done: aovpn-remediate resume 2" in done.stdout
    assert "nps-02  " not in done.stdout
    assert "stopped (the canary failed: nps-01): " in work("runs").stdout
    quirks.does_not_hold = ()
    resumed = work("resume", "last", "--allow-reboot", *SWIFT)
    assert resumed.exit_code == 0
    run = document(work("show", "last", "--format", "json"))
    assert run["options"]["serial"] == "1,50%"
    assert [host["host"] for host in run["hosts"]] == ["nps-01", "nps-02", "nps-03", "nps-04"]
    assert "resumes 2" in work("runs").stdout
    again = work("resume", "last")
    assert again.exit_code == 2
    assert "nothing to resume: all hosts of run" in again.stderr


@pytest.mark.usefixtures("four")
def test_options_that_are_given_replace_those_of_the_run() -> None:
    assert work("apply", "x.plan.json", "--pause-after-canary", *SWIFT).exit_code == 3
    resumed = work("resume", "last", "--skip", "nps-0[34]", "--workers", "2", *SWIFT)
    assert resumed.exit_code == 3
    run = document(work("show", "last", "--format", "json"))
    assert run["options"] == {
        "workers": 2,
        "restarts_at_once": 1,
        "serial": "1,100%",
        "pause_after_canary": True,
        "skip": ["nps-03", "nps-04"],
        "settle_timeout": 30.0,
        "stable_for": 0.01,
        "reboot_timeout": 30.0,
        "poll": 0.05,
    }
    left = {host["host"] for host in run["hosts"] if host["left"] == "skipped (--skip)"}
    assert left == {"nps-03", "nps-04"}


def test_on_a_terminal_approval_is_asked_for_after_the_canary(four: Fleet) -> None:
    apply = ("apply", "x.plan.json", "--pause-after-canary", "--allow-reboot", *SWIFT)
    with Terminal(*apply, "--journal", "sqlite:///journal.sqlite", folder=four.folder) as terminal:
        terminal.wait_for("nps-01 is healthy. Continue with the other hosts? [y/N]")
        terminal.type(b"y\n")
        assert terminal.end() == 0


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("--serial", "1,x"), "invalid batch size 'x'"),
        (("--serial", "0"), "invalid batch size '0'"),
        (("--serial", "1,,2"), "invalid batch size ''"),
        (("--serial", "101%"), "invalid batch size '101%'"),
        (("--max-sessions", "-1"), "-1 is not in the range"),
        (("--drain-timeout", "soon"), "invalid duration 'soon'"),
        (("--skip", "nobody", "-q"), "--skip: 'nobody' matches no host"),
    ],
)
@pytest.mark.usefixtures("four")
def test_invalid_options(words: tuple[str, ...], problem: str) -> None:
    refused = work("apply", "x.plan.json", *words)
    assert refused.exit_code == 2
    assert problem in refused.stderr


def test_a_run_is_resumed_as_a_whole() -> None:
    refused = cli("resume", "last", "--limit", "nps")
    assert refused.exit_code == 2
    assert "a run is resumed as a whole: use --skip HOST instead of --limit" in refused.stderr
