"""Restarts across hosts: so many at once in each group, the next only when the last is healthy."""

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
    """Something to be restarted, and the groups that it serves in."""

    @property
    def name(self) -> str:
        """The host."""
        ...

    @property
    def groups(self) -> tuple[str, ...]:
        """Every group that the host is in."""
        ...


class Turn(Enum):
    """What became of a host's turn."""

    WELL = auto()
    UNWELL = auto()
    """No other host of its groups is restarted in this run."""
    LATER = auto()
    """It cannot be now, but soon: others go first."""


Task = TypeVar("Task", bound=Grouped)


def next_task(
    waiting: Sequence[Task], busy: Counter[str], blocked: Collection[str], at_once: int
) -> Task | None:
    """The first whose groups have room and no unhealthy host. Pure."""
    for task in waiting:
        if any(group in blocked for group in task.groups):
            continue
        if all(busy[group] < at_once for group in task.groups):
            return task
    return None


@dataclass
class RestartQueue(Generic[Task]):
    """The restarts of one run."""

    restart: Callable[[Task], Turn]
    at_once: int
    """In each group."""
    workers: int
    stop: Stop
    poll: float
    """Seconds until one that could not be is tried again."""
    enough: Callable[[Task], bool] = lambda _: False
    """Told each that had its turn; whether no other may be begun."""
    blocked: dict[str, str] = field(default_factory=dict)
    """The groups with an unhealthy host, and which it is."""

    def carry_out(self, tasks: Sequence[Task]) -> list[Task]:
        """Restart each in its turn. Gives those that had none."""
        waiting = list(tasks)
        with ThreadPoolExecutor(max(1, self.workers), thread_name_prefix="restart") as pool:
            while True:
                waiting += self._ready_again()
                while (task := self._next(waiting)) is not None:
                    waiting.remove(task)
                    self._busy.update(task.groups)
                    self._under_way[pool.submit(self.restart, task)] = task
                if not self._under_way and (not self._later or self._is_over()):
                    return waiting + [task for _, task in self._later]
                self._wait()

    def _is_over(self) -> bool:
        return self.stop.begin_no_more.is_set() or self._enough

    def _next(self, waiting: Sequence[Task]) -> Task | None:
        if self._is_over() or len(self._under_way) >= self.workers:
            return None
        return next_task(waiting, self._busy, self.blocked, self.at_once)

    def _ready_again(self) -> list[Task]:
        now = time.monotonic()
        ready = [task for at, task in self._later if at <= now]
        self._later = [(at, task) for at, task in self._later if at > now]
        return ready

    def _wait(self) -> None:
        """Until a turn has ended, or one that could not be may be tried again."""
        pause = None
        if self._later:
            pause = max(0.0, min(at for at, _ in self._later) - time.monotonic())
        if not self._under_way:
            self.stop.begin_no_more.wait(pause)
            return
        for future in wait(self._under_way, timeout=pause, return_when=FIRST_COMPLETED).done:
            task = self._under_way.pop(future)
            self._busy.subtract(task.groups)
            outcome = future.result()
            if outcome is Turn.LATER:
                self._later.append((time.monotonic() + self.poll, task))
                continue
            if outcome is Turn.UNWELL:
                self.blocked |= dict.fromkeys(task.groups, task.name)
            self._enough = self.enough(task) or self._enough

    _busy: Counter[str] = field(default_factory=Counter, init=False)
    _under_way: dict[Future[Turn], Task] = field(default_factory=dict, init=False)
    _enough: bool = field(default=False, init=False)
    _later: list[tuple[float, Task]] = field(default_factory=list, init=False)
    """With when each may be tried again."""


@contextmanager
def turn(
    leases: Leases,
    groups: Sequence[str],
    *,
    at_once: int,
    pause: Callable[[float], bool],
    poll: float,
    tell: Callable[[str], None],
) -> Iterator[bool]:
    """A place in each group, against other runs on the same journal; false when told to end."""
    taken: list[str] = []
    try:
        while True:
            owner = _take_all(leases, sorted(groups), at_once, taken)
            if owner is None:
                yield True
                return
            tell(f"waiting for its turn: {owner} restarts in its group")
            if pause(poll):
                yield False
                return
    finally:
        for name in taken:
            leases.release(name)


def _take_all(leases: Leases, groups: Sequence[str], at_once: int, taken: list[str]) -> str | None:
    """All or nothing, so that two runs never wait for each other."""
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
