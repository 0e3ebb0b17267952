"""Leftovers of runs on hosts: steps without a record, pending restarts, stopped services."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select, update

from aovpn_remediate.journal import tables
from aovpn_remediate.journal.database import Database, among
from aovpn_remediate.results import StepRun


class Leftovers(Database):
    """The leftovers of all runs in the journal."""

    def unknown_steps(self, hosts: Sequence[str]) -> dict[str, list[tuple[str, StepRun]]]:
        """Return for each host the steps that were sent without a record, with their runs."""
        query = select(tables.steps).where(
            tables.steps.c.status == "unknown", among(tables.steps.c.host, hosts)
        )
        found: dict[str, list[tuple[str, StepRun]]] = {}
        with self.begin() as connection:
            for row in connection.execute(query.order_by(tables.steps.c.run)):
                step = StepRun.model_validate(row.document)
                found.setdefault(row.host, []).append((row.run, step))
        return found

    def pending_restarts(self, hosts: Sequence[str]) -> dict[str, list[Need]]:
        """Return for each host the restarts that are not known to have happened."""
        query = select(tables.needs).where(
            tables.needs.c.closed.is_(False), among(tables.needs.c.host, hosts)
        )
        found: dict[str, list[Need]] = {}
        with self.begin() as connection:
            for row in connection.execute(query.order_by(tables.needs.c.id)):
                need = Need(row.host, row.need, row.since, row.run, row.step, row.id, row.mark)
                found.setdefault(row.host, []).append(need)
        return found

    def mark_restarts(self, run: str, host: str, marks: Mapping[str, str]) -> None:
        """Record the boot and the starts of services that have seen all changes of a run.

        `marks` are by `reboot` and by the names of services, in lower case.
        """
        own = [n for n in self.pending_restarts([host]).get(host, []) if n.run == run]
        with self.begin() as connection:
            for need in own:
                if mark := marks.get(need.need.casefold()):
                    row = update(tables.needs).where(tables.needs.c.id == need.id)
                    connection.execute(row.values(mark=mark))

    def close_restarts(self, needs: Sequence[int], how: str) -> None:
        """Record that these restarts have happened, and how that is known."""
        with self.begin() as connection:
            connection.execute(
                update(tables.needs)
                .where(tables.needs.c.id.in_(needs))
                .values(closed=True, how=how)
            )

    def record_stopping(self, run: str, host: str, services: Sequence[str]) -> None:
        """Record running services that are about to be stopped: they have to run again."""
        with self.begin() as connection:
            for service in services:
                _forget_stop(connection, host, service)
                connection.execute(insert(tables.stops).values(host=host, service=service, run=run))

    def record_running(self, host: str, services: Sequence[str]) -> None:
        """Record that these services run again."""
        with self.begin() as connection:
            for service in services:
                _forget_stop(connection, host, service)

    def stopped_services(self, host: str) -> list[str]:
        """Return the services of a host that a run stopped and has not seen running again."""
        return [item.service for item in self.left_stopped([host]).get(host, [])]

    def left_stopped(self, hosts: Sequence[str]) -> dict[str, list[Stopped]]:
        """Return for each host the services that a run stopped and has not seen running again."""
        query = select(tables.stops).where(among(tables.stops.c.host, hosts))
        found: dict[str, list[Stopped]] = {}
        with self.begin() as connection:
            for row in connection.execute(query.order_by(tables.stops.c.service)):
                found.setdefault(row.host, []).append(Stopped(row.service, row.run))
        return found


def _forget_stop(connection: Connection, host: str, service: str) -> None:
    connection.execute(
        delete(tables.stops).where(tables.stops.c.host == host, tables.stops.c.service == service)
    )


@dataclass(frozen=True)
class Stopped:
    """A service that a run stopped and has not seen running again."""

    service: str
    run: str


@dataclass(frozen=True)
class Need:
    """A restart that a change needs, as the journal has it."""

    host: str
    need: str
    """`reboot` or the name of a service."""
    since: str | None
    """Host time after the Set; None where it is unknown, which no restart can be later than."""
    run: str
    step: str
    id: int = 0
    """The journal's own number."""
    mark: str | None = None
    """The boot, or the start of the service's process, that saw the change: another one is after a
    restart. None in runs of earlier versions, and where the host did not tell it."""
