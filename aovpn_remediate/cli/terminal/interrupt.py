"""Ctrl-C: once, begin nothing new; twice, end what is under way; three times, be gone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from aovpn_remediate.engine.control import Stop
from aovpn_remediate.errors import EXIT_INTERRUPTED

FIRST = "no new host is begun; press Ctrl-C again to end those under way"
SECOND = "those under way are ended; press Ctrl-C again to leave at once"


@contextmanager
def interruptible(stop: Stop, tell: Callable[[str], None]) -> Iterator[None]:
    """While this lasts, signals steer the work. `tell` is called in a signal handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        if stop.end_now.is_set():
            # Show the cursor again; the journal has everything that was done.
            os.write(2, b"\x1b[?25h\n" if os.isatty(2) else b"")
            os._exit(EXIT_INTERRUPTED)
        stop.request()
        tell(SECOND if stop.end_now.is_set() else FIRST)

    def on_terminate(_signal: int, _frame: FrameType | None) -> None:
        stop.request()
        stop.request()
        tell(SECOND)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, on_interrupt),
        signal.SIGTERM: signal.signal(signal.SIGTERM, on_terminate),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
