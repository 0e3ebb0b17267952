"""What is under way, drawn on the terminal while it lasts."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from aovpn_remediate.cli.terminal.pace import Pace, in_words
from aovpn_remediate.reports.escape import visible

_MOST_SHOWN = 4
_ENDS = ("done", "failed")
_TO_RESTART = "waiting for its restart"
"""What a host says whose visit is over; restarts are done in turn, at a pace of their own."""


class Board:
    """Hosts done of all, failed, and what is being done on a few; gone when the work is done."""

    def __init__(self, verb: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.notice = ""
        """What Ctrl-C has brought about."""
        self._verb = verb
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
        """Away while a person is asked."""
        self._live.stop()
        try:
            yield
        finally:
            self._live.start()

    def watch(self, host: str, what: str) -> None:
        """What is being done on a host; `done` and `failed` end it."""
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

    def _left(self) -> float | None:
        """Seconds until all is done, as far as can be told."""
        now = self._clock()
        restarted = len(self._to_restart & self._over)
        visits = Pace(self._began, len(self._seen), len(self._over | self._to_restart))
        restarts = Pace(self._restarts_began or now, len(self._to_restart), restarted)
        parts = visits.left(now), restarts.left(now)
        return None if None in parts else sum(part or 0.0 for part in parts)

    def _drawn(self) -> RenderableType:
        with self._lock:
            hosts = list(self._under_way.items())[-_MOST_SHOWN:]
            hidden = len(self._under_way) - len(hosts)
            over, seen, failed = len(self._over), len(self._seen), len(self._failed)
            left = self._left()
        first = Table.grid(padding=(0, 2))
        first.add_row(
            Text(self._verb, style="bold"),
            ProgressBar(total=max(seen, 1), completed=over, width=16, complete_style="cyan"),
            Text(f"{over}/{seen} hosts"),
            Text(f"{failed} failed", style="red") if failed else Text(),
            Text(f"{self._clock() - self._began:.0f} s", style="dim"),
            Text(in_words(left) if left else "", style="dim"),
        )
        second = Table.grid(padding=(0, 2))
        for host, what in hosts:
            second.add_row(Text(f"  {visible(host)}"), Text(visible(what), style="dim"))
        rest = [Text(f"  and {hidden} more", style="dim")] if hidden else []
        notice = [Text(self.notice, style="bold yellow")] if self.notice else []
        return Group(first, second, *rest, *notice)
