"""Hosts that undo a run by themselves unless it is confirmed, as the journal has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Select, delete, insert, select, update

from aovpn_remediate.journal import tables
from aovpn_remediate.journal.database import Database, among

ArmStatus = Literal[
    "arming",  # about to be put on the host: it may be there or not
    "armed",
    "confirmed",  # taken away: the changes stay
    "undone",  # the host set back what was there
    "gone",  # no longer on the host, and nobody knows why
]


@dataclass(frozen=True)
class PendingConfirmation:
    """One host of one run that undoes itself."""

    run: str
    host: str
    since: str
    """When it was begun to be put there, by the clock of this machine."""
    until: str | None
    """When it undoes itself, by the host's own clock; None until the host has said it."""
    status: ArmStatus
    document: dict[str, Any] = field(default_factory=dict)
    """What was put on the host, as given to `arming`."""


class PendingConfirmations(Database):
    """What runs have put on hosts to undo themselves."""

    def arming(self, run: str, host: str, document: dict[str, Any]) -> None:
        """A host is about to be armed, or armed anew."""
        since = datetime.now(UTC).isoformat(timespec="milliseconds")
        with self.begin() as connection:
            connection.execute(
                delete(tables.armed).where(tables.armed.c.run == run, tables.armed.c.host == host)
            )
            connection.execute(
                insert(tables.armed).values(
                    run=run, host=host, since=since, until=None, status="arming", document=document
                )
            )

    def armed(self, run: str, host: str, until: str) -> None:
        """A host is armed: it undoes itself at this time of its own."""
        self._set(run, host, status="armed", until=until)

    def disarmed(self, run: str, host: str, status: ArmStatus) -> None:
        """A host is armed no longer: confirmed, undone or gone."""
        self._set(run, host, status=status)

    def open_arms(self, hosts: Sequence[str]) -> list[PendingConfirmation]:
        """Those of these hosts that are armed or may be, oldest first."""
        return self._arms(
            select(tables.armed).where(
                tables.armed.c.status.in_(("arming", "armed")), among(tables.armed.c.host, hosts)
            )
        )

    def arms_of(self, run: str) -> list[PendingConfirmation]:
        """All hosts that a run armed."""
        return self._arms(select(tables.armed).where(tables.armed.c.run == run))

    def _set(self, run: str, host: str, **values: str) -> None:
        with self.begin() as connection:
            connection.execute(
                update(tables.armed)
                .where(tables.armed.c.run == run, tables.armed.c.host == host)
                .values(values)
            )

    def _arms(self, query: Select[Any]) -> list[PendingConfirmation]:
        order = (tables.armed.c.since, tables.armed.c.run, tables.armed.c.host)
        with self.begin() as connection:
            rows = connection.execute(query.order_by(*order))
            return [
                PendingConfirmation(
                    row.run, row.host, row.since, row.until, row.status, row.document
                )
                for row in rows
            ]
