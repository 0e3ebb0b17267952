"""`drift run` in processes of its own."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TextIO

import pytest

from tests.forked import Program

from .conftest import FLEET, DriftSite

_PATIENCE = 60.0


@dataclass
class Process:
    """A `drift run` process, and the lines it has logged."""

    program: Program
    log: TextIO
    lines: list[str]

    def until(self, words: str) -> str:
        """Read its log until a line contains these words."""
        for line in self.log:
            self.lines.append(line)
            if words in line:
                return line
        raise AssertionError("".join(self.lines))

    def exit_code(self) -> int:
        """Wait for its end and return the exit code."""
        code = self.program.wait(_PATIENCE)
        self.lines.extend(self.log)
        return code


Start = Callable[..., Process]


@pytest.fixture
def start(journal_url: str) -> Iterator[Start]:
    """A function that starts the program for a site; at the end its processes are killed."""
    with ExitStack() as stack:

        def started(drift: DriftSite, *more: str) -> Process:
            words = ["drift", "run", "-i", str(drift.site.inventory), "--name", FLEET]
            ours, theirs = os.pipe()
            log = stack.enter_context(open(ours, encoding="utf-8"))  # noqa: PTH123 - a pipe
            program = Program([*words, "--journal", journal_url, *more], {2: theirs})
            os.close(theirs)
            stack.callback(program.kill)
            return Process(program, log, [])

        yield started
