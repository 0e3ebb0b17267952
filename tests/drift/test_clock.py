"""The clock of the machine: it calls, waits, ends, and hides nothing."""

from __future__ import annotations

import threading
import time

import pytest

from aovpn_remediate.drift.clock import SystemClock


def test_it_calls_at_once_and_again_until_it_is_over() -> None:
    over = threading.Event()
    threads = []

    def call() -> float:
        threads.append(threading.current_thread())
        if len(threads) == 5:
            over.set()
        return 0.0

    SystemClock().beat(call, over)
    assert len(threads) == 5
    assert threading.current_thread() not in threads


def test_it_does_not_wait_out_a_pause_to_end() -> None:
    over = threading.Event()
    began = time.monotonic()

    def call() -> float:
        threading.Timer(0.05, over.set).start()
        return 3600.0

    SystemClock().beat(call, over)
    assert time.monotonic() - began < 5


def test_it_waits_for_the_call_that_is_under_way() -> None:
    over, ended = threading.Event(), threading.Event()

    def call() -> float:
        over.set()
        time.sleep(0.3)  # longer than the clock takes to hear that it is over
        ended.set()
        return 0.0

    SystemClock().beat(call, over)
    assert ended.is_set()


@pytest.mark.parametrize("is_over", [False, True])
def test_a_fault_ends_it(*, is_over: bool) -> None:
    over = threading.Event()

    def call() -> float:
        if is_over:
            over.set()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        SystemClock().beat(call, over)


def test_it_is_not_begun_where_it_is_over_already() -> None:
    over = threading.Event()
    over.set()
    SystemClock().beat(lambda: pytest.fail("it was called"), over)
