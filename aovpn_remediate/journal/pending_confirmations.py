"""Confirmed commits: the hosts that roll a run back by themselves unless it is confirmed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Select, delete, insert, select, update

from aovpn_remediate.journal import tables
from aovpn_remediate.journal.database import Database, among

PendingStatus = Literal[
    "arming",  # the automatic rollback is about to be scheduled: it may be on the host or not
    "armed",  # it is scheduled
    "confirmed",  # it was cancelled: the changes stay
    "undone",  # the host has rolled back
    "unfinished",  # it began on the host and did not finish
    "failed",  # it failed on the host, and nothing was rolled back
    "gone",  # it is no longer on the host, and the reason is unknown
]


@dataclass(frozen=True)
class PendingConfirmation:
    """The automatic rollback of one host in one run, as the journal knows it."""

    run: str
    host: str
    since: str
    """The time at which it was about to be scheduled, by the clock of this machine."""
    until: str | None
    """The time of the rollback, by the host's own clock; None until the host has reported it."""
    status: PendingStatus
    document: dict[str, Any] = field(default_factory=dict)
    """A description of the rollback, as given to `add_confirmation`."""


class PendingConfirmations(Database):
    """The automatic rollbacks that runs have scheduled on hosts."""

    def add_confirmation(self, run: str, host: str, document: dict[str, Any]) -> None:
        """Record that an automatic rollback is about to be scheduled on a host.

        It replaces the run's own earlier one on the host.
        """
        since = datetime.now(UTC).isoformat(timespec="milliseconds")
        table = tables.pending_confirmations
        with self.begin() as connection:
            connection.execute(delete(table).where(table.c.run == run, table.c.host == host))
            connection.execute(
                insert(table).values(
                    run=run, host=host, since=since, until=None, status="arming", document=document
                )
            )

    def rollback_scheduled(self, run: str, host: str, until: str) -> None:
        """Record that the host has scheduled its rollback, for this time by its own clock."""
        self._set(run, host, status="armed", until=until)

    def close_confirmation(self, run: str, host: str, status: PendingStatus) -> None:
        """Record that the rollback is no longer scheduled, and why."""
        self._set(run, host, status=status)

    def open_confirmations(self, hosts: Sequence[str]) -> list[PendingConfirmation]:
        """Return those of these hosts that are or may be scheduled, oldest first."""
        table = tables.pending_confirmations
        is_open = table.c.status.in_(("arming", "armed"))
        return self._read(select(table).where(is_open, among(table.c.host, hosts)))

    def confirmations_of(self, run: str) -> list[PendingConfirmation]:
        """Return those of a run on all hosts, also closed ones."""
        table = tables.pending_confirmations
        return self._read(select(table).where(table.c.run == run))

    def _set(self, run: str, host: str, **values: str) -> None:
        table = tables.pending_confirmations
        with self.begin() as connection:
            connection.execute(
                update(table).where(table.c.run == run, table.c.host == host).values(values)
            )

    def _read(self, query: Select[Any]) -> list[PendingConfirmation]:
        table = tables.pending_confirmations
        with self.begin() as connection:
            rows = connection.execute(query.order_by(table.c.since, table.c.run, table.c.host))
            return [
                PendingConfirmation(
                    row.run, row.host, row.since, row.until, row.status, row.document
                )
                for row in rows
            ]
