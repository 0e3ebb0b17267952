"""Runs that are killed, that meet another, and a schedule, on a real registry and service."""

from __future__ import annotations

import os
import signal
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
import yaml

import aovpn_remediate as aovpn
from aovpn_remediate.engine.host_journal import HostJournal
from aovpn_remediate.engine.plan import file as plan_file
from tests.cli.conftest import work
from tests.engine.conftest import statuses
from tests.forked import PROCESSES

from .conftest import OPTIONS, Site

each_transport = pytest.mark.parametrize("site", ["psrp", "winrm"], indirect=True)


@each_transport
def test_there_and_back(site: Site) -> None:
    was, process = site.state(), site.process()
    plan = site.plan()
    assert site.state() == was
    run = site.apply(plan)
    assert (run.exit_code, statuses(run)) == (0, {"engine": ["changed"] * 3})
    assert site.state() == [
        "AovpnRemediateTest known String as it shall be",
        "AovpnRemediateTest",
        "new n String as it shall be",
        "new",
        "Automatic Running",
    ]
    assert site.process() not in ("0", process)
    process = site.process()
    assert statuses(site.apply(plan)) == {"engine": ["unchanged"] * 3}
    assert site.process() == process
    assert statuses(site.rollback(run.id)) == {"engine": ["changed"] * 3}
    assert site.state() == was


def _saved(site: Site, folder: Path) -> str:
    path = folder / "plan.json"
    plan_file.save(site.plan(), path)
    return str(path)


def _apply(path: str, inventory: str, journal: str, kill_at: tuple[str, int] | None = None) -> None:
    """Apply a plan; kill the process before the n-th call of a method of the host's journal."""
    if kill_at:
        method, number = kill_at
        original, calls = getattr(HostJournal, method), count(1)

        def counted(*given: Any) -> None:
            if next(calls) == number:
                os.kill(os.getpid(), signal.SIGKILL)
            original(*given)

        setattr(HostJournal, method, counted)
    book = aovpn.Journal(journal)
    permit = aovpn.Restart(services=("any",))
    run = aovpn.apply(path, inventory, journal=book, permit=permit, options=OPTIONS)
    book.close()
    raise SystemExit(run.exit_code)


def _in_a_process(site: Site, path: str, url: str, *more: Any) -> BaseProcess:
    process = PROCESSES.Process(
        target=_apply, args=(path, str(site.inventory), url, *more), daemon=True
    )
    process.start()
    return process


@pytest.mark.parametrize(
    ("method", "number", "told"),
    [
        ("record_change", 1, ["unknown"] * 3),
        ("record_change", 2, ["changed", "unknown", "unknown"]),
        ("record_running", 1, ["changed"] * 3),
    ],
)
def test_a_run_killed_between_a_set_and_its_record_is_finished_and_taken_back(
    site: Site, tmp_path: Path, method: str, number: int, told: list[str]
) -> None:
    """What the journal does not know is found on the host."""
    path, was = _saved(site, tmp_path), site.state()
    process = _in_a_process(site, path, site.journal.url, (method, number))
    process.join()
    assert process.exitcode == -signal.SIGKILL
    killed = aovpn.show("last", site.journal)
    assert statuses(killed) == {"engine": told}

    last = site.apply(path)
    assert last.exit_code == 0, last.hosts
    assert set(statuses(last)["engine"]) <= {"changed", "unchanged"}
    assert site.plan().exit_code == 0
    undone = site.rollback(killed.id, last.id)
    assert undone.exit_code == 0, undone.hosts
    assert site.state() == was


def test_two_runs_at_once_set_each_step_once(site: Site, tmp_path: Path) -> None:
    """With journals of their own: neither knows of the other."""
    path, was = _saved(site, tmp_path), site.state()
    journals = [f"sqlite:///{tmp_path}/journal-{n}.sqlite" for n in range(2)]
    for process in [_in_a_process(site, path, url) for url in journals]:
        process.join()
    assert site.plan().exit_code == 0
    sets = 0
    for url in journals:
        book = aovpn.Journal(url)
        run = aovpn.show("last", book)
        sets += statuses(run)["engine"].count("changed")
        if "changed" in statuses(run)["engine"]:
            back = aovpn.rollback(
                [run.id],
                site.inventory,
                journal=book,
                options=OPTIONS,
                permit=aovpn.Restart(services=("any",)),
            )
            assert back.exit_code == 0, back.hosts
        book.close()
    assert sets >= 3
    assert site.state() == was


def test_drift_is_seen_fixed_and_seen_no_more(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inventory = yaml.safe_load(site.inventory.read_text())
    inventory["all"].update(playbooks=[str(site.playbook)], drift="fix")
    site.inventory.write_text(yaml.safe_dump(inventory))
    monkeypatch.chdir(tmp_path)
    was = site.state()

    def look(*more: str) -> int:
        words = ("drift", "run", "-i", str(site.inventory), "--every", "1s", "--once", *more)
        return work(*words).exit_code

    assert look() == 3
    assert site.state() == was
    assert look("--fix", "all", "--allow-restart") == 0
    assert site.plan().exit_code == 0
    assert look() == 0
    assert (
        work(
            "rollback",
            "last",
            "-i",
            str(site.inventory),
            "--yes",
            "--allow-restart",
            "--poll",
            "1",
            "--stable-for",
            "0.1",
        ).exit_code
        == 0
    )
    assert site.state() == was
    assert look() == 3
