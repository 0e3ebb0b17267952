"""`drift` and its verbs."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from aovpn_remediate.cli.commands.drift import drift
from aovpn_remediate.cli.program import Verb
from aovpn_remediate.lab.windows.registry import Value
from aovpn_remediate.lab.windows.roles import nps, rras
from tests.cli.conftest import NPS, RRAS, SWIFT, Fleet, cli, document, work

EAP = r"HKLM\SYSTEM\CurrentControlSet\Services\RasMan\PPP\EAP\13"
INVENTORY = ("-i", "fleet.yaml")


def assign(fleet: Fleet, **groups: dict[str, Any]) -> None:
    """Write what groups are ruled by into the inventory."""
    path = fleet.folder / "fleet.yaml"
    inventory = yaml.safe_load(path.read_text())
    for name, rules in groups.items():
        inventory["groups"][name].update(rules)
    path.write_text(yaml.safe_dump(inventory))


@pytest.fixture
def assigned_fleet(fleet: Fleet) -> Fleet:
    """A fleet whose NPS servers have a playbook that drift may fix."""
    assign(fleet, nps={"playbooks": [NPS], "drift": "fix"})
    return fleet


# Help


@pytest.mark.parametrize("name", drift.commands)
def test_each_verb_has_help_with_an_example(name: str) -> None:
    shown = cli("drift", name, "--help")
    assert shown.exit_code == 0
    assert f"Example:\n  aovpn-remediate drift {name}" in shown.output
    [line] = [x for x in cli("drift", "--help").output.splitlines() if x.startswith(f"  {name} ")]
    assert line.endswith(".")
    assert not line.endswith("...")


@pytest.mark.parametrize(
    "example", [e for c in drift.commands.values() if isinstance(c, Verb) for e in c.examples]
)
def test_an_example_can_be_typed(example: str) -> None:
    program, group, name, *words = shlex.split(example.partition(" > ")[0])
    assert (program, group) == ("aovpn-remediate", "drift")
    with drift.commands[name].make_context(name, words) as context:
        assert isinstance(context, click.Context)


# check


def test_check_prints_like_a_plan(assigned_fleet: Fleet) -> None:
    found = work("drift", "check", *INVENTORY, "-o", "found.plan.json", "--report", "html:x.html")
    assert found.exit_code == 3
    assert found.stdout == work("plan", NPS, *INVENTORY).stdout
    assert "rras-01" not in found.stdout
    assert Path("x.html").is_file()
    assert assigned_fleet.windows.sets == []

    done = work(
        "apply",
        "found.plan.json",
        "--yes",
        "--allow-reboot",
        "--poll",
        "0.05",
        "--stable-for",
        "0.01",
    )
    assert done.exit_code == 0
    assert work("drift", "check", *INVENTORY).exit_code == 0
    assert document(work("drift", "check", *INVENTORY, "--format", "json"))["kind"] == "plan"


def test_check_where_a_host_does_not_answer(assigned_fleet: Fleet) -> None:
    assigned_fleet.write_inventory({"env": "AOVPN_IS_NOT_SET"})
    assign(assigned_fleet, nps={"playbooks": [NPS]})
    assert work("drift", "check", *INVENTORY).exit_code == 1
    assert work("drift", "check", *INVENTORY, "--limit", "rras").exit_code == 2


@pytest.mark.usefixtures("fleet")
def test_nothing_is_assigned() -> None:
    for words in (["check"], ["run", "--every", "1h"]):
        found = work("drift", *words, *INVENTORY)
        assert found.exit_code == 2
        assert found.stderr == (
            "error: fleet.yaml assigns no playbook: add "
            "`playbooks: [nps-ignore-no-revocation-check]` to a group or to all\n"
        )


# run


def once(*more: str) -> Any:
    return work("drift", "run", *INVENTORY, "--every", "1h", "--once", *more)


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


def test_run_once_fixes_only_what_it_may(assigned_fleet: Fleet) -> None:
    assert once("--fix", "safe").exit_code == 3
    assert assigned_fleet.windows.sets == [], "it would need a reboot"
    again = work(
        *("drift", "run", *INVENTORY, "--every", "1h", "--once", "--name", "another"),
        *("--fix", "all", "--metrics-file", "drift.prom"),
    )
    assert again.exit_code == 3, "the reboot is outstanding"
    assert len(assigned_fleet.windows.sets) == 1
    text = Path("drift.prom").read_text()
    assert any(f.name == "aovpn_remediate_drift_inventory_valid" for f in _families(text))
    [run] = document(work("runs", "--format", "json"))["runs"]
    assert run["operator"].startswith("drift on ")


def _fix_all(*more: str) -> Any:
    return once("--fix", "all", "--allow-restart", "--allow-reboot", *more)


def test_after_a_failed_canary_no_other_host_is_fixed(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(**{f"nps_0{n}": nps(f"NPS-0{n}") for n in range(1, 5)})
    assign(fleet, nps={"playbooks": [NPS], "drift": "fix"})
    quirks = fleet.windows.state(fleet.addresses["nps-01"]).quirks
    quirks.does_not_hold = (rf"{EAP}\IgnoreNoRevocationCheck",)
    assert _fix_all().exit_code == 1
    assert fleet.windows.history == []
    [run] = document(work("runs", "--format", "json"))["runs"]
    assert run["stopped"] == "the canary failed: nps-01"


def test_a_fix_of_rras_takes_a_backup_once_a_run(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01"))
    assign(fleet, rras={"playbooks": [RRAS, "rras-port-counts"], "drift": "fix"})
    fleet.windows.state(fleet.addresses["rras-01"]).answers["vpn_server_ports"][0].answer[
        "sstp"
    ] = 5
    _fix_all()
    [folder] = Path("runs").glob("*/rras-01")
    assert (folder / "manifest.json").is_file()
    assert "no backup" not in work("show", "last").stdout


def test_a_fix_without_backup_says_so(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01"))
    assign(fleet, rras={"playbooks": [RRAS], "drift": "fix"})
    _fix_all("--no-backup")
    assert "no backup" in work("show", "last").stdout
    assert not Path("runs").exists()


def test_a_fix_keeps_its_backup_where_it_is_told(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01"))
    assign(fleet, rras={"playbooks": [RRAS], "drift": "fix"})
    _fix_all("--backup-dir", "there")
    assert len(list(Path("there").glob("runs/*/rras-01"))) == 1


def test_users_are_not_disconnected(make_fleet: Callable[..., Fleet]) -> None:
    fleet = make_fleet(rras_01=rras("RRAS-01", sessions=41))
    assign(fleet, rras={"playbooks": [RRAS], "drift": "fix"})
    assert _fix_all("--max-sessions", "5").exit_code == 3
    assert fleet.windows.history == []
    shown = work("show", "last").stdout
    assert "41 VPN users are connected, and at most 5 may be disconnected" in shown


def _families(text: str) -> list[Any]:
    return list(text_string_to_metric_families(text))


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


# history


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


# files


def test_files_on_stdout_and_in_a_folder(assigned_fleet: Fleet) -> None:
    words = ("drift", "files", "systemd", *INVENTORY, "--every", "1h", "--program", "/opt/a/aovpn")
    shown = cli(*words)
    assert shown.exit_code == 0
    assert shown.stdout.count("#### aovpn-remediate-drift") == 3
    assert f"-i {assigned_fleet.folder}/fleet.yaml --every 1h" in shown.stdout
    assert f"LoadCredential={str(assigned_fleet.folder / 'password')[1:].replace('/', '-')}:" in (
        shown.stdout
    )
    written = cli(*words, "-o", "new/units")
    assert written.stdout.splitlines() == [f"new/units/{path.name}" for path in _made("new/units")]
    assert cli(*words, "-o", "fleet.yaml").exit_code == 2

    container = cli("drift", "files", "container", *INVENTORY, "--every", "90s", "--jitter", "10s")
    assert json.loads(container.stdout.splitlines()[-1].removeprefix("CMD "))[4:8] == [
        *("--every", "90s", "--jitter", "10s")
    ]


def test_a_script_is_read_alike_in_any_code_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("drift", "files", "windows", "-i", "C:\\ESPA\u00d1A\\fleet.yaml", "--every", "1h")
    shown = cli(*words)
    assert shown.stdout.isascii()
    assert "(-join @('drift run -i C:\\ESPA', [char]209, 'A\\fleet.yaml --every 1h'))" in (
        shown.stdout
    )
    assert cli(*words, "-o", ".").exit_code == 0
    written = Path("register-task.ps1").read_bytes()
    assert written.startswith(b"\xef\xbb\xbf# Written by")
    assert "-i C:\\ESPA\u00d1A\\fleet.yaml".encode() in written


def _made(folder: str) -> list[Path]:
    names = ("drift.service", "drift-once.service", "drift-once.timer")
    found = [Path(folder) / f"aovpn-remediate-{name}" for name in names]
    assert all(path.is_file() for path in found)
    return found


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ({"prompt": True}, "a service cannot ask"),
        ({"keyring": "a/b"}, "cannot use your keyring"),
        ({"env": "AOVPN_PASSWORD"}, "environment variable AOVPN_PASSWORD"),
    ],
)
def test_files_warn_of_passwords_that_a_service_cannot_get(
    fleet: Fleet, reference: dict[str, Any], why: str
) -> None:
    fleet.write_inventory(reference)
    shown = cli("drift", "files", "systemd", *INVENTORY, "--every", "1h")
    assert shown.exit_code == 0
    assert why in shown.stderr
    assert "LoadCredential" not in shown.stdout


def test_files_for_another_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = cli("drift", "files", "systemd", "-i", "gone.yaml", "--every", "1h")
    assert shown.exit_code == 0
    assert "gone.yaml does not exist here" in shown.stderr
    windows = cli("drift", "files", "windows", "-i", r"C:\a\fleet.yaml", "--every", "1h")
    assert r"-i C:\a\fleet.yaml --every 1h" in windows.stdout
    wrong = cli("drift", "files", "windows", "-i", "fleet.yaml", "--every", "1h")
    assert (wrong.exit_code, "of the Windows machine" in wrong.stderr) == (2, True)
    wrong = cli(
        *("drift", "files", "container", "-i", "x.yaml", "--every", "1h"),
        *("--metrics", "127.0.0.1:0"),
    )
    assert (wrong.exit_code, "needs a port other than 0" in wrong.stderr) == (2, True)
