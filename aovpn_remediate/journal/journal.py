"""The journal: every run, written before a host is touched and after each record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

from sqlalchemy import Connection, Table, delete, insert, select, update

from aovpn_remediate.errors import UsageError
from aovpn_remediate.journal import tables
from aovpn_remediate.journal.database import state_folder
from aovpn_remediate.journal.leftovers import Leftovers
from aovpn_remediate.journal.pending_confirmations import PendingConfirmations
from aovpn_remediate.resources.restart import Restart, each_need
from aovpn_remediate.results import HostRun, Plan, Run, StepRun
from aovpn_remediate.results.runs import RunAction

_NEWEST_FIRST = (tables.runs.c.started.desc(), tables.runs.c.id.desc())


_NO_MARKS: Mapping[str, str] = MappingProxyType({})


def default_url() -> str:
    """Return the URL of a SQLite file in the state folder of the user."""
    return f"sqlite:///{state_folder() / 'journal.sqlite'}"


class Journal(Leftovers, PendingConfirmations):
    """The runs in a database: SQLite by default, PostgreSQL for a team."""

    def start(self, run: Run, hosts: Sequence[HostRun], plan: Plan | None = None) -> None:
        """Add a run with all hosts and steps as not done, and the plan that it applies."""
        with self.begin() as connection:
            connection.execute(insert(tables.runs).values(_run_row(run)))
            _insert_all(connection, tables.hosts, _host_rows(run.id, hosts))
            _insert_all(connection, tables.steps, _step_rows(run.id, hosts))
            if plan is not None:
                _write_plan(connection, run.id, plan)

    def finish(self, run: Run) -> None:
        """Record the end of a run."""
        with self.begin() as connection:
            connection.execute(
                update(tables.runs).where(tables.runs.c.id == run.id).values(_run_row(run))
            )

    def update_host(self, run: str, host: HostRun) -> None:
        """Record the result of a host so far, without its steps."""
        document = host.model_dump(mode="json", exclude={"steps"})
        with self.begin() as connection:
            connection.execute(
                update(tables.hosts)
                .where(tables.hosts.c.run == run, tables.hosts.c.host == host.host)
                .values(document=document)
            )

    def update_steps(self, run: str, host: str, steps: Sequence[StepRun]) -> None:
        """Record the status of steps, before they are sent and after each record."""
        with self.begin() as connection:
            for step in steps:
                _write_step(connection, run, host, step)

    def record_change(
        self,
        run: str,
        host: str,
        step: StepRun,
        restart: Restart,
        marks: Mapping[str, str] = _NO_MARKS,
    ) -> None:
        """Record a step that was set and the restarts that it needs, in one transaction.

        `marks` are those of `mark_restarts`.
        """
        with self.begin() as connection:
            _write_step(connection, run, host, step)
            for need in each_need(restart):
                row = {"host": host, "need": need, "since": step.time, "run": run, "step": step.id}
                mark = marks.get(need.casefold())
                connection.execute(insert(tables.needs).values(**row, mark=mark))

    # Plans

    def has_run(self, run_id: str) -> bool:
        """Return True if a run has this whole id."""
        query = select(tables.runs.c.id).where(tables.runs.c.id == run_id)
        with self.begin() as connection:
            return connection.execute(query).first() is not None

    def keep_plan(self, run_id: str, plan: Plan) -> None:
        """Record the plan that a run applies, for `resume` to continue with."""
        with self.begin() as connection:
            _write_plan(connection, run_id, plan)

    def plan_of(self, run_id: str) -> Plan | None:
        """Return the plan that a run applies, by the run's whole id; None where none was kept."""
        query = select(tables.plans.c.document).where(tables.plans.c.run == run_id)
        with self.begin() as connection:
            document = connection.execute(query).scalar()
        return None if document is None else Plan.model_validate(document)

    # Reading

    def runs(self, *, action: RunAction | None = None, plan: str | None = None) -> list[Run]:
        """Return the runs, or those with an action or of a plan, newest first, without hosts."""
        query = select(tables.runs.c.document).order_by(*_NEWEST_FIRST)
        if action is not None:
            query = query.where(tables.runs.c.action == action)
        if plan is not None:
            query = query.where(tables.runs.c.document["plan"].as_string() == plan)
        with self.begin() as connection:
            return [Run.model_validate(row.document) for row in connection.execute(query)]

    def load(self, run: str, *, last: RunAction | None = None) -> Run:
        """Return a whole run by its id, the beginning of its id, or `last`. Raises `UsageError`.

        `last` is the newest run, or the newest with the action `last`.
        """
        with self.begin() as connection:
            document = self._find(connection, run, last)
            hosts = connection.execute(
                select(tables.hosts)
                .where(tables.hosts.c.run == document["id"])
                .order_by(tables.hosts.c.position)
            ).all()
            steps = connection.execute(
                select(tables.steps)
                .where(tables.steps.c.run == document["id"])
                .order_by(tables.steps.c.position)
            ).all()
        by_host: dict[str, list[Any]] = {}
        for row in steps:
            by_host.setdefault(row.host, []).append(row.document)
        found = [{**row.document, "steps": by_host.get(row.host, [])} for row in hosts]
        return Run.model_validate({**document, "hosts": found})

    def _find(self, connection: Connection, run: str, last: RunAction | None) -> dict[str, Any]:
        query = select(tables.runs.c.id, tables.runs.c.document).order_by(*_NEWEST_FIRST)
        if run != "last":
            query = query.where(tables.runs.c.id.startswith(run, autoescape=True))
        elif last is not None:
            query = query.where(tables.runs.c.action == last)
        rows = connection.execute(query.limit(2)).all()
        if not rows:
            raise UsageError(f"there is no run {run!r} in the journal; `runs` lists them")
        if run != "last" and len(rows) > 1 and rows[0].id != run:
            raise UsageError(f"several runs begin with {run!r}; `runs` lists them")
        return dict(rows[0].document)


