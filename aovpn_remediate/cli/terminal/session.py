"""The terminal during work on hosts: progress, Ctrl-C and questions."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

from aovpn_remediate.cli.terminal import prompt
from aovpn_remediate.cli.terminal.interrupt import interruptible
from aovpn_remediate.cli.terminal.progress import ProgressDisplay
from aovpn_remediate.cli.terminal.prompt import Confirm
from aovpn_remediate.engine.control import Control, Stop
from aovpn_remediate.errors import SecretError


@dataclass
class TerminalSession:
    """The stop of the work, the questions, and the progress display if there is a terminal."""

    stop: Stop
    progress: ProgressDisplay | None = None

    @property
    def control(self) -> Control:
        """The controls for the library."""
        if self.progress is None:
            return Control(stop=self.stop, ask=self._ask_secret)
        return Control(stop=self.stop, watch=self.progress.watch, ask=self._ask_secret)

    @contextmanager
    def open_prompt(self) -> Iterator[Confirm]:
        """Pause the progress display, and give what asks a question of yes or no."""
        with self.progress.paused() if self.progress else nullcontext():
            yield lambda question: prompt.confirm(question, self.stop.begin_no_more)

    def notify(self, text: str) -> None:
        """Show a text at once, also from a signal handler: in the progress, or past buffers."""
        if self.progress is not None:
            self.progress.notice = text
        else:
            os.write(2, f"{text}\n".encode())

    def _ask_secret(self, text: str) -> str:
        if not prompt.is_interactive():
            raise SecretError(f"{text}not interactive: use env, file or keyring")
        with self.open_prompt():
            found = prompt.ask_secret(text, self.stop.begin_no_more)
        if found is None:
            raise SecretError("no password was entered")
        return found


@contextmanager
def terminal_session(action: str, *, quiet: bool) -> Iterator[TerminalSession]:
    """Open a session for an action such as `Planning`, which its progress display shows."""
    session = TerminalSession(Stop())
    with ExitStack() as stack:
        stack.enter_context(interruptible(session.stop, session.notify))
        if not quiet and sys.stderr.isatty():
            session.progress = stack.enter_context(ProgressDisplay(action))
        yield session
