"""Journals for tests of any part: `journal_url` on each database, `postgresql` the server.

SQLite does not wait for the disk here, as PostgreSQL does not: a test kills processes, after which
the system writes what they wrote, but cuts no power.
"""

from __future__ import annotations

import functools
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Pool, event

import aovpn_remediate as aovpn

from .cluster import Cluster, Missing


@event.listens_for(Pool, "checkout")  # after the program has said how careful it wants to be
def do_not_wait_for_the_disk(connection: Any, *_: Any) -> None:
    """For every journal of this process."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous=OFF")


@functools.cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "journal.sqlite"
        aovpn.Journal(f"sqlite:///{file}").close()
        return file.read_bytes()


def made_before(folder: Path) -> str:
    """The URL of a journal with its tables: a copy, for to make them takes longer than a test."""
    file = folder / "journal.sqlite"
    if not file.exists():
        file.write_bytes(_made())
    return f"sqlite:///{file}"


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """A server for all tests of this process; each test makes its own database."""
    try:
        cluster = Cluster().__enter__()
    except Missing as why:
        pytest.skip(str(why))
    yield cluster
    cluster.__exit__()


@pytest.fixture
def postgresql_url(postgresql: Cluster) -> Iterator[str]:
    """A database without tables."""
    yield postgresql.url(postgresql.database)
    postgresql.empty()


@pytest.fixture(params=["sqlite", "postgresql"])
def journal_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A journal that is not there yet: the test runs once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/journal.sqlite"
    url: str = request.getfixturevalue("postgresql_url")
    return url
