"""The clock of the machine: repeated calls, pauses, the stop, and exceptions."""

from __future__ import annotations

import threading
import time

import pytest

from aovpn_remediate.drift.clock import SystemClock


def test_the_call_is_made_at_once_and_again_until_stoppedped() -> None:
    stop = threading.Event()
    threads = []

    def call() -> float:
        threads.append(threading.current_thread())
        if len(threads) == 5:
            stop.set()
        return 0.0

    SystemClock().repeat(call, stop)
    assert len(threads) == 5
    assert threading.current_thread() not in threads


def test_a_stop_cuts_a_pause_short() -> None:
    stop = threading.Event()
    began = time.monotonic()

    def call() -> float:
        threading.Timer(0.05, stop.set).start()
        return 3600.0

    SystemClock().repeat(call, stop)
    assert time.monotonic() - began < 60


def test_a_stop_waits_for_the_call_in_progress() -> None:
    stop, ended = threading.Event(), threading.Event()

    def call() -> float:
        stop.set()
        time.sleep(0.3)  # longer than the clock takes to notice the stop
        ended.set()
        return 0.0

    SystemClock().repeat(call, stop)
    assert ended.is_set()


@pytest.mark.parametrize("is_stopped", [False, True])
def test_an_exception_ends_the_loop(*, is_stopped: bool) -> None:
    stop = threading.Event()

    def call() -> float:
        if is_stopped:
            stop.set()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        SystemClock().repeat(call, stop)


def test_no_call_is_made_when_already_stopped() -> None:
    stop = threading.Event()
    stop.set()
    SystemClock().repeat(lambda: pytest.fail("it was called"), stop)
