"""The queue of hosts to check: a row for each host of a fleet, claimed by one service at a time.

The due times are in the rows alone, so that a restarted service continues where it stopped, and
several services on one journal share the hosts. To claim a host is to take the lease `drift:HOST`
and to update the row in one statement that only one service can win. A claim that was never
completed, because its service is gone, can be taken over as soon as its lease is stale.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from aovpn_remediate.drift.schedule import Schedule
from aovpn_remediate.errors import EXIT_COMPLIANT, EXIT_DIFFERS, EXIT_FAILED, JournalError
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.journal.leases import Leases
from aovpn_remediate.journal.tables import drift_hosts as rows
from aovpn_remediate.results import HostPlan

Random = Callable[[], float]
"""A source of random numbers from 0 to 1."""


@dataclass(frozen=True)
class DueHost:
    """A host that may be claimed, as its row was read."""

    host: str
    number: int
    due: float
    failures: int
    under_way: bool
    """True if a service, which may be gone, has claimed the host and not completed the check."""


@dataclass(frozen=True)
class Claim:
    """A host that this service has claimed for one check."""

    host: str
    number: int
    """The number of the claim; a row with another number means that the claim is lost."""
    begun: float
    was_due: float
    failures: int
    """Failed checks in a row before this one."""


@dataclass(frozen=True)
class HostStatus:
    """The row of a host. Times are seconds since 1970."""

    host: str
    due: float
    under_way: bool
    failures: int
    ended: float | None
    """The end of the last check."""
    certificate_ends: float | None
    plan: HostPlan | None
    """The plan that the last check made."""

    @property
    def exit_code(self) -> int:
        """0 compliant, 1 the last check failed, 3 not compliant or never checked."""
        if self.failures or (self.plan is not None and self.plan.failed):
            return EXIT_FAILED
        differs = self.plan is None or self.plan.differs
        return EXIT_DIFFERS if differs else EXIT_COMPLIANT


@dataclass(frozen=True)
class Queue:
    """The rows of one fleet."""

    journal: Journal
    fleet: str

    def sync(self, hosts: Iterable[str], due: Callable[[], float], *, whole: bool = True) -> None:
        """Add a row, due at `due()`, for each host that has none.

        `whole`: these are all hosts of the fleet, so rows of other hosts are deleted.
        """
        hosts = list(hosts)
        for _ in range(2):  # another service may insert the same rows at the same time
            try:
                with self.journal.begin() as connection:
                    self._sync(connection, hosts, due, whole=whole)
            except JournalError as error:
                if not isinstance(error.__cause__, IntegrityError):
                    raise
            else:
                return

    def _sync(
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

    def cap_due_times(self, schedule: Schedule, now: float) -> None:
        """Lower due times that lie beyond the latest that the schedule allows.

        A row may have been written by a service with a longer interval.
        """
        late = [
            (row.host, row.due, latest)
            for row in self._rows(rows.c.due > now + schedule.every)
            if row.due > (latest := schedule.latest(now, row.failures))
        ]
        if not late:
            return
        with self.journal.begin() as connection:
            for host, due, latest in late:
                connection.execute(
                    update(rows).where(*self._of(host), rows.c.due == due).values(due=latest)
                )

    def due(self, hosts: Collection[str], now: float) -> list[DueHost]:
        """Return those of these hosts that are due, or that a service has claimed."""
        found = self._rows(or_(rows.c.due <= now, rows.c.under_way))
        return [
            DueHost(row.host, row.turn, row.due, row.failures, row.under_way)
            for row in found
            if row.host in hosts
        ]

    def claim(
        self,
        due: Sequence[DueHost],
        now: float,
        schedule: Schedule,
        leases: Leases,
        random: Random,
    ) -> list[Claim]:
        """Claim the hosts that no other service has; each is to be completed or released."""
        claims = []
        for row in due:
            if leases.take(f"drift:{row.host}") is not None:
                continue
            claimed = {
                "turn": row.number + 1,
                "under_way": True,
                "started": now,
                "due": schedule.after(now, row.failures, random()),
            }
            # Only if the row is as it was read: its service may have completed the check since.
            if self._change(row.host, row.number, claimed, under_way=row.under_way):
                claims.append(Claim(row.host, row.number + 1, now, row.due, row.failures))
            else:
                leases.release(f"drift:{row.host}")
        return claims

    def complete(self, claim: Claim, at: float, due: float, *, failed: bool) -> bool:
        """Record the end of a check; return False if another service has taken the host over."""
        failures = claim.failures + 1 if failed else 0
        ended = {"under_way": False, "ended": at, "failures": failures, "due": due}
        return self._change(claim.host, claim.number, ended)

    def release(self, claim: Claim) -> None:
        """Give up a claim without a check: the host is due as before."""
        self._change(claim.host, claim.number, {"under_way": False, "due": claim.was_due})

    def next_due(self) -> float | None:
        """Return the earliest due time of the unclaimed hosts; None if there is none."""
        query = select(rows.c.due).where(rows.c.fleet == self.fleet, rows.c.under_way.is_(False))
        with self.journal.begin() as connection:
            found: float | None = connection.scalar(query.order_by(rows.c.due).limit(1))
        return found

    def statuses(self) -> list[HostStatus]:
        """Return the status of every host of the fleet, by name."""
        return [
            HostStatus(
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

    def _change(
        self, host: str, number: int, values: dict[str, Any], *, under_way: bool = True
    ) -> bool:
        """Change a row if it still has this claim number; return False if it does not."""
        as_read = (rows.c.turn == number, rows.c.under_way.is_(under_way))
        with self.journal.begin() as connection:
            done = connection.execute(update(rows).where(*self._of(host), *as_read).values(values))
            return done.rowcount == 1

    def _of(self, host: str) -> tuple[Any, ...]:
        return rows.c.fleet == self.fleet, rows.c.host == host
