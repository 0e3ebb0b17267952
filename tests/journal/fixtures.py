"""Journals for tests of any part: `journal_url` on each database, `postgresql` the server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from .cluster import Cluster, Missing


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
    """A new, empty database."""
    name = postgresql.create()
    yield postgresql.url(name)
    postgresql.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def journal_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A journal that is not there yet: the test runs once on each database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/journal.sqlite"
    url: str = request.getfixturevalue("postgresql_url")
    return url
