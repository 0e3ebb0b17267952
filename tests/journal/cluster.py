"""A PostgreSQL of its own on loopback: started by the tests, gone with their process."""

from __future__ import annotations

import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import psycopg
from sqlalchemy import URL

PASSWORD = "a-secret/with:signs@"
_READY = "ready to accept connections"
_PATIENCE = 30.0
_THROW_OUT = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_DROP_TABLES = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('DROP TABLE public.%I CASCADE', name);
    END LOOP;
END $$
"""
_CARELESS = ("fsync=off", "full_page_writes=off", "synchronous_commit=off")


class Missing(Exception):  # noqa: N818 - it is no error: tests are skipped
    """Why no PostgreSQL can be started here."""


@dataclass
class Cluster:
    """One server with databases in it: `with Cluster() as cluster`. Raises `Missing`."""

    log: list[str] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._programs, self._as_user = _programs(), _as_user()
        self._folder = Path(tempfile.mkdtemp(prefix="aovpn-postgresql-"))
        try:
            self._initialise()
            self.port = _free_port()
            self.start()
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        shutil.rmtree(self._folder)

    def _command(self, program: str, *options: str) -> list[str]:
        data = self._folder / "data"
        return [*self._as_user, str(self._programs / program), "-D", str(data), *options]

    def _initialise(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        if os.getuid() == 0:
            for path in (self._folder, password):
                shutil.chown(path, "postgres", "postgres")
        options = ["--username=test", "--auth=scram-sha-256", f"--pwfile={password}", "--no-sync"]
        # As on a server of today: text is sorted as people do, not by its bytes.
        options += ["--encoding=UTF8", "--locale-provider=icu", "--icu-locale=en-US"]
        made = subprocess.run(
            self._command("initdb", *options), check=False, capture_output=True, text=True, cwd="/"
        )
        if made.returncode:
            raise RuntimeError(f"initdb: {made.stderr}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        settings = [f"port={self.port}", "listen_addresses=127.0.0.1", "unix_socket_directories="]
        options = [part for setting in (*settings, *_CARELESS) for part in ("-c", setting)]
        self._server = subprocess.Popen(
            self._command("postgres", *options),
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            start_new_session=True,  # a Ctrl-C is for the tests
        )
        ready = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        if not ready.wait(_PATIENCE):
            self.stop()
            raise RuntimeError(f"PostgreSQL does not start: {''.join(self.log[-20:])}")

    def _read(self, ready: threading.Event) -> None:
        assert self._server.stderr is not None
        with self._server.stderr as lines:
            for line in lines:
                self.log.append(line)
                if _READY in line:
                    ready.set()

    def stop(self) -> None:
        """Stop the server at once; who is connected is thrown out."""
        self._server.send_signal(signal.SIGINT)
        self._server.wait(_PATIENCE)
        self._reader.join(_PATIENCE)

    def url(self, database: str, *, user: str = "test", password: str = PASSWORD) -> str:
        """An SQLAlchemy URL as a person would write it."""
        address = URL.create("postgresql", user, password, "127.0.0.1", self.port, database)
        return address.render_as_string(hide_password=False)

    @functools.cached_property
    def database(self) -> str:
        """A database for one test after the other: a new one takes longer than most tests."""
        name = "journal"
        self.run(f"CREATE DATABASE {name}")
        return name

    def empty(self) -> None:
        """Take all tables of the database away; who is connected is thrown out."""
        self.run(_THROW_OUT, self.database)
        self.run(_DROP_TABLES, self.database)

    def run(self, statement: str, database: str = "postgres") -> None:
        """One statement, as the administrator."""
        address = self.url(database)
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())


def _programs() -> Path:
    """Where the newest PostgreSQL is: Debian keeps its programs off the path."""
    debian = Path("/usr/lib/postgresql")
    found = sorted(debian.glob("*/bin/postgres"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("postgres")
    if not found and on_path is None:
        raise Missing("no PostgreSQL: install the package postgresql")
    return (found[-1] if found else Path(str(on_path)).resolve()).parent


def _as_user() -> list[str]:
    """What a command begins with so that it ends with this process, and is not root's."""
    if sys.platform != "linux" or shutil.which("setpriv") is None:
        raise Missing("PostgreSQL is started with setpriv, which is not here")
    ends_with_us = ["setpriv", "--pdeathsig=INT"]
    if os.getuid() != 0:
        return ends_with_us
    import pwd

    try:
        pwd.getpwnam("postgres")
    except KeyError:
        raise Missing("PostgreSQL refuses root, and there is no user postgres") from None
    return [*ends_with_us, "--reuid=postgres", "--regid=postgres", "--init-groups"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
