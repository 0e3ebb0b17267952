"""What drift takes the time from: it is handed in, so that a test has a day in seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

Beat = Callable[[], float]
"""Something that is done again and again; gives the seconds until it is to be done next."""

_NEVER = 36_500
_LISTENS = 0.2
"""Seconds after which a wait looks whether it is over."""


class Clock(Protocol):
    """Tells the time, and wakes whoever waits."""

    def now(self) -> datetime:
        """The time, with its zone."""
        ...

    def beat(self, call: Beat, over: threading.Event) -> None:
        """Call at once, and again as each call says, until it is over."""
        ...


class SystemClock:
    """The clock of the machine. APScheduler does the waiting; it keeps nothing."""

    def now(self) -> datetime:
        """The time, in UTC."""
        return datetime.now(UTC)

    def beat(self, call: Beat, over: threading.Event) -> None:
        """Returns when the call that is under way has ended; raises what a call raises."""
        from apscheduler.schedulers.background import (  # type: ignore[import-untyped]
            BackgroundScheduler,
        )
        from apscheduler.triggers.interval import (  # type: ignore[import-untyped]
            IntervalTrigger,
        )

        if over.is_set():
            return
        scheduler = BackgroundScheduler(timezone=UTC)
        turn = _Turn(call)
        # A job that has an end is taken away when it has run, and that fails while the scheduler is
        # shut down. This one has none: each turn says when the next one is to be.
        job = scheduler.add_job(
            turn,
            IntervalTrigger(days=_NEVER),
            next_run_time=self.now(),
            misfire_grace_time=None,  # however late it is: a machine that slept wakes up to work
            max_instances=2,  # the last one may not have been put away yet
        )
        scheduler.start()
        try:
            while not over.is_set():
                if turn.done.wait(_LISTENS):
                    pause = turn.result()
                    job.modify(next_run_time=self.now() + timedelta(seconds=pause))
        finally:
            scheduler.shutdown(wait=True)
        if turn.done.is_set():
            turn.result()


class _Turn:
    """A call in the scheduler's thread; what it raises is raised where it can end the program."""

    def __init__(self, call: Beat) -> None:
        self.done = threading.Event()
        self._call = call
        self._pause = 0.0
        self._raised: BaseException | None = None

    def __call__(self) -> None:
        try:
            self._pause = self._call()
        except BaseException as error:  # noqa: BLE001 - raised again in `result`
            self._raised = error
        finally:
            self.done.set()

    def result(self) -> float:
        """What the call gave; only once it is done, and then it may be called again."""
        self.done.clear()
        if self._raised is not None:
            raise self._raised
        return self._pause
