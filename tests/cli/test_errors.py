from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import aovpn_remediate as aovpn
from aovpn_remediate.errors import JournalError
from tests.cli.conftest import NPS, Fleet, cli, work


def test_an_error_is_one_line_with_its_exit_code() -> None:
    failed = cli("plan", "no-such-playbook", "-i", "fleet.yaml")
    assert failed.exit_code == 2
    assert failed.stdout == ""
    assert failed.stderr.startswith("error: ")
    assert failed.stderr.count("\n") == 1


def test_each_problem_of_a_file_is_a_line(fleet: Fleet) -> None:
    (fleet.folder / "x.yaml").write_text("name: x\nsummery: y\nhosts: nps\nsteps: []\n")
    failed = work("plan", "x.yaml", "-i", "fleet.yaml")
    assert failed.exit_code == 2
    lines = failed.stderr.splitlines()
    assert len(lines) > 1
    assert all(line.startswith("error: ") and "x.yaml:" in line for line in lines)


def test_an_error_text_is_made_visible() -> None:
    failed = cli("show", "\x1b[2J", "--journal", "sqlite://")
    assert "\x1b" not in failed.stderr
    assert failed.exit_code == 2


def test_a_journal_that_cannot_be_used_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_journal: str | None) -> None:
        raise JournalError("the journal x: database is locked")

    monkeypatch.setattr(aovpn, "runs", fail)
    failed = cli("runs")
    assert (failed.exit_code, failed.stderr) == (1, "error: the journal x: database is locked\n")


def test_a_bug_stays_a_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_journal: str | None) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(aovpn, "runs", fail)
    assert isinstance(cli("runs").exception, ZeroDivisionError)


def test_ctrl_c_before_any_work_is_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_journal: str | None) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(aovpn, "runs", interrupt)
    stopped = cli("runs")
    assert (stopped.exit_code, stopped.stderr) == (130, "error: interrupted\n")


def test_a_closed_pipe_is_quiet() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        done = subprocess.run(
            [sys.executable, "-m", "aovpn_remediate", "playbooks"],
            stdout=closed,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.stderr == ""


def test_a_pipe_that_does_not_have_all_letters(fleet: Fleet) -> None:
    (fleet.folder / "own.yaml").write_text(
        "name: own\nsummary: x\nhosts: nps\nsteps:\n- id: x\n  registry_value:\n"
        "    {key: 'HKLM\\SOFTWARE\\ÄÖ', name: Ωü, absent: true}\n",
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "aovpn_remediate", "playbooks", "./own.yaml"],
        env={**os.environ, "PYTHONIOENCODING": "latin-1"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"\\u03a9\xfc" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", NPS), "Missing option '-i'"),
        (("plan", "-i", "fleet.yaml"), "Missing argument 'PLAYBOOK...'"),
        (("apply", NPS), "Missing option '-i'"),
        (("verify", NPS), "Missing option '-i'"),
        (("apply", "x.plan.json", NPS), "a plan file cannot be combined with playbooks or -e"),
        (
            ("apply", "x.plan.json", "-e", "a=b"),
            "a plan file cannot be combined with playbooks or -e",
        ),
        (("verify", "last", "-e", "a=b"), "-e cannot be combined with a run"),
        (("apply", "x.plan.json", "--max-failures", "many"), "neither a number nor a percentage"),
        (("render", NPS, "--limit", "nps-01"), "--limit needs an inventory"),
        (
            ("plan", NPS, "-i", "f.yaml", "-o", "no/such/x.json"),
            "the folder no/such does not exist",
        ),
        (("kinds", "registry-value"), "did you mean registry_value?"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], said: str) -> None:
    failed = cli(*words)
    assert failed.exit_code == 2
    assert said in failed.stderr


def test_a_plan_file_that_is_none(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.json"
    assert f"{path}: cannot be read" in cli("apply", str(path)).stderr
    path.write_text("{}")
    assert f"{path}: made_at: is not a plan file" in cli("apply", str(path)).stderr


def test_a_host_that_has_left_the_inventory(fleet: Fleet) -> None:
    work("plan", NPS, "-i", "fleet.yaml", "-o", "x.plan.json")
    fleet.addresses.pop("nps-01")
    fleet.write_inventory()
    failed = work("apply", "x.plan.json", "--yes")
    assert failed.exit_code == 2
    assert "x.plan.json: hosts.nps-01: is not in the inventory" in failed.stderr
