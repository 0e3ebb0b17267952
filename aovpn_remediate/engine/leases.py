"""One run at a time on a host, one restart at a time in a group: leases in the journal.

A lease is renewed by a heartbeat and taken over when it is stale: when it has expired (the clocks
of a team's machines may differ by less than a minute), or at once when its holder was a process of
this machine that is no more.
"""

from __future__ import annotations

import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from aovpn_remediate.engine import tables
from aovpn_remediate.engine.journal import Journal
from aovpn_remediate.errors import JournalError

LIFETIME = 90.0
"""Seconds without a heartbeat after which a lease is stale."""


@dataclass
class Leases:
    """The leases of one run. `with leases.beating():` keeps them alive."""

    journal: Journal
    owner: str
    """Said to whoever finds a lease taken."""
    lifetime: float = LIFETIME
    held: set[str] = field(default_factory=set)
    """The names that this run holds: a second thread of it has to wait as well."""
    holder: str = field(default_factory=lambda: f"{platform.node()}/{os.getpid()}/{uuid4().hex}")

    def __post_init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def take(self, name: str) -> str | None:
        """Take a lease; None, or who has it."""
        with self._one_at_a_time:
            owner = "this run" if name in self.held else self._take(name)
            if owner is None:
                self.held.add(name)
        return owner

    def _take(self, name: str) -> str | None:
        try:
            with self.journal.begin() as connection:
                row = connection.execute(
                    select(tables.leases).where(tables.leases.c.name == name)
                ).first()
                if row is not None and not _stale(row.holder, row.expires):
                    return str(row.owner)
                if row is not None:
                    connection.execute(
                        delete(tables.leases).where(
                            tables.leases.c.name == name, tables.leases.c.holder == row.holder
                        )
                    )
                connection.execute(
                    insert(tables.leases).values(
                        name=name,
                        holder=self.holder,
                        owner=self.owner,
                        expires=time.time() + self.lifetime,
                    )
                )
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):
                return "another run, just now"
            raise
        return None

    def release(self, name: str) -> None:
        """Give a lease back."""
        with self._one_at_a_time:
            with self.journal.begin() as connection:
                connection.execute(
                    delete(tables.leases).where(
                        tables.leases.c.name == name, tables.leases.c.holder == self.holder
                    )
                )
            self.held.discard(name)

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Renew all leases of this run until the end."""
        done = threading.Event()
        thread = threading.Thread(target=self._beat, args=(done,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            with self.journal.begin() as connection:
                connection.execute(
                    delete(tables.leases).where(tables.leases.c.holder == self.holder)
                )

    def _beat(self, done: threading.Event) -> None:
        while not done.wait(self.lifetime / 3):
            # One that is missed does no harm; the run's next write says what is wrong.
            with suppress(JournalError), self.journal.begin() as connection:
                connection.execute(
                    update(tables.leases)
                    .where(tables.leases.c.holder == self.holder)
                    .values(expires=time.time() + self.lifetime)
                )


def _stale(holder: str, expires: float) -> bool:
    if expires < time.time():
        return True
    machine, pid, _ = holder.split("/", 2)
    return machine == platform.node() and not _alive(int(pid))


def _alive(pid: int) -> bool:
    if os.name == "nt":  # os.kill would end the process there
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
