"""The order of restarts: so many at once in each group, the next when the last is healthy."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Generic, Protocol, TypeVar

from aovpn_remediate.engine.control import Stop
from aovpn_remediate.journal.leases import Leases


class Grouped(Protocol):
    """A host to be restarted, and the groups that it serves in."""

    @property
    def name(self) -> str:
        """The name of the host."""
        ...

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that the host is in."""
        ...


class Attempt(Enum):
    """The outcome of an attempt to restart a host."""

    HEALTHY = auto()
    """The host is healthy, or nothing was restarted."""
    UNHEALTHY = auto()
    """No other host of its groups is restarted in this run."""
    RETRY = auto()
    """A restart is not possible now, but soon: others go first."""


Task = TypeVar("Task", bound=Grouped)


def next_task(
    waiting: Sequence[Task], busy: Counter[str], blocked: Collection[str], at_once: int
) -> Task | None:
    """Return the first whose groups have room and no unhealthy host. Pure."""
    for task in waiting:
        if any(group in blocked for group in task.groups):
            continue
        if all(busy[group] < at_once for group in task.groups):
            return task
    return None


@dataclass
class RestartQueue(Generic[Task]):
    """The restarts of one run."""

    restart: Callable[[Task], Attempt]
    at_once: int
    """In each group."""
    workers: int
    stop: Stop
    poll: float
    """Seconds until the next attempt for a host."""
    enough: Callable[[Task], bool] = lambda _: False
    """Called for each that was attempted; true if no other may be begun."""
    blocked: dict[str, str] = field(default_factory=dict)
    """The groups with an unhealthy host, and its name."""

    def carry_out(self, tasks: Sequence[Task]) -> list[Task]:
        """Restart each in its turn. Return those that were not attempted."""
        waiting = list(tasks)
        with ThreadPoolExecutor(max(1, self.workers), thread_name_prefix="restart") as pool:
            while True:
                waiting += self._ready_again()
                while (task := self._next(waiting)) is not None:
                    waiting.remove(task)
                    self._busy.update(task.groups)
                    self._under_way[pool.submit(self.restart, task)] = task
                if not self._under_way and (not self._retries or self._is_over()):
                    return waiting + [task for _, task in self._retries]
                self._wait()

    def _is_over(self) -> bool:
        return self.stop.begin_no_more.is_set() or self._enough

    def _next(self, waiting: Sequence[Task]) -> Task | None:
        if self._is_over() or len(self._under_way) >= self.workers:
            return None
        return next_task(waiting, self._busy, self.blocked, self.at_once)

    def _ready_again(self) -> list[Task]:
        now = time.monotonic()
        ready = [task for at, task in self._retries if at <= now]
        self._retries = [(at, task) for at, task in self._retries if at > now]
        return ready

    def _wait(self) -> None:
        """Wait until an attempt has ended, or the next one is due."""
        pause = None
        if self._retries:
            pause = max(0.0, min(at for at, _ in self._retries) - time.monotonic())
        if not self._under_way:
            self.stop.begin_no_more.wait(pause)
            return
        for future in wait(self._under_way, timeout=pause, return_when=FIRST_COMPLETED).done:
            task = self._under_way.pop(future)
            self._busy.subtract(task.groups)
            outcome = future.result()
            if outcome is Attempt.RETRY:
                self._retries.append((time.monotonic() + self.poll, task))
                continue
            if outcome is Attempt.UNHEALTHY:
                self.blocked |= dict.fromkeys(task.groups, task.name)
            self._enough = self.enough(task) or self._enough

    _busy: Counter[str] = field(default_factory=Counter, init=False)
    _under_way: dict[Future[Attempt], Task] = field(default_factory=dict, init=False)
    _enough: bool = field(default=False, init=False)
    _retries: list[tuple[float, Task]] = field(default_factory=list, init=False)
    """Each with the time of its next attempt."""


@contextmanager
def group_slots(
    leases: Leases,
    groups: Sequence[str],
    *,
    at_once: int,
    pause: Callable[[float], bool],
    poll: float,
    report: Callable[[str], None],
) -> Iterator[bool]:
    """Take a slot in each group, against other runs on the journal; false when asked to stop."""
    taken: list[str] = []
    try:
        while True:
            owner = _take_all(leases, sorted(groups), at_once, taken)
            if owner is None:
                yield True
                return
            report(f"waiting: {owner} is restarting a host of its group")
            if pause(poll):
                yield False
                return
    finally:
        for name in taken:
            leases.release(name)


def _take_all(leases: Leases, groups: Sequence[str], at_once: int, taken: list[str]) -> str | None:
    """Take all slots or none, so that two runs never wait for each other."""
    for group in groups:
        owner: str | None = None
        for slot in range(at_once):
            name = f"group:{group}:{slot}"
            owner = leases.take(name)
            if owner is None:
                taken.append(name)
                break
        if owner is not None:
            while taken:
                leases.release(taken.pop())
            return owner
    return None
