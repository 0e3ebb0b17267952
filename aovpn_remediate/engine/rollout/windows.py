"""Whether a host may be begun or restarted now, by its change windows."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from aovpn_remediate.engine.apply.changes import HostChanges
from aovpn_remediate.engine.control import Clock
from aovpn_remediate.errors import UsageError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.inventory.windows import in_words, is_open, next_opening

_MARGIN = 1.5
"""A host may take so many times as long as the slowest of this run so far."""
_MOST_NAMES = 5


@dataclass
class ChangeWindows:
    """The windows of one run's hosts, and how long its hosts and restarts took so far.

    Until one has been measured any may begin that is in its window.
    """

    clock: Clock
    override: str = ""
    """Why windows do not count in this run."""
    _visit: timedelta = field(default_factory=timedelta, init=False)
    _restart: timedelta = field(default_factory=timedelta, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def may_begin(self, changes: HostChanges) -> str | None:
        """Why a host is left as it is; one where nothing is to be changed needs no window."""
        if self.override or not changes_something(changes):
            return None
        return _against(changes.host, self._now(), self._visit)

    def may_restart(self, changes: HostChanges) -> str | None:
        """Why a host is not restarted now."""
        return None if self.override else _against(changes.host, self._now(), self._restart)

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """The first visit of a host, to be measured."""
        began = self._now()
        yield
        with self._lock:
            self._visit = max(self._visit, self._now() - began)

    @contextmanager
    def restarting(self) -> Iterator[None]:
        """The restart of a host, to be measured."""
        began = self._now()
        yield
        with self._lock:
            self._restart = max(self._restart, self._now() - began)

    def _now(self) -> datetime:
        return _in_utc(self.clock())


def changes_something(changes: HostChanges) -> bool:
    """Whether a host would be set or restarted, not only read."""
    return bool(changes.outstanding) or any(step.sets for step in changes.steps)


def refuse_closed(hosts: Sequence[Host], now: datetime) -> None:
    """Raises `UsageError` where none of the hosts to be changed may be changed now."""
    if not hosts or any(is_open(host.windows, now) for host in hosts):
        return
    openings = [at for host in hosts if (at := next_opening(host.windows, now)) is not None]
    opens = "none opens again"
    if openings:
        opens = f"the next opens {in_words(min(openings, key=_in_utc))}"
    names = ", ".join(host.name for host in hosts[:_MOST_NAMES])
    if (more := len(hosts) - _MOST_NAMES) > 0:
        names += f" and {more} more"
    raise UsageError(
        f"outside the change windows of {names}: {opens} (--override-window REASON, to do it now)"
    )


def _against(host: Host, now: datetime, longest: timedelta) -> str | None:
    opening = is_open(host.windows, now)
    if opening is None:
        at = next_opening(host.windows, now)
        when = f"which opens {in_words(at)}" if at else "and none opens again"
        return f"outside its change window, {when}"
    if opening.end is None or now + longest * _MARGIN <= _in_utc(opening.end):
        return None
    took = f"one took {longest.total_seconds():.0f} s so far"
    return f"its change window ends too soon, {in_words(opening.end)}: {took}"


def _in_utc(moment: datetime) -> datetime:
    """Within one zone Python reckons by the wall: an hour that comes twice would be lost."""
    return moment.astimezone(UTC)
