"""Work done at once in threads that nobody has to wait for: Ctrl-C ends the program at once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

Result = TypeVar("Result")
First = TypeVar("First")
Second = TypeVar("Second")

_MOST_THREADS = 32
_POLLING_SECONDS = 0.1
"""The longest wait in one piece: on Windows Ctrl-C is only seen between two."""


class _Work(threading.Thread):
    """One thread that takes tasks until there are none."""

    def __init__(self, tasks: list[Callable[[], None]]) -> None:
        super().__init__(daemon=True)
        self._tasks = tasks
        self.error: BaseException | None = None

    def run(self) -> None:
        try:
            while self._tasks:
                self._tasks.pop(0)()
        except IndexError:
            return  # another thread took the last one
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            self.error = error


def at_once(tasks: Sequence[Callable[[], Result]]) -> list[Result]:
    """Return the results in the order of the tasks."""
    done = in_time(tasks, threading.TIMEOUT_MAX)
    return [done[place] for place in range(len(tasks))]


def both(one: Callable[[], First], other: Callable[[], Second]) -> tuple[First, Second]:
    """Return the results of two tasks of different kinds."""
    first: list[First] = []
    second: list[Second] = []
    at_once([lambda: first.append(one()), lambda: second.append(other())])
    return first[0], second[0]


def in_time(tasks: Sequence[Callable[[], Result]], seconds: float) -> dict[int, Result]:
    """Return the results by the place of their tasks, without those that were not done in time."""
    results: dict[int, Result] = {}

    def keep(place: int) -> None:
        results[place] = tasks[place]()

    left: list[Callable[[], None]] = [partial(keep, place) for place in range(len(tasks))]
    threads = [_Work(left) for _ in range(min(_MOST_THREADS, len(tasks)))]
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        while thread.is_alive() and time.monotonic() < deadline:
            thread.join(_POLLING_SECONDS)
        if thread.error is not None:
            raise thread.error
    return dict(results)
