"""Work on many hosts at once, in threads, until it is done or to be stopped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TypeVar

from aovpn_remediate.engine.control import Stop

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    items: Sequence[Item],
    work: Callable[[Item], Result],
    *,
    workers: int,
    stop: Stop,
    enough: Callable[[Result], bool] = lambda _: False,
) -> list[Result | None]:
    """Return the results in the order of the items; None for an item that was not begun.

    No item is begun once `stop` was requested, or `enough` was true for a result.
    """
    results: list[Result | None] = [None] * len(items)
    places = iter(range(len(items)))
    over = False
    with ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="host") as pool:
        under_way: dict[Future[Result], int] = {}
        while True:
            while not over and not stop.begin_no_more.is_set() and len(under_way) < workers:
                place = next(places, None)
                if place is None:
                    break
                under_way[pool.submit(work, items[place])] = place
            if not under_way:
                return results
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for future in done:
                place = under_way.pop(future)
                results[place] = future.result()
                over = enough(future.result()) or over
