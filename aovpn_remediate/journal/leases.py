"""Leases in the journal: one run at a time on a host, one restart at a time in a group.

A heartbeat renews a lease. A lease is stale, and may be taken over, when it has expired by the
clock of the database, or at once when its holder was a process of this machine that has ended.
"""

from __future__ import annotations

import os
import platform
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from aovpn_remediate.errors import JournalError
from aovpn_remediate.journal import tables
from aovpn_remediate.journal.journal import Journal

LIFETIME = 90.0
"""Seconds without a heartbeat after which a lease is stale."""


def _machine() -> str:
    """Return the scope in which a process id is unique: a boot of a machine, or a container."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}:{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return platform.node()[:60]


_MACHINE = _machine()


@dataclass
class Leases:
    """The leases of one run. `with leases.heartbeat():` keeps them alive."""

    journal: Journal
    owner: str
    """The name that others are told when they find a lease taken."""
    lifetime: float = LIFETIME
    held: set[str] = field(default_factory=set)
    """The names of the leases that this run holds: a second thread of it has to wait as well."""
    holder: str = field(default_factory=lambda: f"{_MACHINE}/{os.getpid()}/{uuid4().hex}")

    def __post_init__(self) -> None:
        self._one_at_a_time = threading.Lock()

    def take(self, name: str) -> str | None:
        """Take a lease. Return None, or the owner of the lease where it is taken."""
        with self._one_at_a_time:
            owner = "this run" if name in self.held else self._take(name)
            if owner is None:
                self.held.add(name)
        return owner

    def _take(self, name: str) -> str | None:
        late = tables.leases.c.expires < self.journal.clock
        try:
            with self.journal.begin() as connection:
                row = connection.execute(
                    select(tables.leases, late.label("late")).where(tables.leases.c.name == name)
                ).first()
                if row is not None and not row.late and _alive(row.holder):
                    return str(row.owner)
                if row is not None:
                    connection.execute(
                        delete(tables.leases).where(
                            tables.leases.c.name == name,
                            tables.leases.c.holder == row.holder,
                            # Not if it has been renewed since it was read.
                            tables.leases.c.expires == row.expires,
                        )
                    )
                connection.execute(
                    insert(tables.leases).values(
                        name=name,
                        holder=self.holder,
                        owner=self.owner[:300],
                        expires=self._until,
                    )
                )
        except JournalError as error:
            if isinstance(error.__cause__, IntegrityError):
                return "another run, just now"
            raise
        return None

    def owner_of(self, name: str, *, or_dead: bool = False) -> str | None:
        """Return the owner of a lease that is not stale; None where there is none.

        `or_dead`: a process that has ended counts as well, until its lease expires.
        """
        late = tables.leases.c.expires < self.journal.clock
        with self.journal.begin() as connection:
            row = connection.execute(
                select(tables.leases, late.label("late")).where(tables.leases.c.name == name)
            ).first()
        if row is None or row.late or not (or_dead or _alive(row.holder)):
            return None
        return str(row.owner)

    @property
    def _until(self) -> ColumnElement[float]:
        return self.journal.clock + self.lifetime

    def release(self, name: str) -> None:
        """Release a lease."""
        with self._one_at_a_time:
            with self.journal.begin() as connection:
                connection.execute(
                    delete(tables.leases).where(
                        tables.leases.c.name == name, tables.leases.c.holder == self.holder
                    )
                )
            self.held.discard(name)

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Renew all leases of this run until the end of the block, then release them."""
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
            # A missed beat does no harm; the run's next write reports what is wrong.
            with suppress(JournalError), self.journal.begin() as connection:
                connection.execute(
                    update(tables.leases)
                    .where(tables.leases.c.holder == self.holder)
                    .values(expires=self._until)
                )


def _alive(holder: str) -> bool:
    """Return true where the process that holds a lease may still be running."""
    machine, pid, _ = holder.split("/", 2)
    if machine != _MACHINE or os.name == "nt":  # os.kill would end the process there
        return True
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
