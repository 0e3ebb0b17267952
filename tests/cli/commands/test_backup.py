"""Backups on the command line: planned, taken, shown, left out, refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from aovpn_remediate.lab.windows.model import Quirks
from aovpn_remediate.lab.windows.roles import rras
from tests.cli.conftest import RRAS, SWIFT, Fleet, document, work

BACKUP = "rras-backup"
ALLOW = ("--yes", "--allow-restart", *SWIFT)


@pytest.fixture
def server(make_fleet: Callable[..., Fleet]) -> Fleet:
    """An RRAS server to be changed."""
    return make_fleet(rras_01=rras("RRAS-01"))


def refusing(make_fleet: Callable[..., Fleet]) -> Fleet:
    """An RRAS server that cannot be backed up."""
    quirks = {"quirks": Quirks(refuses_backup="Access is denied.")}
    return make_fleet(rras_01=rras("RRAS-01").model_copy(update=quirks))


def apply(*words: str) -> str:
    done = work("apply", *words, "-i", "fleet.yaml", *ALLOW)
    assert done.exit_code == 0, done.output
    return done.stdout


@pytest.mark.usefixtures("server")
def test_a_plan_says_that_a_backup_comes_first() -> None:
    done = work("plan", RRAS, "-i", "fleet.yaml")
    assert done.exit_code == 3
    assert "  a backup of RRAS is taken first\n" in done.stdout


@pytest.mark.usefixtures("server")
def test_show_lists_the_files_that_lie_beside_the_journal() -> None:
    shown = " ".join(apply(RRAS).split())
    listed = work("show", "last").stdout.partition("by SHA-256:\n")[2].splitlines()
    [folder] = Path("runs").glob("*/rras-01")
    assert f"backed up RRAS: {len(listed)} files in" in shown
    assert dict(line.split("  ")[::-1] for line in listed) == {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()
    }
    run = document(work("show", "last", "--format", "json"))
    assert len(run["hosts"][0]["backups"][0]["files"]) == len(listed)


def test_the_playbook_takes_a_backup_and_plans_nothing(server: Fleet) -> None:
    was = server.snapshot("rras-01")
    for times in (1, 2):
        planned = work("plan", BACKUP, "-i", "fleet.yaml", "-o", "b.plan.json")
        assert planned.exit_code == 0
        assert planned.stdout.endswith("Plan: nothing to change, 1 backup to take.\n")
        done = work("apply", "b.plan.json")
        assert (done.exit_code, done.stdout.splitlines()[-1]) == (0, "Apply: 1 backup taken.")
        assert len(list(Path("runs").glob("*/rras-01/manifest.json"))) == times
    assert work("verify", BACKUP, "-i", "fleet.yaml").exit_code == 0
    assert server.snapshot("rras-01") == was
    assert "nothing to roll back" in work("rollback", "last", "--yes").stderr


@pytest.mark.usefixtures("server")
def test_without_backup_the_run_says_so() -> None:
    assert "no backup RRAS: left out (--no-backup)" in " ".join(apply(RRAS, "--no-backup").split())
    run = document(work("show", "last", "--format", "json"))
    assert run["options"]["no_backup"] is True
    assert run["hosts"][0]["backups"][0]["status"] == "left_out"
    assert not Path("runs").exists()


@pytest.mark.usefixtures("server")
def test_backups_go_to_the_folder_that_is_named() -> None:
    apply(RRAS, "--backup-dir", "there")
    [folder] = Path("there").glob("runs/*/rras-01")
    run = document(work("show", "last", "--format", "json"))
    assert run["hosts"][0]["backups"][0]["folder"] == str(folder.absolute())
    assert not Path("runs").exists()


@pytest.mark.usefixtures("server")
def test_a_file_is_no_folder_for_backups() -> None:
    done = work("apply", RRAS, "-i", "fleet.yaml", "--backup-dir", "fleet.yaml", *ALLOW)
    assert done.exit_code == 2
    assert "fleet.yaml is not a folder" in done.stderr


def test_a_failed_backup_is_one_line_and_changes_nothing(
    make_fleet: Callable[..., Fleet],
) -> None:
    fleet = refusing(make_fleet)
    was = fleet.snapshot("rras-01")
    done = work("apply", RRAS, "-i", "fleet.yaml", *ALLOW)
    assert done.exit_code == 1
    assert (
        "nothing was set, because no backup could be taken: Access is denied. "
        "(to go on without one: --no-backup)"
    ) in done.stdout
    assert "skipped" in done.stdout
    assert fleet.snapshot("rras-01") == was
    resumed = work("resume", "last", "--no-backup", "--allow-restart", *SWIFT)
    assert resumed.exit_code == 0, resumed.output


@pytest.mark.usefixtures("server")
def test_a_rollback_takes_its_own_and_may_leave_it_out() -> None:
    apply(RRAS)
    back = work("rollback", "last", *ALLOW)
    assert back.exit_code == 0, back.output
    assert len(list(Path("runs").glob("*/rras-01"))) == 2
    apply(RRAS, "--no-backup")
    assert work("rollback", "last", "--no-backup", *ALLOW).exit_code == 0
    assert len(list(Path("runs").glob("*/rras-01"))) == 2
