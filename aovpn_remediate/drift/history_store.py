"""The drift history in the journal: the last plan of each host, and the episodes of its steps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, or_, select, update

from aovpn_remediate.drift.episodes import Episode, Fix, advance, end
from aovpn_remediate.journal import tables
from aovpn_remediate.journal.journal import Journal
from aovpn_remediate.results import HostPlan, Run

_hosts, _episodes = tables.drift_hosts, tables.drift_episodes
_runs, _steps = tables.runs, tables.steps


@dataclass(frozen=True)
class HistoryStore:
    """The drift history of one fleet; of all fleets if `fleet` is None, to read only."""

    journal: Journal
    fleet: str | None

    def record(
        self,
        plan: HostPlan,
        at: float,
        *,
        number: int | None = None,
        run: Run | None = None,
        certificate_ends: float | None = None,
    ) -> list[Episode]:
        """Store the plan of a host; return the episodes that it began or changed.

        `number` is the claim's: nothing is stored if another service has claimed the host since.
        `run` is a run made since the last check; other runs are found in the journal.
        `certificate_ends` replaces the stored date if it is given.
        """
        values: dict[str, Any] = {"document": plan.model_dump(mode="json")}
        if certificate_ends is not None:
            values["certificate_ends"] = certificate_ends
        mine = [_hosts.c.fleet == self.fleet, _hosts.c.host == plan.host]
        if number is not None:
            mine.append(_hosts.c.turn == number)
        with self.journal.begin() as connection:
            # The update comes first: other writers of this host wait until this one is done.
            if connection.execute(update(_hosts).where(*mine).values(values)).rowcount != 1:
                return []
            known = {
                e.step: e for e in self._of(connection, plan.host, _episodes.c.ended.is_(None))
            }
            fixes = {name: self._fix(connection, episode) for name, episode in known.items()}
            moved = advance(
                known, plan, at, {k: fix for k, fix in fixes.items() if fix} | _set(run, plan.host)
            )
            for episode in moved:
                self._write(connection, episode)
        return moved

    def reset_failures(self, host: str) -> None:
        """Reset the failures of a host that was read."""
        with self.journal.begin() as connection:
            mine = (_hosts.c.fleet == self.fleet, _hosts.c.host == host)
            connection.execute(update(_hosts).where(*mine).values(failures=0))

    def end_unassigned(self, hosts: Iterable[str], at: float) -> None:
        """End the open episodes of every other host: no playbook is assigned to it any more."""
        kept = set(hosts)
        with self.journal.begin() as connection:
            for episode in self._of(connection, None, _episodes.c.ended.is_(None)):
                if episode.host not in kept:
                    self._write(connection, end(episode, at, "not_asked"))

    def episodes(self, host: str | None = None, step: str | None = None) -> list[Episode]:
        """Return the episodes, oldest first; of one host or one step if given."""
        conditions = [] if step is None else [_episodes.c.step == step]
        with self.journal.begin() as connection:
            return self._of(connection, host, *conditions)

    def _of(self, connection: Connection, host: str | None, *more: Any) -> list[Episode]:
        query = select(_episodes).where(*more).order_by(_episodes.c.first_seen, _episodes.c.id)
        if self.fleet is not None:
            query = query.where(_episodes.c.fleet == self.fleet)
        if host is not None:
            query = query.where(_episodes.c.host == host)
        return [_episode(row) for row in connection.execute(query)]

    def _fix(self, connection: Connection, episode: Episode) -> Fix | None:
        """Return the last run that set a step since it was seen to differ.

        A run that is named in an earlier episode of the step is left out.
        """
        since = datetime.fromtimestamp(episode.last_seen, UTC).isoformat(timespec="milliseconds")
        credited = select(_episodes.c.run).where(
            _episodes.c.fleet == self.fleet,
            _episodes.c.host == episode.host,
            _episodes.c.step == episode.step,
        )
        query = (
            select(_runs.c.id, _runs.c.document)
            .join(_steps, _steps.c.run == _runs.c.id)
            .where(
                _steps.c.host == episode.host,
                _steps.c.step == episode.step,
                _steps.c.status == "changed",
                _runs.c.action == "apply",
                # A run in progress may have set the step already.
                or_(
                    _runs.c.finished >= since,
                    _runs.c.finished.is_(None) & (_runs.c.started >= since),
                ),
                _runs.c.id.not_in(credited),
            )
            .order_by(_runs.c.started.desc())
        )
        row = connection.execute(query).first()
        return None if row is None else Fix(row.id, str(row.document.get("operator", "")))

    def _write(self, connection: Connection, episode: Episode) -> None:
        values = asdict(episode)
        known = values.pop("id")
        if known:
            connection.execute(update(_episodes).where(_episodes.c.id == known).values(values))
        else:
            connection.execute(insert(_episodes).values(fleet=self.fleet, **values))


def _episode(row: Any) -> Episode:
    values = row._asdict()
    del values["fleet"]
    return Episode(**values)


def _set(run: Run | None, host: str) -> dict[str, Fix]:
    """Return the steps that a run changed on a host."""
    hosts = [found for found in run.hosts if found.host == host] if run else []
    return {
        step.id: Fix(run.id, run.operator)
        for found in hosts
        for step in found.steps
        if run and step.status == "changed"
    }


def by_step(episodes: Sequence[Episode]) -> dict[tuple[str, str], list[Episode]]:
    """Group episodes by host and step, each group oldest first."""
    found: dict[tuple[str, str], list[Episode]] = {}
    for episode in episodes:
        found.setdefault((episode.host, episode.step), []).append(episode)
    return found
