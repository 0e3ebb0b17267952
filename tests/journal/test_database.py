"""What cannot be used is told in one line without a password; what comes back is used again."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import make_url

import aovpn_remediate as aovpn
from aovpn_remediate.errors import JournalError, RemediateError, UsageError
from aovpn_remediate.journal.leases import Leases

from .cluster import PASSWORD, Cluster
from .direct import execute, rows
from .runs import host, run, step


def line(error: RemediateError) -> str:
    """What is said: one line, and no password in it."""
    [only] = str(error).splitlines()
    assert PASSWORD not in only
    assert "a-secret" not in only
    return only


def refused(url: str) -> str:
    """What is said about a journal that cannot be opened."""
    with pytest.raises((JournalError, UsageError)) as told:
        aovpn.Journal(url)
    return line(told.value)


# URLs


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("journal.sqlite", "Could not parse SQLAlchemy URL"),
        ("", "Could not parse SQLAlchemy URL"),
        ("postgresql://u:@h:port/d", "the port in this URL is not a number"),
        (
            "postgresql://u:7/a-secret@h:x/d",
            "in a password are percent-encoded, such as %2F",
        ),
        ("mysql://u:a-secret@h/d", "SQLite and PostgreSQL are supported, not mysql"),
        ("nosuch://u:a-secret@h/d", "SQLite and PostgreSQL are supported, not nosuch"),
        ("postgresql+nosuch://u:a-secret@h/d", "nosuch"),
        ("sqlite://", "name a file"),
        ("sqlite:///:memory:", "name a file"),
        ("sqlite:////no/such/folder/journal.sqlite", "the folder /no/such/folder does not exist"),
    ],
)
def test_an_invalid_url(url: str, words: str) -> None:
    told = refused(url)
    assert told.startswith("--journal: ")
    assert words in told


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_a_url_as_people_write_it(postgresql_url: str, scheme: str) -> None:
    journal = aovpn.Journal(postgresql_url.replace("postgresql", scheme, 1))
    journal.start(run(), [])
    journal.close()
    assert rows(postgresql_url, "SELECT id FROM runs") == [run().id]


def test_a_password_that_is_not_in_the_url(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As PostgreSQL's own tools find it: in a file, or in the environment."""
    passwords = tmp_path / "pgpass"
    passwords.write_text("*:*:*:test:" + PASSWORD.replace(":", "\\:"))
    passwords.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(passwords))
    bare = make_url(postgresql_url)
    journal = aovpn.Journal(f"postgresql://test@{bare.host}:{bare.port}/{bare.database}")
    assert journal.runs() == []
    journal.close()


def test_without_the_driver_the_error_says_how_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    told = refused("postgresql://u:a-secret@localhost/d")
    assert told.startswith("--journal: the driver for PostgreSQL is missing")
    assert told.endswith("pip install 'aovpn-remediate[postgresql]'")


def test_a_file_that_is_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database at all, but long enough for one" * 99)
    assert "file is not a database" in refused(f"sqlite:///{tmp_path}/notes.txt")


# PostgreSQL that refuses


def test_what_the_server_refuses(postgresql: Cluster) -> None:
    for told, words in (
        (refused(postgresql.url("no_such")), 'database "no_such" does not exist'),
        (refused(postgresql.url("postgres", password="wrong a-secret")), "authentication failed"),
        (refused(postgresql.url("postgres", user="nobody")), "authentication failed"),
    ):
        assert told.startswith("the journal postgresql")
        assert words in told
        assert ":***@" in told


def test_a_server_that_cannot_be_reached() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        told = refused(f"postgresql://u:a-secret@127.0.0.1:{taken.getsockname()[1]}/d")
    assert "Connection refused" in told


