"""Every run, written before a host is touched and after each record."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_state_path
from sqlalchemy import (
    ColumnElement,
    Connection,
    create_engine,
    delete,
    event,
    insert,
    make_url,
    select,
    update,
)
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from aovpn_remediate.engine import tables
from aovpn_remediate.engine.outstanding import Need, each_need
from aovpn_remediate.engine.results import HostRun, Run, StepRun
from aovpn_remediate.errors import JournalError, UsageError
from aovpn_remediate.resources.restart import Restart


def default_url() -> str:
    """SQLite in the state folder of the user."""
    folder = user_state_path("aovpn-remediate", ensure_exists=True)
    folder.chmod(0o700)
    return f"sqlite:///{folder / 'journal.sqlite'}"


class Journal:
    """The runs in a database: SQLite by default, any SQLAlchemy URL for a team."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            parsed = make_url(url)
            self._engine = create_engine(parsed)
        except (ArgumentError, ImportError) as error:
            raise UsageError(
                f"--journal: no database can be opened with this URL: {error}"
            ) from None
        self._sqlite = parsed.get_backend_name() == "sqlite"
        # SQLite has one writer: threads that wait in line here never meet "database is locked".
        self._line = threading.RLock()
        if self._sqlite:
            self._prepare_sqlite(parsed.database)
        self._make_tables()

    def _make_tables(self) -> None:
        for _ in tables.metadata.tables:
            try:
                with self.begin() as connection:
                    tables.metadata.create_all(connection)
            except JournalError:
                continue  # another process has just made one: look again which are missing
            return
        with self.begin() as connection:
            tables.metadata.create_all(connection)

    def _prepare_sqlite(self, database: str | None) -> None:
        if database:
            folder = Path(database).parent
            if not folder.is_dir():
                raise UsageError(f"--journal: the folder {folder} is not there")

        @event.listens_for(self._engine, "connect")
        def _on_connect(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("PRAGMA busy_timeout=30000")
            connection.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """A transaction; what the database says against it becomes a `JournalError`."""
        with self._line if self._sqlite else _NO_LINE:
            try:
                with self._engine.begin() as connection:
                    yield connection
            except SQLAlchemyError as error:
                raise JournalError(f"the journal {self._shown}: {_short(error)}") from error

    @property
    def _shown(self) -> str:
        return self._engine.url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give back the database's connections."""
        self._engine.dispose()

    # Runs

    def start(self, run: Run, hosts: Sequence[HostRun]) -> None:
        """A run, and every host and step of it as not done."""
        with self.begin() as connection:
            document = run.model_dump(mode="json", exclude={"hosts"})
            connection.execute(
                insert(tables.runs).values(
                    id=run.id,
                    action=run.action,
                    started=run.started,
                    finished=None,
                    document=document,
                )
            )
            for position, host in enumerate(hosts):
                connection.execute(
                    insert(tables.hosts).values(
                        run=run.id,
                        host=host.host,
                        position=position,
                        document=host.model_dump(mode="json", exclude={"steps"}),
                    )
                )
                for place, step in enumerate(host.steps):
                    connection.execute(
                        insert(tables.steps).values(
                            run=run.id,
                            host=host.host,
                            step=step.id,
                            position=place,
                            status=step.status,
                            document=step.model_dump(mode="json"),
                        )
                    )

    def finish(self, run: Run) -> None:
        """The end of a run."""
        document = run.model_dump(mode="json", exclude={"hosts"})
        with self.begin() as connection:
            connection.execute(
                update(tables.runs)
                .where(tables.runs.c.id == run.id)
                .values(finished=run.finished, document=document)
            )

    def host(self, run: str, host: HostRun) -> None:
        """What became of a host so far, its steps aside."""
        document = host.model_dump(mode="json", exclude={"steps"})
        with self.begin() as connection:
            connection.execute(
                update(tables.hosts)
                .where(tables.hosts.c.run == run, tables.hosts.c.host == host.host)
                .values(document=document)
            )

    def steps(self, run: str, host: str, steps: Sequence[StepRun]) -> None:
        """What became of steps, before they are sent and after each record."""
        with self.begin() as connection:
            for step in steps:
                _write_step(connection, run, host, step)

    def changed(self, run: str, host: str, step: StepRun, restart: Restart) -> None:
        """A step that was set, with the restarts that it needs, at once."""
        with self.begin() as connection:
            _write_step(connection, run, host, step)
            for need in each_need(restart):
                connection.execute(
                    insert(tables.needs).values(
                        host=host, need=need, since=step.time, run=run, step=step.id
                    )
                )

    def runs(self) -> list[Run]:
        """All runs, newest first, without their hosts."""
        with self.begin() as connection:
            rows = connection.execute(
                select(tables.runs.c.document).order_by(tables.runs.c.started.desc())
            )
            return [Run.model_validate(row.document) for row in rows]

    def load(self, run: str) -> Run:
        """A whole run by its id, or by the beginning of it, or `last`."""
        with self.begin() as connection:
            document = self._find(connection, run)
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

    def _find(self, connection: Connection, run: str) -> dict[str, Any]:
        query = select(tables.runs.c.id, tables.runs.c.document).order_by(
            tables.runs.c.started.desc()
        )
        if run != "last":
            query = query.where(tables.runs.c.id.startswith(run, autoescape=True))
        rows = connection.execute(query.limit(2)).all()
        if not rows:
            raise UsageError(f"there is no run {run!r} in the journal; `runs` lists them")
        if run != "last" and len(rows) > 1 and rows[0].id != run:
            raise UsageError(f"several runs begin with {run!r}; `runs` lists them")
        return dict(rows[0].document)

    # What is left over from earlier runs

    def unknown_steps(self, hosts: Sequence[str]) -> dict[str, list[tuple[str, StepRun]]]:
        """For each host the steps, with their runs, of which no record came."""
        query = select(tables.steps).where(
            tables.steps.c.status == "unknown", _among(tables.steps.c.host, hosts)
        )
        found: dict[str, list[tuple[str, StepRun]]] = {}
        with self.begin() as connection:
            for row in connection.execute(query.order_by(tables.steps.c.run)):
                step = StepRun.model_validate(row.document)
                found.setdefault(row.host, []).append((row.run, step))
        return found

    def open_needs(self, hosts: Sequence[str]) -> dict[str, list[Need]]:
        """For each host the restarts that are not known to have happened."""
        query = select(tables.needs).where(
            tables.needs.c.closed.is_(False), _among(tables.needs.c.host, hosts)
        )
        found: dict[str, list[Need]] = {}
        with self.begin() as connection:
            for row in connection.execute(query.order_by(tables.needs.c.id)):
                need = Need(row.host, row.need, row.since, row.run, row.step, row.id)
                found.setdefault(row.host, []).append(need)
        return found

    def close_needs(self, needs: Sequence[int], how: str) -> None:
        """These restarts have happened."""
        with self.begin() as connection:
            connection.execute(
                update(tables.needs)
                .where(tables.needs.c.id.in_(needs))
                .values(closed=True, how=how)
            )

    def stopping(self, run: str, host: str, services: Sequence[str]) -> None:
        """These services run and are about to be stopped: they have to run again."""
        with self.begin() as connection:
            for service in services:
                self._forget_stop(connection, host, service)
                connection.execute(insert(tables.stops).values(host=host, service=service, run=run))

    def running_again(self, host: str, services: Sequence[str]) -> None:
        """These services run again."""
        with self.begin() as connection:
            for service in services:
                self._forget_stop(connection, host, service)

    def stopped(self, host: str) -> list[str]:
        """The services that a run stopped and was not seen to start."""
        query = select(tables.stops.c.service).where(tables.stops.c.host == host)
        with self.begin() as connection:
            return [row.service for row in connection.execute(query)]

    @staticmethod
    def _forget_stop(connection: Connection, host: str, service: str) -> None:
        connection.execute(
            delete(tables.stops).where(
                tables.stops.c.host == host, tables.stops.c.service == service
            )
        )


def _write_step(connection: Connection, run: str, host: str, step: StepRun) -> None:
    connection.execute(
        update(tables.steps)
        .where(
            tables.steps.c.run == run, tables.steps.c.host == host, tables.steps.c.step == step.id
        )
        .values(status=step.status, document=step.model_dump(mode="json"))
    )


# SQLite takes so many parameters at most; past it everything is read and the rest left aside.
_MANY = 500


def _among(column: Any, hosts: Sequence[str]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(hosts) if len(hosts) <= _MANY else column.is_not(None)
    return found


class _NoLine:
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


_NO_LINE = _NoLine()


def _short(error: SQLAlchemyError) -> str:
    original = getattr(error, "orig", None)
    return str(original or error).splitlines()[0]