def _run_row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "action": run.action,
        "started": run.started,
        "finished": run.finished,
        "document": run.model_dump(mode="json", exclude={"hosts"}),
    }


def _host_rows(run: str, hosts: Sequence[HostRun]) -> list[dict[str, Any]]:
    return [
        {
            "run": run,
            "host": host.host,
            "position": position,
            "document": host.model_dump(mode="json", exclude={"steps"}),
        }
        for position, host in enumerate(hosts)
    ]


def _step_rows(run: str, hosts: Sequence[HostRun]) -> list[dict[str, Any]]:
    return [
        {
            "run": run,
            "host": host.host,
            "step": step.id,
            "position": position,
            "status": step.status,
            "document": step.model_dump(mode="json"),
        }
        for host in hosts
        for position, step in enumerate(host.steps)
    ]


def _insert_all(connection: Connection, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        connection.execute(insert(table), rows)


def _write_step(connection: Connection, run: str, host: str, step: StepRun) -> None:
    connection.execute(
        update(tables.steps)
        .where(
            tables.steps.c.run == run, tables.steps.c.host == host, tables.steps.c.step == step.id
        )
        .values(status=step.status, document=step.model_dump(mode="json"))
    )


def _write_plan(connection: Connection, run: str, plan: Plan) -> None:
    document = plan.model_dump(mode="json")
    connection.execute(delete(tables.plans).where(tables.plans.c.run == run))
    connection.execute(insert(tables.plans).values(run=run, document=document))


@contextmanager
def opened(journal: Journal | str | None) -> Iterator[Journal]:
    """Open a journal, and close it again; one that is already open stays open."""
    if isinstance(journal, Journal):
        yield journal
        return
    book = Journal(journal or default_url())
    try:
        yield book
    finally:
        book.close()
