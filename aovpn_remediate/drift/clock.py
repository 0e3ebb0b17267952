"""The clock that drift runs by; tests pass one of their own, so that a day takes seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Protocol

RepeatedCall = Callable[[], float]
"""A function to be called repeatedly; returns the seconds until the next call."""

_NEVER = 36_500
_POLL = 0.2
"""Seconds between two checks of the stop event."""


class Clock(Protocol):
    """A source of the time that also schedules a repeated call."""

    def now(self) -> datetime:
        """Return the time, with its time zone."""
        ...

    def repeat(self, call: RepeatedCall, stop: threading.Event) -> None:
        """Make a call at once, and again after the seconds it returns, until `stop` is set."""
        ...


class SystemClock:
    """The clock of the machine; APScheduler does the waiting and persists nothing."""

    def now(self) -> datetime:
        """Return the time, in UTC."""
        return datetime.now(UTC)

    def repeat(self, call: RepeatedCall, stop: threading.Event) -> None:
        """Return once the call in progress has ended; raise what a call raises."""
        from apscheduler.schedulers.background import (  # type: ignore[import-untyped]
            BackgroundScheduler,
        )
        from apscheduler.triggers.interval import (  # type: ignore[import-untyped]
            IntervalTrigger,
        )

        if stop.is_set():
            return
        scheduler = BackgroundScheduler(timezone=UTC)
        task = _Task(call)
        # APScheduler removes a job that has an end after its last run, which fails while the
        # scheduler shuts down. This job has no end: each call decides when the next one is made.
        job = scheduler.add_job(
            task,
            IntervalTrigger(days=_NEVER),
            next_run_time=self.now(),
            misfire_grace_time=None,  # run however late: a machine that slept has work to do
            max_instances=2,  # APScheduler may still count the previous call as running
        )
        scheduler.start()
        try:
            while not stop.is_set():
                if task.done.wait(_POLL):
                    pause = task.result()
                    job.modify(next_run_time=self.now() + timedelta(seconds=pause))
        finally:
            scheduler.shutdown(wait=True)
        if task.done.is_set():
            task.result()


class _Task:
    """A call made in the scheduler's thread, whose result the main thread collects.

    An exception is raised again in the main thread, where it can end the program.
    """

    def __init__(self, call: RepeatedCall) -> None:
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
        """Return what the call returned; valid once it is done, and allows the next call."""
        self.done.clear()
        if self._raised is not None:
            raise self._raised
        return self._pause
