"""A database as it is, past the program: by its own driver and in plain SQL."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import psycopg


def is_sqlite(url: str) -> bool:
    """Whether this is the URL of a SQLite file."""
    return url.startswith("sqlite")


def execute(url: str, script: str) -> None:
    """Statements in one transaction."""
    if is_sqlite(url):
        with closing(_sqlite(url)) as connection:
            connection.executescript(f"BEGIN; {script}; COMMIT")
    else:
        with psycopg.connect(url) as connection_:
            connection_.execute(script.encode())


def rows(url: str, query: str) -> list[Any]:
    """The rows of a query; the values alone where it has one column."""
    if is_sqlite(url):
        with closing(_sqlite(url)) as connection:
            found = connection.execute(query).fetchall()
    else:
        with psycopg.connect(url) as connection_:
            found = connection_.execute(query.encode()).fetchall()
    return [row[0] if len(row) == 1 else row for row in found]


def table_names(url: str) -> set[str]:
    """The tables that are there."""
    if is_sqlite(url):
        query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    else:
        query = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    return set(rows(url, query))


def _sqlite(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
