"""`-v`: what each host took, beside the result and never in it."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from tests.cli.conftest import JOURNAL, RRAS, SWIFT, Fleet, cli, document, work
from tests.cli.terminal.on_terminal import Terminal

_LINE = re.compile(r"(?m)^rras-01  ([1-9][0-9]*) requests  [0-9]+\.[0-9]{2} s$")
_WHERE = ("-i", "fleet.yaml", "--limit", "rras-01")


@pytest.mark.usefixtures("fleet")
def test_plan_apply_verify_and_rollback_say_it() -> None:
    permitted = ("--yes", "--allow-restart", *SWIFT)
    for words in (
        ("plan", RRAS),
        ("apply", RRAS, *permitted),
        ("verify", RRAS),
        ("verify", "last"),
        ("rollback", "last", *permitted),
    ):
        told = work(*words, *_WHERE, "-v")
        assert _LINE.search(told.stderr), words
        assert not _LINE.search(told.stdout), words
        assert "requests" not in work(*words, *_WHERE).stderr


@pytest.mark.usefixtures("fleet")
def test_doctor_reports_it() -> None:
    assert _LINE.search(cli("doctor", *_WHERE, "-v").stderr)
    assert "requests" not in cli("doctor", *_WHERE).stderr


@pytest.mark.usefixtures("fleet")
def test_a_document_stays_a_document() -> None:
    told = work("plan", RRAS, *_WHERE, "-v", "--format", "json")
    assert document(told)["kind"] == "plan"
    assert _LINE.search(told.stderr)


def test_in_a_pipe_there_is_no_progress(fleet: Fleet) -> None:
    program = "from aovpn_remediate.cli import main; main(prog_name='aovpn-remediate')"
    words = ("plan", RRAS, *_WHERE, "--journal", JOURNAL)
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        cwd=fleet.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (3, "")


def test_doctor_has_progress_on_a_terminal(fleet: Fleet) -> None:
    with Terminal("doctor", "-i", "fleet.yaml", folder=fleet.folder) as terminal:
        terminal.wait_for("Examining")
        terminal.wait_for("/3 hosts")
        terminal.end()
