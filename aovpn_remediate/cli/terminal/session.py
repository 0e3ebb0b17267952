"""What surrounds work on hosts: progress, Ctrl-C, questions."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from aovpn_remediate.cli.terminal import prompt as terminal
from aovpn_remediate.cli.terminal.consent import Confirm
from aovpn_remediate.cli.terminal.interrupt import interruptible
from aovpn_remediate.cli.terminal.progress import Board
from aovpn_remediate.engine.control import Control, Stop
from aovpn_remediate.errors import SecretError


@dataclass
class Desk:
    """Where the person sits: the board, if there is a terminal, and the questions."""

    stop: Stop
    board: Board | None = None

    @property
    def control(self) -> Control:
        """For the library."""
        if self.board is None:
            return Control(stop=self.stop, ask=self._secret)
        return Control(stop=self.stop, watch=self.board.watch, ask=self._secret)

    @contextmanager
    def aside(self) -> Iterator[Confirm]:
        """The board is away, and questions may be asked: yes or no."""
        with self.board.paused() if self.board else nullcontext():
            yield lambda question: terminal.confirm(question, self.stop.begin_no_more)

    def tell(self, text: str) -> None:
        """Said at once, also in a signal handler: on the board, or past every buffer."""
        if self.board is not None:
            self.board.notice = text
        else:
            os.write(2, f"{text}\n".encode())

    def _secret(self, words: str) -> str:
        if not terminal.is_there():
            raise SecretError("there is no terminal to ask on: use env, file or keyring")
        with self.aside():
            found = terminal.secret(words, self.stop.begin_no_more)
        if found is None:
            raise SecretError("no password was given")
        return found


@contextmanager
def at_work(verb: str, *, quiet: bool, stop: Stop | None = None) -> Iterator[Desk]:
    """A desk, and a board with the verb on it; `stop` where Ctrl-C has been pressed before."""
    desk = Desk(stop or Stop())
    with ExitStack() as stack:
        stack.enter_context(interruptible(desk.stop, desk.tell))
        if not quiet and sys.stderr.isatty():
            desk.board = stack.enter_context(Board(verb))
        yield desk