@pytest.fixture
def reader(postgresql: Cluster, postgresql_url: str) -> Iterator[str]:
    """A user who may log on to the database and nothing more."""
    database = str(make_url(postgresql_url).database)
    user = f"reader_{database}"
    postgresql.run(f"CREATE USER {user} PASSWORD '{PASSWORD}'")
    yield postgresql.url(database, user=user)
    postgresql.run(f"DROP OWNED BY {user}", database)
    postgresql.run(f"DROP USER {user}")


def test_a_user_without_rights(postgresql_url: str, reader: str) -> None:
    told = refused(reader)
    assert "permission denied for schema public; its user needs the rights to create" in told
    aovpn.Journal(postgresql_url).close()
    assert "permission denied for table" in refused(reader)

    user = make_url(reader).username
    execute(postgresql_url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {user}")
    journal = aovpn.Journal(reader)
    assert journal.runs() == []
    with pytest.raises(JournalError) as denied:
        journal.start(run(), [])
    journal.close()
    assert "permission denied for table runs; its user needs" in line(denied.value)


# PostgreSQL that goes, and comes back


@pytest.fixture
def stoppable(postgresql: Cluster) -> Iterator[Cluster]:
    """The server, which runs again afterwards."""
    yield postgresql
    postgresql.stop()
    postgresql.start()


def test_a_server_that_was_restarted_meanwhile(stoppable: Cluster, postgresql_url: str) -> None:
    """As for a service that has had nothing to do for an hour."""
    journal = aovpn.Journal(postgresql_url)
    journal.start(run(), [])
    with ThreadPoolExecutor(8) as pool:  # several connections lie idle
        assert list(pool.map(lambda _: len(journal.runs()), range(8))) == [1] * 8
    stoppable.stop()
    stoppable.start()
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: len(journal.runs()), range(8))) == [1] * 8
    journal.close()


def test_a_server_that_stops_in_a_transaction(stoppable: Cluster, postgresql_url: str) -> None:
    journal = aovpn.Journal(postgresql_url)
    journal.start(run(), [host("a", step("s"))])

    def change() -> None:
        with journal.begin() as connection:
            connection.exec_driver_sql("UPDATE steps SET status = 'changed'")
            stoppable.stop()
            connection.exec_driver_sql("SELECT 1")

    with pytest.raises(JournalError) as lost:
        change()
    assert line(lost.value).startswith("the journal postgresql")
    with pytest.raises(JournalError) as gone:
        journal.runs()
    assert "Connection refused" in line(gone.value)
    stoppable.start()
    assert rows(postgresql_url, "SELECT status FROM steps") == ["not_done"]
    assert journal.load("last").hosts[0].steps[0].status == "not_done"
    journal.close()


def test_a_heartbeat_outlives_a_restart_of_the_server(
    stoppable: Cluster, postgresql_url: str
) -> None:
    journal = aovpn.Journal(postgresql_url)
    mine = Leases(journal, "run 1", lifetime=0.6)
    query = "SELECT expires FROM leases"
    with mine.heartbeat():
        mine.take("host:a")
        stoppable.stop()
        stoppable.start()
        [first] = rows(postgresql_url, query)
        while rows(postgresql_url, query) == [first]:
            pass
    assert rows(postgresql_url, query) == []
    journal.close()


# Many at work


def test_many_workers_share_few_connections(journal_url: str) -> None:
    journal = aovpn.Journal(journal_url)
    names = [f"host-{n}" for n in range(32)]
    journal.start(run(), [host(name, *(step(f"s{k}") for k in range(5))) for name in names])
    start = threading.Barrier(32)

    def work(name: str) -> None:
        start.wait()
        for k in range(5):
            journal.record_change(
                run().id, name, step(f"s{k}", "changed"), aovpn.Restart(reboot=True)
            )

    with ThreadPoolExecutor(32) as pool:
        list(pool.map(work, names))
    found = journal.load("last")
    assert {s.status for h in found.hosts for s in h.steps} == {"changed"}
    assert [len(journal.pending_restarts([name])[name]) for name in names] == [5] * 32
    journal.close()
