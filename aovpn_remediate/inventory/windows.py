"""Change windows: the times at which a host may be changed. Pure: the time is an argument.

A window is open while the local time in its time zone is from `from` to just before `to`, on a day
that it names; past midnight it belongs to the day on which it begins. Local time also decides when
daylight saving time begins or ends: a local time that is skipped in spring never occurs, and one
that is repeated in autumn occurs twice. So 22:00 to 04:00 is five hours long in the one night and
seven in the other; 02:15 to 02:45 does not open in the one, and opens twice in the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = timedelta(days=1)

_AHEAD = 18
"""Days to search: a weekly window opens within two weeks, whatever daylight saving time does."""


@dataclass(frozen=True)
class Window:
    """The same hours on some days of each week, or on some dates."""

    zone: ZoneInfo
    start: timedelta
    """Since midnight."""
    length: timedelta
    """In local time; a day at most."""
    weekdays: frozenset[int] = frozenset()
    """0 is Monday."""
    dates: frozenset[date] = frozenset()

    def is_open_at(self, moment: datetime) -> bool:
        """True if the window is open at a moment."""
        local = moment.astimezone(self.zone).replace(tzinfo=None)
        days = (local.date(), local.date() - WHOLE_DAY)
        begins = (self._begin(day) for day in days if self._names(day))
        return any(begin <= local < begin + self.length for begin in begins)

    def edges(self, now: datetime) -> Iterator[datetime]:
        """Yield the moments at which the window may open or close, from the day before now on."""
        since = now.astimezone(self.zone).date() - WHOLE_DAY
        for day in self._days(since):
            begin = self._begin(day)
            yield from _moments(begin, self.zone)
            yield from _moments(begin + self.length, self.zone)

    def _begin(self, day: date) -> datetime:
        return datetime.combine(day, time()) + self.start

    def _names(self, day: date) -> bool:
        return day in self.dates or day.weekday() in self.weekdays

    def _days(self, since: date) -> Iterable[date]:
        if self.dates:
            return (day for day in self.dates if day >= since)
        near = (since + timedelta(days=number) for number in range(_AHEAD))
        return (day for day in near if self._names(day))


@dataclass(frozen=True)
class Opening:
    """An open change window, and its end."""

    end: datetime | None = None
    """In the zone of the window: convert it to UTC to calculate with it. None: no end in sight."""


def is_open(windows: Sequence[Window], now: datetime) -> Opening | None:
    """Return the opening if changes are allowed now, else None; without windows they always are."""
    if not windows:
        return Opening()
    zone = _zone_at(windows, now)
    if zone is None:
        return None
    for edge in _edges(windows, now):
        if edge > now and _zone_at(windows, edge) is None:
            return Opening(edge.astimezone(zone))
    return Opening()


def next_opening(windows: Sequence[Window], now: datetime) -> datetime | None:
    """Return the first moment from now on at which changes are allowed, in its window's zone.

    None: never again.
    """
    if not windows:
        return now
    for moment in (now, *_edges(windows, now)):
        if moment >= now and (zone := _zone_at(windows, moment)) is not None:
            return moment.astimezone(zone)
    return None


def in_words(moment: datetime) -> str:
    """Return `Sat 2026-11-21 22:00+01:00 (Europe/Vienna)`; the offset marks repeated times."""
    day = DAYS[moment.weekday()].capitalize()
    return f"{day} {moment.isoformat(' ', 'minutes')} ({moment.tzinfo})"


def _zone_at(windows: Sequence[Window], moment: datetime) -> ZoneInfo | None:
    """Return the zone of a window that is open; None if all are closed."""
    return next((window.zone for window in windows if window.is_open_at(moment)), None)


def _edges(windows: Sequence[Window], now: datetime) -> list[datetime]:
    """Return the moments in UTC, where each exists once and can be compared."""
    return sorted({edge for window in windows for edge in window.edges(now)})


def _moments(local: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield the moments of a local time; and the change of the clock that skips or repeats it."""
    first, last = sorted(local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    yield first
    if first != last:
        yield last
        yield _jump(first, last, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """Return the first second after the clock change between two moments."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)
