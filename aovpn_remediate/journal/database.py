"""The journal's database: SQLite or PostgreSQL, opened, brought up to date, and transactions."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

from platformdirs import user_state_path
from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Float,
    cast,
    create_engine,
    event,
    extract,
    func,
    inspect,
    literal,
    make_url,
    select,
    text,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from aovpn_remediate.errors import JournalError, UsageError
from aovpn_remediate.journal.migrations import HEAD, REVISIONS

# Past this number of hosts all rows are read: SQLite limits the parameters of a statement.
_MANY = 500

# Seconds: the longest wait for SQLite, and the pause between two attempts.
_BUSY, _AGAIN = 30.0, 0.01

# The PostgreSQL lock held while the tables are changed; any number that is always the same.
_UPGRADE_LOCK = 0x616F7670


class Database:
    """SQLite by default, PostgreSQL for a team, chosen by an SQLAlchemy URL.

    Opening creates the tables, or brings those of an earlier version up to date.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        parsed = _parsed(url)
        self._sqlite = parsed.get_backend_name() == "sqlite"
        # SQLite has one writer: threads that wait for this lock never meet "database is locked".
        self._writer = threading.RLock()
        self._shown = parsed.render_as_string(hide_password=True)
        self._engine = _sqlite(parsed) if self._sqlite else _postgresql(parsed)
        try:
            self._bring_up_to_date()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """Run a transaction. Raises `JournalError` where the database fails."""
        with self._writer if self._sqlite else nullcontext():
            try:
                with self._engine.begin() as connection:
                    yield connection
            except SQLAlchemyError as error:
                raise JournalError(f"the journal {self._shown}: {_short(error)}") from error

    @property
    def folder(self) -> Path:
        """The folder of the file; of PostgreSQL, which has none, the state folder of the user."""
        if not self._sqlite:
            return state_folder()
        return Path(str(make_url(self.url).database)).parent.absolute()

    @property
    def clock(self) -> ColumnElement[float]:
        """The database's own time in seconds since 1970: one clock for all machines of a team."""
        if self._sqlite:
            return literal(time.time())
        return cast(extract("epoch", func.clock_timestamp()), Float)

    def close(self) -> None:
        """Close the database's connections."""
        self._engine.dispose()

    def _bring_up_to_date(self) -> None:
        with self.begin() as connection:
            if self._revision(connection) == HEAD:
                return
        from aovpn_remediate.journal.migrations.upgrade import upgrade

        with self.begin() as connection:
            if self._sqlite:
                connection.execute(text("BEGIN IMMEDIATE"))
            else:
                connection.execute(select(func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
            if self._revision(connection) != HEAD:
                upgrade(connection)

    def _revision(self, connection: Connection) -> str | None:
        """Return the version of the tables; None for no tables, or those of 0.1.0."""
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        if found is not None and found not in REVISIONS:
            raise JournalError(
                f"the journal {self._shown} has version {found}, and this program knows versions "
                f"up to {HEAD}: a newer aovpn-remediate made it, install that version here as well"
            )
        return found


def state_folder() -> Path:
    """Return the state folder of the user, which is for the user alone."""
    folder = user_state_path("aovpn-remediate", ensure_exists=True)
    folder.chmod(0o700)
    return folder


def among(column: Any, hosts: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition for rows of these hosts; of all hosts where there are too many."""
    found: ColumnElement[bool] = column.in_(hosts) if len(hosts) <= _MANY else column.is_not(None)
    return found


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise UsageError(f"--journal: {error}") from None
    except ValueError:  # it quotes what may be a part of the password
        raise UsageError(
            "--journal: the port in this URL is not a number; special characters in a password "
            "are percent-encoded, such as %2F"
        ) from None
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() not in ("postgresql", "sqlite"):
        raise UsageError(
            f"--journal: SQLite and PostgreSQL are supported, not {parsed.get_backend_name()}"
        )
    return parsed


def _sqlite(url: URL) -> Engine:
    if url.database in (None, "", ":memory:"):
        raise UsageError("--journal: a journal in memory is lost at the end: name a file")
    folder = Path(str(url.database)).parent
    if not folder.is_dir():
        raise UsageError(f"--journal: the folder {folder} does not exist")
    engine = _engine(url)

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA busy_timeout={_BUSY * 1000:.0f}")
        _write_ahead(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")

    return engine


def _write_ahead(connection: Any) -> None:
    """Switch to write-ahead logging, trying again while the file is locked.

    While others open a new file too, SQLite refuses this at once, whatever the busy timeout.
    """
    end = time.monotonic() + _BUSY
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() >= end:
                raise
            time.sleep(_AGAIN)
        else:
            return


def _postgresql(url: URL) -> Engine:
    defaults = {"connect_timeout": 10, "application_name": "aovpn-remediate"}
    return _engine(
        url,
        # Transactions are short: few connections serve many workers, which queue for them.
        pool_size=10,
        max_overflow=0,
        # The drift service may be idle for an hour, and the database restarted meanwhile.
        pool_pre_ping=True,
        connect_args={name: value for name, value in defaults.items() if name not in url.query},
    )


def _engine(url: URL, **options: Any) -> Engine:
    try:
        return create_engine(url, **options)
    except ImportError as error:
        raise UsageError(
            f"--journal: the driver for PostgreSQL is missing ({error}): "
            "pip install 'aovpn-remediate[postgresql]'"
        ) from None
    except ArgumentError as error:
        raise UsageError(f"--journal: {error}") from None


def _short(error: SQLAlchemyError) -> str:
    """Return the error in one line, without the statement."""
    original = getattr(error, "orig", None)
    words = " ".join(str(original or error).partition("\nLINE ")[0].split())
    if getattr(original, "sqlstate", None) == "42501":
        words += "; its user needs the rights to create, read and write tables there"
    return words
