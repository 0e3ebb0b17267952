"""Events of a host, validated: a host may send anything."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aovpn_remediate.engine import event_log
from aovpn_remediate.engine.reading.facts import instant
from aovpn_remediate.engine.reading.records import ErrorRecord
from aovpn_remediate.errors import Disconnected
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.rendering.batch import EventQuery, reading_events
from aovpn_remediate.transports.base import Session

MOST_EVENTS = 1000
"""Of one log."""
LONGEST_ANSWER = 16 * 2**20
_LONGEST_REASON = 300

T = TypeVar("T", bound=BaseModel)
_Text = Annotated[str, StringConstraints(max_length=300)]


class _Line(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class HostEvent(_Line):
    """An event as a host sent it: the fields that were asked for, by name or position."""

    event: str
    """The id of the query."""
    provider: _Text
    id: int = Field(ge=0, le=65535)
    time: _Text
    host: _Text
    fields: Annotated[dict[_Text, _Text], Field(max_length=20)]

    @property
    def at(self) -> datetime | None:
        """The time by the clock of the host; None if it is no time."""
        return instant(self.time)


class _About(_Line):
    log: str
    name: _Text | None
    ok: bool
    all: bool
    logged: bool | None
    error: ErrorRecord | None = None


@dataclass(frozen=True)
class LogRead:
    """One log as read, or the reason why it could not be."""

    query: EventQuery
    events: tuple[HostEvent, ...] = ()
    all: bool = True
    """False if only the newest events were looked at."""
    logged: bool | None = None
    """True if an event, or a sign, is among those of the time; None where there is no log."""
    reason: str = ""
    """The reason why it could not be read; empty if it was."""


def read_logs(
    session: Session, host: Host, queries: Sequence[EventQuery], seconds: int
) -> tuple[LogRead, ...]:
    """Read logs of a host in one pipeline. Raises `TransportError`."""
    script = reading_events(queries, seconds=seconds, most=MOST_EVENTS)
    lines = session.run(script, seconds=host.connection.deadline)
    return gather_logs(lines, queries, host=host.name)


def gather_logs(
    lines: Iterable[str], queries: Sequence[EventQuery], *, host: str
) -> tuple[LogRead, ...]:
    """Return each log as a host sent it. Raises `Disconnected` for any other answer."""
    answer = _Answer(host, {query.id: query for query in queries})
    for line in lines:
        answer.take(line)
    return answer.logs()


@dataclass
class _Answer:
    """The lines of a host so far."""

    host: str
    queries: Mapping[str, EventQuery]
    _events: dict[str, list[HostEvent]] = field(default_factory=dict)
    _about: dict[str, _About] = field(default_factory=dict)
    _length: int = 0

    def take(self, line: str) -> None:
        """Take the next line."""
        self._length += len(line)
        if self._length > LONGEST_ANSWER:
            raise Disconnected(self.host, "the host sent more than events can have")
        data = self._parsed(line)
        if "event" in data:
            event = self._valid(HostEvent, data)
            self._expect(event.event)
            found = self._events.setdefault(event.event, [])
            found.append(event)
            if len(found) > MOST_EVENTS:
                raise Disconnected(self.host, "the host sent more events than were asked for")
            return
        about = self._valid(_About, data)
        self._expect(about.log)
        if about.error is not None:
            event_log.fault(self.host, about.log, error=about.error.id, place=about.error.place)
        self._about[about.log] = about

    def _expect(self, query: str) -> None:
        """Refuse what was not asked for, or comes after the end of its log."""
        if query not in self.queries or query in self._about:
            raise Disconnected(self.host, f"the host sent events of another log: {query[:80]!r}")

    def logs(self) -> tuple[LogRead, ...]:
        """Return the logs in the order of their queries, once all are there."""
        for query in self.queries:
            if query not in self._about:
                raise Disconnected(
                    self.host, f"the answer is incomplete: the host sent no record of {query}"
                )
        return tuple(self._log(query, self._about[query.id]) for query in self.queries.values())

    def _log(self, query: EventQuery, about: _About) -> LogRead:
        if not about.ok:
            return LogRead(query, reason=_short(str(about.error or "no reason was given")))
        if about.name is None:
            reason = "" if query.optional else f"there is no log {' or '.join(query.logs)}"
            return LogRead(query, reason=reason)
        events = tuple(self._events.get(query.id, ()))
        return LogRead(query, events, all=about.all, logged=about.logged)

    def _parsed(self, line: str) -> dict[str, Any]:
        try:
            data = json.loads(line)
        except (ValueError, RecursionError):
            data = None
        if not isinstance(data, dict):
            raise Disconnected(self.host, f"the host sent an invalid record: {line[:80]!r}")
        return data

    def _valid(self, kind: type[T], data: dict[str, Any]) -> T:
        try:
            return kind.model_validate(data)
        except ValidationError:
            said = json.dumps(data)[:80]
            raise Disconnected(self.host, f"the host sent an invalid record: {said}") from None


def corrected(event: HostEvent, ahead: timedelta) -> datetime | None:
    """Return the time of an event on a host whose clock is ahead by so much."""
    try:
        return None if event.at is None else event.at - ahead
    except OverflowError:
        return None


def _short(text: str) -> str:
    """Return a text of a host in one line, cut."""
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_REASON else f"{line[:_LONGEST_REASON]}..."
