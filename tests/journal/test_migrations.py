"""A journal of every version comes to be one of today, whole or not at all, with what it holds."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from multiprocessing.queues import SimpleQueue
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, make_url

import aovpn_remediate as aovpn
from aovpn_remediate.errors import JournalError
from aovpn_remediate.journal import migrations
from aovpn_remediate.journal.migrations import HEAD, REVISIONS
from aovpn_remediate.journal.migrations.upgrade import upgrade
from aovpn_remediate.journal.tables import metadata
from tests.forked import PROCESSES

from .direct import execute, is_sqlite, rows, table_names

for _module in pkgutil.walk_packages(aovpn.__path__, "aovpn_remediate."):
    if _module.name.endswith("tables"):  # each adds its tables to the metadata
        importlib.import_module(_module.name)

FIRST = Path(__file__).parent / "version_0_1_0"
OPEN_AND_TELL = """
import logging, sys
logging.basicConfig(level=1)
from aovpn_remediate.journal.journal import Journal
Journal(sys.argv[1]).close()
print(sorted(name for name in sys.modules if name.split(".")[0] == "alembic")[:1])
"""


def first_version(url: str) -> None:
    """The tables as program 0.1.0 made them, with what one of its runs left."""
    made = "sqlite.sql" if is_sqlite(url) else "postgresql.sql"
    execute(url, (FIRST / made).read_text() + (FIRST / "rows.sql").read_text())


def at_version(url: str, revision: str) -> None:
    """The tables of a version as a program of it makes them, with a run."""
    parsed = make_url(url)
    if not is_sqlite(url):
        parsed = parsed.set(drivername="postgresql+psycopg")
    engine = create_engine(parsed)
    with engine.begin() as connection:
        upgrade(connection, to=revision)
    engine.dispose()
    execute(url, (FIRST / "rows.sql").read_text())


def version(url: str) -> list[Any]:
    return rows(url, "SELECT version_num FROM alembic_version")


@pytest.fixture
def opened() -> Iterator[Callable[[str], aovpn.Journal]]:
    journals: list[aovpn.Journal] = []

    def _open(url: str) -> aovpn.Journal:
        journals.append(aovpn.Journal(url))
        return journals[-1]

    yield _open
    for journal in journals:
        journal.close()


Open = Callable[[str], aovpn.Journal]


# The versions


def test_each_version_has_its_file_and_its_place() -> None:
    scripts = ScriptDirectory(Path(migrations.__file__).parent)
    found = [(script.revision, script.down_revision) for script in scripts.walk_revisions()]
    before = (None, *REVISIONS[:-1])
    assert found == list(zip(REVISIONS, before, strict=True))[::-1]
    names = [path.name for path in (Path(migrations.__file__).parent / "versions").glob("0*.py")]
    assert sorted(name[:4] for name in names) == list(REVISIONS)


@pytest.mark.parametrize("begin", ["nothing", "0.1.0", *REVISIONS])
def test_all_versions_lead_to_the_current_tables(
    journal_url: str, opened: Open, begin: str
) -> None:
    if begin == "0.1.0":
        first_version(journal_url)
    elif begin != "nothing":
        at_version(journal_url, begin)
    journal = opened(journal_url)
    with journal.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
    assert version(journal_url) == [HEAD]


@pytest.mark.parametrize("begin", ["0.1.0", *REVISIONS])
def test_an_upgrade_keeps_the_contents_of_a_journal(
    journal_url: str, opened: Open, begin: str
) -> None:
    if begin == "0.1.0":
        first_version(journal_url)
    else:
        at_version(journal_url, begin)
    journal = opened(journal_url)
    run = journal.load("last")
    assert [run.id] == [other.id for other in journal.runs()] == ["20261120-101112-ab12"]
    assert {h.host: [s.status for s in h.steps] for h in run.hosts} == {
        "nps-01": ["changed", "unknown"],
        "nps-02": ["not_done"],
    }
    planned = run.hosts[0].steps[0].planned
    assert planned is not None
    assert planned["data"] == 'half \ud800, none \x00, lock \U0001f510, it\'s "quoted" \\ %s :x'
    assert [(n.need, n.step) for n in journal.pending_restarts(["nps-01"])["nps-01"]] == [
        ("IAS", "pb/a")
    ]
    assert [step.id for _, step in journal.unknown_steps(["nps-01"])["nps-01"]] == ["pb/b"]
    assert journal.stopped_services("nps-01") == ["IAS"]
    assert rows(journal_url, "SELECT name FROM leases") == ["host:nps-01"]
    assert journal.plan_of(run.id) is None
    journal.add_confirmation(run.id, "nps-01", {})
    journal.record_change(run.id, "nps-01", run.hosts[0].steps[1], aovpn.Restart(reboot=True))
    assert len(journal.pending_restarts(["nps-01"])["nps-01"]) == 2


def test_an_unfinished_first_version_is_finished(journal_url: str, opened: Open) -> None:
    """Program 0.1.0 made one table after the other; it may have been killed between two."""
    first_version(journal_url)
    execute(journal_url, "DROP TABLE needs; DROP INDEX ix_steps_status")
    journal = opened(journal_url)
    assert journal.pending_restarts(["nps-01"]) == {}
    with journal.begin() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


# What is refused, and what goes wrong


def test_a_journal_of_a_newer_program_is_refused_and_left_alone(journal_url: str) -> None:
    aovpn.Journal(journal_url).close()
    execute(journal_url, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(JournalError) as refused:
        aovpn.Journal(journal_url)
    [line] = str(refused.value).splitlines()
    assert f"has version 9999, and this program knows versions up to {HEAD}" in line
    assert line.endswith("a newer aovpn-remediate made it, install that version here as well")
    assert "a-secret" not in line
    assert version(journal_url) == ["9999"]


def test_an_upgrade_that_fails_leaves_nothing_of_it(journal_url: str) -> None:
    """The second table of version 2 is in the way: the first is not kept either."""
    first_version(journal_url)
    execute(journal_url, "CREATE TABLE armed (mine INTEGER)")
    before = table_names(journal_url)
    with pytest.raises(JournalError, match="already exists") as failed:
        aovpn.Journal(journal_url)
    assert len(str(failed.value).splitlines()) == 1
    assert table_names(journal_url) == before
    execute(journal_url, "DROP TABLE armed")
    aovpn.Journal(journal_url).close()
    assert version(journal_url) == [HEAD]


# At once


@pytest.mark.parametrize("old", [False, True], ids=["new", "old"])
def test_threads_that_open_a_journal_at_once(journal_url: str, old: bool) -> None:
    if old:
        first_version(journal_url)
    start, done = Barrier(40), []

    def _open() -> None:
        start.wait()
        journal = aovpn.Journal(journal_url)
        done.append(len(journal.runs()))
        journal.close()

    threads = [Thread(target=_open) for _ in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [int(old)] * 40
    assert version(journal_url) == [HEAD]


def test_processes_that_open_a_new_journal_at_once(journal_url: str) -> None:
    go, ready = PROCESSES.Event(), PROCESSES.Semaphore(0)
    told: SimpleQueue[str] = PROCESSES.SimpleQueue()
    processes = [
        PROCESSES.Process(target=_open_when_told, args=(journal_url, ready, go, told))
        for _ in range(12)
    ]
    for process in processes:
        process.start()
    for _ in processes:
        assert ready.acquire(timeout=60)
    go.set()
    assert [told.get() for _ in processes] == ["opened"] * 12
    for process in processes:
        process.join()
    told.close()
    assert version(journal_url) == [HEAD]


def _open_when_told(url: str, ready: Any, go: Any, told: SimpleQueue[str]) -> None:
    journal = aovpn.Journal  # imports what it needs
    ready.release()
    go.wait()
    try:
        journal(url).close()
        told.put("opened")
    except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it
        told.put(repr(error))


# Quiet and cheap


def test_alembic_logs_nothing_and_is_not_imported_when_nothing_is_to_do(journal_url: str) -> None:
    command = [sys.executable, "-c", OPEN_AND_TELL, journal_url]
    first, second = (
        subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(2)
    )
    assert (first.stdout, first.stderr) == ("['alembic']\n", "")
    assert (second.stdout, second.stderr) == ("[]\n", "")
