"""Restarts across hosts: so many at once in each group, the next only when the last is healthy."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Protocol, TypeVar

from aovpn_remediate.engine.fleet import Stop
from aovpn_remediate.engine.leases import Leases


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


Task = TypeVar("Task", bound=Grouped)


def next_task(
    waiting: Sequence[Task], busy: Counter[str], blocked: set[str], at_once: int
) -> Task | None:
    """The first whose groups have room and no unhealthy host. Pure."""
    for task in waiting:
        if blocked.intersection(task.groups):
            continue
        if all(busy[group] < at_once for group in task.groups):
            return task
    return None


def in_turn(
    tasks: Sequence[Task],
    restart: Callable[[Task], bool],
    *,
    at_once: int,
    workers: int,
    stop: Stop,
) -> list[Task]:
    """Restart each; `restart` says whether the host is healthy. Gives those that had no turn."""
    waiting = list(tasks)
    busy: Counter[str] = Counter()
    blocked: set[str] = set()
    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="restart") as pool:
        under_way: dict[Future[bool], Task] = {}
        while True:
            while not stop.begin_no_more.is_set() and len(under_way) < workers:
                task = next_task(waiting, busy, blocked, at_once)
                if task is None:
                    break
                waiting.remove(task)
                busy.update(task.groups)
                under_way[pool.submit(restart, task)] = task
            if not under_way:
                return waiting
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                task = under_way.pop(future)
                busy.subtract(task.groups)
                if not future.result():
                    blocked.update(task.groups)


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
