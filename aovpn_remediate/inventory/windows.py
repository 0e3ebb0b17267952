"""Change windows: when a host may be changed. Pure: the time is always handed in.

A window is open exactly while the clock on a wall in its time zone shows a time from `from` to
just before `to`, on a day that it names; past midnight it belongs to the day on which it begins.
That clock decides as well when it is put forward or back: a time that is left out in spring is
never shown, one that comes twice in autumn is shown twice. So 22:00 to 04:00 is five hours long
in the one night and seven in the other; 02:15 to 02:45 does not open in the one, and opens twice
in the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
WHOLE_DAY = timedelta(days=1)

_AHEAD = 18
"""Days that are looked through: a weekly window opens within two weeks, whatever the clocks do."""


@dataclass(frozen=True)
class Window:
    """The same hours on some days: of each week, or of the calendar."""

    zone: ZoneInfo
    start: timedelta
    """Since midnight."""
    length: timedelta
    """By the clock on the wall; a day at most."""
    weekdays: frozenset[int] = frozenset()
    """0 is Monday."""
    dates: frozenset[date] = frozenset()

    def shows(self, moment: datetime) -> bool:
        """Whether it is open at a moment."""
        wall = moment.astimezone(self.zone).replace(tzinfo=None)
        days = (wall.date(), wall.date() - WHOLE_DAY)
        begins = (self._begin(day) for day in days if self._names(day))
        return any(begin <= wall < begin + self.length for begin in begins)

    def edges(self, now: datetime) -> Iterator[datetime]:
        """Every moment at which it may open or close, from a day before now on."""
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
    """That changes are allowed now, and until when."""

    end: datetime | None = None
    """In the zone of the window: take it to UTC to reckon with it. None: no end is in sight."""


def is_open(windows: Sequence[Window], now: datetime) -> Opening | None:
    """Whether changes are allowed now; without any window they always are."""
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
    """The first moment from now on at which changes are allowed, in the zone of its window.

    None: never again.
    """
    if not windows:
        return now
    for moment in (now, *_edges(windows, now)):
        if moment >= now and (zone := _zone_at(windows, moment)) is not None:
            return moment.astimezone(zone)
    return None


def in_words(moment: datetime) -> str:
    """`Sat 2026-11-21 22:00+01:00 (Europe/Vienna)`: the offset tells which of two it is."""
    day = DAYS[moment.weekday()].capitalize()
    return f"{day} {moment.isoformat(' ', 'minutes')} ({moment.tzinfo})"


def _zone_at(windows: Sequence[Window], moment: datetime) -> ZoneInfo | None:
    """The zone of a window that is open; None where all are closed."""
    return next((window.zone for window in windows if window.shows(moment)), None)


def _edges(windows: Sequence[Window], now: datetime) -> list[datetime]:
    """In UTC, where every moment is there once and can be compared."""
    return sorted({edge for window in windows for edge in window.edges(now)})


def _moments(wall: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """When a clock on the wall comes to a time; and where it jumps over it or back behind it."""
    first, last = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    yield first
    if first != last:
        yield last
        yield _jump(first, last, zone)


def _jump(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second after a clock was put forward or back."""
    old = before.astimezone(zone).utcoffset()
    low, high = int(before.timestamp()), int(after.timestamp())
    while high - low > 1:
        middle = (low + high) // 2
        same = datetime.fromtimestamp(middle, zone).utcoffset() == old
        low, high = (middle, high) if same else (low, middle)
    return datetime.fromtimestamp(high, UTC)
