"""Questions on the terminal."""

from __future__ import annotations

import getpass
import os
import select
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from threading import Event

from aovpn_remediate.reports.escape import visible

Confirm = Callable[[str], bool]
"""A question that is answered by yes or no."""
OpenPrompt = Callable[[], AbstractContextManager[Confirm]]
"""A pause of the progress display, so that questions can be asked."""

_POLL = 0.1  # seconds between two checks whether Ctrl-C was pressed


def is_interactive() -> bool:
    """Return True if there is a terminal to ask on."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, cancelled: Event) -> bool:
    """Ask for yes or no; Ctrl-C, which sets the event, means no."""
    answer = _ask(f"{visible(question)} [y/N] ", cancelled, hidden=False)
    return answer is not None and answer.strip().casefold() in ("y", "yes")


def ask_secret(prompt: str, cancelled: Event) -> str | None:
    """Ask for a text that is not shown; return None after Ctrl-C or Ctrl-D."""
    return _ask(visible(prompt), cancelled, hidden=True)


def _ask(prompt: str, cancelled: Event, *, hidden: bool) -> str | None:
    """Read one line, on any thread, although Ctrl-C is delivered to the main thread alone."""
    if sys.platform == "win32":
        try:
            return getpass.getpass(prompt) if hidden else input(prompt)
        except (EOFError, KeyboardInterrupt):
            return None
    keyboard = sys.stdin.fileno()
    with _echo(keyboard, off=hidden):
        sys.stderr.write(prompt)
        sys.stderr.flush()
        line = _line(keyboard, cancelled)
        if hidden or line is None:
            sys.stderr.write("\n")
            sys.stderr.flush()
    return line


def _line(keyboard: int, cancelled: Event) -> str | None:
    while not cancelled.is_set():
        if select.select([keyboard], [], [], _POLL)[0]:
            # The terminal gives a whole line at once, and nothing for Ctrl-D.
            line = os.read(keyboard, 65536).decode("utf-8", "surrogateescape")
            return line.rstrip("\r\n") if line else None
    return None


@contextmanager
def _echo(keyboard: int, *, off: bool) -> Iterator[None]:
    if not off or sys.platform == "win32":
        yield
        return
    import termios

    before = termios.tcgetattr(keyboard)
    silent = termios.tcgetattr(keyboard)
    silent[3] &= ~termios.ECHO
    try:
        # Discard what was typed before the question: it is not the answer.
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, silent)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
