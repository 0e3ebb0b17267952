"""Whose turn it is: a row for each host of a fleet, and who looks at it now.

What is due is in the rows alone, so that a service that is started again goes on where it was, and
several on one journal share the work. To begin a turn is to take the lease `drift:HOST` and to
move the row on in one statement that only one of them can win. A turn that was begun and never
ended, because its service is no more, may be taken as soon as its lease is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from aovpn_remediate.drift.schedule import Rhythm
from aovpn_remediate.errors import JournalError
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.journal.tables import drift_hosts as rows
from aovpn_remediate.results import HostPlan

Chance = Callable[[], float]
"""From 0 to 1, by lot."""


@dataclass(frozen=True)
class Waiting:
    """A host that may be begun, as its row was read."""

    host: str
    number: int
    due: float
    failures: int
    under_way: bool
    """Somebody was at work on it, who may be no more."""


@dataclass(frozen=True)
class Turn:
    """A look at a host that has been begun."""

    host: str
    number: int
    """Counts the turns of the host: whoever has another number has lost it."""
    begun: float
    was_due: float
    failures: int
    """In a row, before this one."""


@dataclass(frozen=True)
class Standing:
    """Where a host stands. Times are seconds since 1970."""

    host: str
    due: float
    under_way: bool
    failures: int
    ended: float | None
    """The end of the last turn."""
    certificate_ends: float | None
    plan: HostPlan | None
    """What the last look found."""


@dataclass(frozen=True)
class Turns:
    """The rows of one fleet."""

    journal: Journal
    fleet: str

    def keep(self, hosts: Iterable[str], due: Callable[[], float], *, whole: bool = True) -> None:
        """A row for each of these hosts: new ones are due then, others stay as they are.

        `whole`: the fleet has no other hosts; rows of others are taken away.
        """
        hosts = list(hosts)
        for _ in range(2):  # another service may be doing the same just now
            try:
                with self.journal.begin() as connection:
                    self._keep(connection, hosts, due, whole=whole)
            except JournalError as error:
                if not isinstance(error.__cause__, IntegrityError):
                    raise
            else:
                return

    def _keep(
        self, connection: Connection, hosts: Sequence[str], due: Callable[[], float], *, whole: bool
    ) -> None:
        query = select(rows.c.host).where(rows.c.fleet == self.fleet)
        known = {row.host for row in connection.execute(query)}
        new = [
            {
                "fleet": self.fleet,
                "host": host,
                "due": due(),
                "turn": 0,
                "under_way": False,
                "failures": 0,
            }
            for host in hosts
            if host not in known
        ]
        if new:
            connection.execute(insert(rows), new)
        for host in known - set(hosts) if whole else ():
            connection.execute(delete(rows).where(*self._of(host)))

    def bring_nearer(self, rhythm: Rhythm, now: float) -> None:
        """No host is due later than the rhythm has it, such as after a start with another one."""
        late = [
            (row.host, row.due, latest)
            for row in self._rows(rows.c.due > now + rhythm.every)
            if row.due > (latest := rhythm.latest(now, row.failures))
        ]
        if not late:
            return
        with self.journal.begin() as connection:
            for host, due, latest in late:
                connection.execute(
                    update(rows).where(*self._of(host), rows.c.due == due).values(due=latest)
                )

    def waiting(self, hosts: Collection[str], now: float) -> list[Waiting]:
        """Those of these hosts that are due, or that somebody is at work on."""
        found = self._rows(or_(rows.c.due <= now, rows.c.under_way))
        return [
            Waiting(row.host, row.turn, row.due, row.failures, row.under_way)
            for row in found
            if row.host in hosts
        ]

    def begin(
        self,
        waiting: Sequence[Waiting],
        now: float,
        rhythm: Rhythm,
        leases: Leases,
        chance: Chance,
    ) -> list[Turn]:
        """The turns that nobody else has; each is ended or given back later."""
        turns = []
        for row in waiting:
            if leases.take(f"drift:{row.host}") is not None:
                continue
            moved_on = {
                "turn": row.number + 1,
                "under_way": True,
                "started": now,
                "due": rhythm.after(now, row.failures, chance()),
            }
            # As it was read: who had it may have ended the turn since.
            if self._move(row.host, row.number, moved_on, under_way=row.under_way):
                turns.append(Turn(row.host, row.number + 1, now, row.due, row.failures))
            else:
                leases.release(f"drift:{row.host}")
        return turns

    def end(self, turn: Turn, at: float, due: float, *, failed: bool) -> bool:
        """A turn is over; false where somebody else has taken it meanwhile."""
        failures = turn.failures + 1 if failed else 0
        ended = {"under_way": False, "ended": at, "failures": failures, "due": due}
        return self._move(turn.host, turn.number, ended)

    def give_back(self, turn: Turn) -> None:
        """A turn that came to nothing: the host is due as it was."""
        self._move(turn.host, turn.number, {"under_way": False, "due": turn.was_due})

    def next_due(self) -> float | None:
        """When the next host is due that nobody is at work on; None where there is none."""
        query = select(rows.c.due).where(rows.c.fleet == self.fleet, rows.c.under_way.is_(False))
        with self.journal.begin() as connection:
            found: float | None = connection.scalar(query.order_by(rows.c.due).limit(1))
        return found

    def standings(self) -> list[Standing]:
        """Every host of the fleet, by name."""
        return [
            Standing(
                host=row.host,
                due=row.due,
                under_way=row.under_way,
                failures=row.failures,
                ended=row.ended,
                certificate_ends=row.certificate_ends,
                plan=None if row.document is None else HostPlan.model_validate(row.document),
            )
            for row in sorted(self._rows(), key=lambda row: str(row.host))
        ]

    def _rows(self, *conditions: Any) -> list[Any]:
        query = select(rows).where(rows.c.fleet == self.fleet, *conditions)
        with self.journal.begin() as connection:
            return list(connection.execute(query.order_by(rows.c.due, rows.c.host)))

    def _move(
        self, host: str, number: int, values: dict[str, Any], *, under_way: bool = True
    ) -> bool:
        """Change a row where it still is at this turn."""
        as_read = (rows.c.turn == number, rows.c.under_way.is_(under_way))
        with self.journal.begin() as connection:
            done = connection.execute(update(rows).where(*self._of(host), *as_read).values(values))
            return done.rowcount == 1

    def _of(self, host: str) -> tuple[Any, ...]:
        return rows.c.fleet == self.fleet, rows.c.host == host
