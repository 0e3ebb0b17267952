"""The program on a terminal of its own: what it shows, and what is typed when."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.forked import Program
from tests.journal.fixtures import made_before

CTRL_C = b"\x03"
_PATIENCE = 60.0
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal:
    """A run of the program with a terminal as stdin, stdout and stderr."""

    def __init__(
        self,
        *words: str,
        folder: Path,
        columns: int = 80,
        environment: dict[str, str] | None = None,
    ) -> None:
        made_before(folder)
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
        self._program = Program(
            words,
            dict.fromkeys(range(3), theirs),
            folder=folder,
            environment={"PATH": os.environ["PATH"], "TERM": "xterm-256color", "HOME": str(folder)}
            | (environment or {}),
            on_terminal=True,
        )
        os.close(theirs)
        self._seen = 0
        self.raw = ""
        """All that was shown, with its escapes."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._program.kill()
        self._program.wait(_PATIENCE)
        os.close(self._ours)

    @property
    def shown(self) -> str:
        """All that was shown so far, without colours and movements of the cursor."""
        return _ESCAPES.sub("", self.raw).replace("\r", "")

    def wait_for(self, text: str, *, seconds: float = _PATIENCE) -> None:
        """Until it is shown, after what was waited for before."""
        start, end = self._seen, time.monotonic() + seconds
        while text not in self.shown[start:]:
            assert time.monotonic() < end, f"{text!r} has not come in:\n{self.shown[start:]}"
            if not self._read():
                raise AssertionError(f"it has ended without {text!r}:\n{self.shown[start:]}")
        self._seen = start + self.shown[start:].index(text) + len(text)

    def type(self, typed: bytes) -> None:
        """As a person would."""
        os.write(self._ours, typed)

    def end(self, *, seconds: float = _PATIENCE) -> int:
        """The exit code, once everything is shown."""
        end = time.monotonic() + seconds
        while self._read():
            assert time.monotonic() < end, f"it has not ended:\n{self.shown}"
        return self._program.wait(seconds)

    def _read(self) -> bool:
        """Take what is there; false when nothing can come any more."""
        if not select.select([self._ours], [], [], 0.5)[0]:
            return True
        try:
            found = os.read(self._ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.raw += found.decode("utf-8", "replace")
        return bool(found)


def show(words: Sequence[str], folder: Path, columns: int) -> str:
    """All that a command shows on a terminal."""
    with Terminal(*words, folder=folder, columns=columns) as terminal:
        terminal.end()
        return terminal.raw
