"""`apply --confirm-within`, and `confirm`."""

from __future__ import annotations

import re

import pytest

from tests.cli.conftest import NPS, RRAS, SWIFT, Fleet, cli, document, work

ARMED = ("--yes", "--allow-reboot", "--allow-restart", "--confirm-within", "10m", *SWIFT)


def applied(*more: str) -> str:
    done = work("apply", NPS, RRAS, "-i", "fleet.yaml", *ARMED, *more)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_a_run_shows_the_deadline_and_the_command_to_confirm(fleet: Fleet) -> None:
    shown = " ".join(applied().split())
    assert (
        len(re.findall(r"to confirm rolls back automatically at [0-9-]+ [0-9:]+ UTC by its", shown))
        == 2
    )
    [command] = re.findall(
        r"To keep the changes, confirm nps-01, rras-01 before .*?: (.*?) To", shown
    )
    assert re.fullmatch(r"aovpn-remediate confirm [0-9a-f-]+", command)
    done = work(*command.split()[1:])
    assert (done.exit_code, done.stderr) == (0, "")
    assert re.fullmatch(
        r"nps-01  confirmed: the changes stay\n"
        r"rras-01  confirmed: the changes stay\n"
        r"Run [0-9a-f-]+: 2 confirmed of 2 hosts\.\n",
        done.stdout,
    )
    after = {name: fleet.snapshot(name) for name in fleet.addresses}
    fleet.windows.let_time_pass(700)
    assert {name: fleet.snapshot(name) for name in fleet.addresses} == after
    assert "confirmed" in work("show", "last").stdout


def test_without_a_confirmation_the_hosts_are_as_before(fleet: Fleet) -> None:
    before = {name: fleet.snapshot(name) for name in fleet.addresses}
    applied()
    fleet.windows.let_time_pass(600)
    fleet.windows.let_time_pass(60)
    assert {name: fleet.snapshot(name) for name in fleet.addresses} == before
    done = work("confirm", "last")
    assert done.exit_code == 1
    assert (
        "nps-01  rolled back: not confirmed in time, and rolled back automatically at "
        in done.stdout
    )
    assert done.stdout.endswith(": 2 rolled back of 2 hosts.\n")


@pytest.mark.usefixtures("fleet")
def test_chosen_hosts_are_confirmed_and_printed_as_json() -> None:
    applied()
    told = document(work("confirm", "last", "rras", "--format", "json"))
    assert (told["kind"], [host["host"] for host in told["hosts"]]) == (
        "confirmations",
        ["rras-01"],
    )
    assert told["hosts"][0]["confirm"]["status"] == "confirmed"
    refused = work("confirm", "last", "nps-02")
    assert refused.exit_code == 2
    assert "has nothing to confirm on nps-02" in refused.stderr


@pytest.mark.usefixtures("fleet")
def test_a_run_confirms_itself() -> None:
    shown = applied("--self-confirm")
    assert shown.count("confirmed   the changes stay") == 2
    assert "To keep the changes" not in shown


@pytest.mark.usefixtures("fleet")
def test_every_report_shows_the_confirmation() -> None:
    applied()
    for format_ in ("text", "markdown", "html", "json"):
        assert "onfirm" in work("report", "last", "--format", format_).stdout, format_


@pytest.mark.parametrize(
    ("time", "words"), [("59s", "the minimum is 1m"), ("2d", "the maximum is 1d")]
)
def test_an_invalid_time_to_confirm(time: str, words: str) -> None:
    done = cli("apply", "x.plan.json", "--confirm-within", time)
    assert done.exit_code == 2
    assert words in done.stderr


@pytest.mark.usefixtures("fleet")
def test_a_run_that_needs_no_confirmation() -> None:
    assert work("apply", RRAS, "-i", "fleet.yaml", "--yes", *SWIFT).exit_code == 3
    done = work("confirm", "last")
    assert (done.exit_code, "has nothing to confirm" in done.stderr) == (2, True)
