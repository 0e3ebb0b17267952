"""Progress of the hosts, drawn on the terminal while the work lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from aovpn_remediate.reports.escape import visible

_MOST_SHOWN = 4
_ENDS = ("done", "failed")
_TO_RESTART = "waiting for its restart"
"""The progress of a host after its first phase; restarts are made in turn and take longer."""
_LEAST_DONE = 3
"""The number of hosts that have to be done before the remaining time is estimated."""
_ROUND_TO = 5
"""Seconds are rounded up to a multiple of it: the estimate is no more precise."""
_MINUTE = 60
_HOUR = 3600


class ProgressDisplay:
    """The number of hosts done, the failures and the current work; erased at the end."""

    def __init__(self, action: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.notice = ""
        """The effect of Ctrl-C so far."""
        self._action = action
        self._clock = clock
        self._began = clock()
        self._lock = threading.Lock()
        self._seen: set[str] = set()
        self._over: set[str] = set()
        self._failed: set[str] = set()
        self._to_restart: set[str] = set()
        self._restarts_began: float | None = None
        self._under_way: dict[str, str] = {}
        self._live = Live(
            console=Console(stderr=True),
            get_renderable=self._drawn,
            refresh_per_second=8,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._live.stop()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Erase the progress while a question is asked."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def watch(self, host: str, what: str) -> None:
        """Note the current work on a host; `done` and `failed` end it."""
        with self._lock:
            self._seen.add(host)
            self._under_way.pop(host, None)
            if what == "failed":
                self._failed.add(host)
            if what in _ENDS:
                self._over.add(host)
            else:
                self._under_way[host] = what
            if what == _TO_RESTART:
                self._to_restart.add(host)
            elif host in self._to_restart and not what.startswith("waiting"):
                self._restarts_began = self._restarts_began or self._clock()

    def _remaining(self) -> float | None:
        """Return the estimate of the remaining seconds, None as long as there is none."""
        now = self._clock()
        restarted = len(self._to_restart & self._over)
        first = PhaseEstimate(self._began, len(self._seen), len(self._over | self._to_restart))
        restarts = PhaseEstimate(self._restarts_began or now, len(self._to_restart), restarted)
        parts = first.remaining(now), restarts.remaining(now)
        return None if None in parts else sum(part or 0.0 for part in parts)

    def _drawn(self) -> RenderableType:
        with self._lock:
            hosts = list(self._under_way.items())[-_MOST_SHOWN:]
            hidden = len(self._under_way) - len(hosts)
            over, seen, failed = len(self._over), len(self._seen), len(self._failed)
            remaining = self._remaining()
        first = Table.grid(padding=(0, 2))
        first.add_row(
            Text(self._action, style="bold"),
            ProgressBar(total=max(seen, 1), completed=over, width=16, complete_style="cyan"),
            Text(f"{over}/{seen} hosts"),
            Text(f"{failed} failed", style="red") if failed else Text(),
            Text(f"{self._clock() - self._began:.0f} s", style="dim"),
            Text(remaining_text(remaining) if remaining else "", style="dim"),
        )
        second = Table.grid(padding=(0, 2))
        for host, what in hosts:
            second.add_row(Text(f"  {visible(host)}"), Text(visible(what), style="dim"))
        rest = [Text(f"  and {hidden} more", style="dim")] if hidden else []
        notice = [Text(self.notice, style="bold yellow")] if self.notice else []
        return Group(first, second, *rest, *notice)


@dataclass
class PhaseEstimate:
    """The estimated end of one phase, by the rate at which hosts have been done so far."""

    began: float
    total: int = 0
    done: int = 0

    def remaining(self, now: float) -> float | None:
        """Return the remaining seconds; None before three hosts are done."""
        if self.done >= self.total:
            return 0.0
        if self.done < _LEAST_DONE:
            return None
        return (self.total - self.done) * (now - self.began) / self.done


def remaining_text(seconds: float) -> str:
    """Return `about 40 s left`, `about 3 min left` or `about 1 h 20 min left`."""
    if seconds <= _MINUTE - _ROUND_TO:
        return f"about {max(_rounded_up(seconds, _ROUND_TO), _ROUND_TO)} s left"
    if seconds <= _HOUR - _MINUTE:
        return f"about {_rounded_up(seconds, _MINUTE) // _MINUTE} min left"
    minutes = _rounded_up(seconds, 10 * _MINUTE) // _MINUTE
    hours, rest = divmod(minutes, _MINUTE)
    return f"about {hours} h {rest} min left" if rest else f"about {hours} h left"


def _rounded_up(seconds: float, multiple: int) -> int:
    return -int(-seconds // multiple) * multiple
