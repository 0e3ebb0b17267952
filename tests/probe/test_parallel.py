"""Tasks at once, in their order, without waiting for those that do not end."""

from __future__ import annotations

import threading
import time
from functools import partial

import pytest

from aovpn_remediate.probe.parallel import at_once, both, in_time


def test_results_come_in_the_order_of_the_tasks() -> None:
    last = threading.Event()

    def first() -> int:
        assert last.wait(10)
        return 1

    def second() -> int:
        last.set()
        return 2

    assert at_once([first, second]) == [1, 2]
    assert at_once([]) == []
    assert at_once([partial(int, str(n)) for n in range(100)]) == list(range(100))


def test_two_tasks_may_be_of_different_kinds() -> None:
    assert both(lambda: 1, lambda: "two") == (1, "two")


def test_what_does_not_end_is_not_waited_for() -> None:
    forever = threading.Event()
    started = time.monotonic()
    assert in_time([lambda: forever.wait(60), lambda: True], 0.2) == {1: True}
    assert time.monotonic() - started < 10
    forever.set()


def test_a_bug_in_a_task_is_not_hidden() -> None:
    def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        at_once([lambda: 1, fail])
