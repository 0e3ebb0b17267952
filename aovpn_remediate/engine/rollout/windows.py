"""Change windows in a run: a host is begun or restarted only if its window leaves the time."""

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
from aovpn_remediate.resources.texts import listed

_MARGIN = 1.5
"""The time a host may take, as a multiple of the slowest of this run so far."""
_MOST_NAMES = 5


@dataclass
class ChangeWindows:
    """The change windows of one run's hosts, and the longest apply and restart of the run so far.

    Until a first host has been measured, any host may begin in its window.
    """

    clock: Clock
    override: str = ""
    """The reason to ignore the windows in this run."""
    _longest_apply: timedelta = field(default_factory=timedelta, init=False)
    _longest_restart: timedelta = field(default_factory=timedelta, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def may_begin(self, changes: HostChanges) -> str | None:
        """Return why a host is not begun; one where nothing is to be changed needs no window."""
        if self.override or not changes_something(changes):
            return None
        return _against(changes.host, self._now(), self._longest_apply)

    def may_restart(self, changes: HostChanges) -> str | None:
        """Return why a host is not restarted now."""
        return None if self.override else _against(changes.host, self._now(), self._longest_restart)

    @contextmanager
    def measure_apply(self) -> Iterator[None]:
        """Measure the apply phase of a host."""
        began = self._now()
        yield
        with self._lock:
            self._longest_apply = max(self._longest_apply, self._now() - began)

    @contextmanager
    def measure_restart(self) -> Iterator[None]:
        """Measure the restart of a host."""
        began = self._now()
        yield
        with self._lock:
            self._longest_restart = max(self._longest_restart, self._now() - began)

    def _now(self) -> datetime:
        return _in_utc(self.clock())


def changes_something(changes: HostChanges) -> bool:
    """Return true if a host would be set or restarted, not only read."""
    return bool(changes.outstanding) or any(step.sets for step in changes.steps)


def refuse_closed(hosts: Sequence[Host], now: datetime) -> None:
    """Raise `UsageError` where none of the hosts to be changed may be changed now."""
    if not hosts or any(is_open(host.windows, now) for host in hosts):
        return
    openings = [at for host in hosts if (at := next_opening(host.windows, now)) is not None]
    opens = "none opens again"
    if openings:
        opens = f"the next opens {in_words(min(openings, key=_in_utc))}"
    names = listed([host.name for host in hosts], _MOST_NAMES)
    raise UsageError(
        f"outside the change windows of {names}: {opens} "
        "(to change them now: --override-window REASON)"
    )


def _against(host: Host, now: datetime, longest: timedelta) -> str | None:
    opening = is_open(host.windows, now)
    if opening is None:
        at = next_opening(host.windows, now)
        when = f"which opens {in_words(at)}" if at else "which does not open again"
        return f"outside its change window, {when}"
    if opening.end is None or now + longest * _MARGIN <= _in_utc(opening.end):
        return None
    took = f"a host of this run took {longest.total_seconds():.0f} s"
    return f"its change window ends too soon, {in_words(opening.end)}: {took}"


def _in_utc(moment: datetime) -> datetime:
    """Return a moment in UTC: within one zone Python compares the times on the wall alone."""
    return moment.astimezone(UTC)
