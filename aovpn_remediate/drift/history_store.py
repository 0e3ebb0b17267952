"""What looks have found, in the journal: the last of each host, and the episodes of its steps."""

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
class Memory:
    """The looks at one fleet, or at all where `fleet` is None (to read)."""

    journal: Journal
    fleet: str | None

    def record(
        self,
        look: HostPlan,
        at: float,
        *,
        number: int | None = None,
        run: Run | None = None,
        certificate_ends: float | None = None,
    ) -> list[Episode]:
        """Keep a look; the episodes that it began or changed.

        `number` is that of the turn: nothing is kept where somebody else has taken the host since.
        `run` is one that was made since the look before; others are found in the journal.
        `certificate_ends` replaces what was known where it is given.
        """
        values: dict[str, Any] = {"document": look.model_dump(mode="json")}
        if certificate_ends is not None:
            values["certificate_ends"] = certificate_ends
        mine = [_hosts.c.fleet == self.fleet, _hosts.c.host == look.host]
        if number is not None:
            mine.append(_hosts.c.turn == number)
        with self.journal.begin() as connection:
            # First of all: whoever else writes of this host waits here until this is done.
            if connection.execute(update(_hosts).where(*mine).values(values)).rowcount != 1:
                return []
            known = {
                e.step: e for e in self._of(connection, look.host, _episodes.c.ended.is_(None))
            }
            fixes = {name: self._fix(connection, episode) for name, episode in known.items()}
            moved = advance(
                known, look, at, {k: fix for k, fix in fixes.items() if fix} | _set(run, look.host)
            )
            for episode in moved:
                self._write(connection, episode)
        return moved

    def read_well(self, host: str) -> None:
        """A host answers again: what failed before is forgotten."""
        with self.journal.begin() as connection:
            mine = (_hosts.c.fleet == self.fleet, _hosts.c.host == host)
            connection.execute(update(_hosts).where(*mine).values(failures=0))

    def forget_others(self, hosts: Iterable[str], at: float) -> None:
        """Nobody asks for anything on other hosts than these any more."""
        kept = set(hosts)
        with self.journal.begin() as connection:
            for episode in self._of(connection, None, _episodes.c.ended.is_(None)):
                if episode.host not in kept:
                    self._write(connection, end(episode, at, "not_asked"))

    def episodes(self, host: str | None = None, step: str | None = None) -> list[Episode]:
        """All that is known, in the order of time; of one host, of one step."""
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
        """The last run that set a step since it was seen to differ, where it has no credit yet."""
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
                # One that is at work may have set it already.
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
    """The steps that a run set on a host."""
    hosts = [found for found in run.hosts if found.host == host] if run else []
    return {
        step.id: Fix(run.id, run.operator)
        for found in hosts
        for step in found.steps
        if run and step.status == "changed"
    }


def in_order(episodes: Sequence[Episode]) -> dict[tuple[str, str], list[Episode]]:
    """By host and step, each in the order of time."""
    found: dict[tuple[str, str], list[Episode]] = {}
    for episode in episodes:
        found.setdefault((episode.host, episode.step), []).append(episode)
    return found
