"""Questions to the person at the terminal."""

from __future__ import annotations

import getpass
import os
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event

from aovpn_remediate.reports.escape import visible

_LOOK = 0.1  # seconds between two looks at whether the person has given up


def is_there() -> bool:
    """Whether somebody can be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, given_up: Event) -> bool:
    """Yes or no; no when Ctrl-C is pressed instead, which sets the event."""
    answer = _ask(f"{visible(question)} [y/N] ", given_up, hidden=False)
    return answer is not None and answer.strip().casefold() in ("y", "yes")


def secret(words: str, given_up: Event) -> str | None:
    """A text that is not shown; None when Ctrl-C or Ctrl-D is pressed instead."""
    return _ask(visible(words), given_up, hidden=True)


def _ask(words: str, given_up: Event, *, hidden: bool) -> str | None:
    """One line. It may be asked from any thread; Ctrl-C comes to the main thread alone."""
    if sys.platform == "win32":
        try:
            return getpass.getpass(words) if hidden else input(words)
        except (EOFError, KeyboardInterrupt):
            return None
    keyboard = sys.stdin.fileno()
    with _echo(keyboard, off=hidden):
        sys.stderr.write(words)
        sys.stderr.flush()
        line = _line(keyboard, given_up)
        if hidden or line is None:
            sys.stderr.write("\n")
            sys.stderr.flush()
    return line


def _line(keyboard: int, given_up: Event) -> str | None:
    while not given_up.is_set():
        if select.select([keyboard], [], [], _LOOK)[0]:
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
        # What was typed before the question is no answer to it.
        termios.tcsetattr(keyboard, termios.TCSAFLUSH, silent)
        yield
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
