"""Ctrl-C: once to begin nothing new, twice to end hosts under way, three times to exit at once."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from aovpn_remediate.engine.control import Stop
from aovpn_remediate.errors import EXIT_INTERRUPTED

FIRST = "no further host is started; press Ctrl-C again to end those under way"
SECOND = "ending the hosts under way; press Ctrl-C again to exit at once"


@contextmanager
def interruptible(stop: Stop, notify: Callable[[str], None]) -> Iterator[None]:
    """Stop the work by Ctrl-C and SIGTERM; `notify` is called in the signal handler."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        if stop.end_now.is_set():
            # Show the cursor again; the journal has everything that was done.
            os.write(2, b"\x1b[?25h\n" if os.isatty(2) else b"")
            os._exit(EXIT_INTERRUPTED)
        stop.request()
        notify(SECOND if stop.end_now.is_set() else FIRST)

    def on_terminate(_signal: int, _frame: FrameType | None) -> None:
        stop.request()
        stop.request()
        notify(SECOND)

    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, on_interrupt),
        signal.SIGTERM: signal.signal(signal.SIGTERM, on_terminate),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
