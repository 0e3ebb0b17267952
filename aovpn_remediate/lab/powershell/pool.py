"""Started PowerShell processes: a few in hand, because the start is what a session waits for."""

from __future__ import annotations

import shlex
import shutil
from collections import deque
from collections.abc import Sequence

from aovpn_remediate.errors import UsageError
from aovpn_remediate.lab.powershell.process import PowerShellProcess

SESSION = "-s"
"""The option with which PowerShell speaks PSRP on its standard streams."""
_QUIET = ("-NoLogo", "-NoProfile")


class ProcessPool:
    """Processes of one command. `command` is how PowerShell is started, with or without `-s`.

    Raises `UsageError` for a command that is not on this machine.
    """

    def __init__(
        self,
        command: str,
        *,
        warm: int = 2,
        seconds: float = 600.0,
        packet_seconds: float = 60.0,
    ) -> None:
        """`warm` processes are kept started; one may live for `seconds` in a session.

        One that takes longer than `packet_seconds` for a packet hangs, and is killed.
        """
        words = shlex.split(command)
        if not words or shutil.which(words[0]) is None:
            raise UsageError(f"--backend {command!r}: no such program; expected pwsh or its path")
        at = words.index(SESSION) if SESSION in words else len(words)
        self.program: Sequence[str] = words[:at]
        """The words that start PowerShell, without the options of a session."""
        self.seconds = seconds
        self._session = [*self.program, *(words[at:] or (SESSION, *_QUIET))]
        self._warm = warm
        self._packet_seconds = packet_seconds
        self._ready: deque[PowerShellProcess] = deque()
        self._taken: list[PowerShellProcess] = []

    @property
    def in_hand(self) -> Sequence[PowerShellProcess]:
        """Processes that no session has taken yet."""
        return tuple(self._ready)

    @property
    def in_sessions(self) -> Sequence[PowerShellProcess]:
        """Processes of sessions that still run."""
        return tuple(process for process in self._taken if process.alive)

    def take(self) -> PowerShellProcess:
        """A started process. Raises `OSError` where none can be started."""
        self._taken = [process for process in self._taken if process.alive]
        found = next((p for p in self._drained() if p.alive), None) or self._start()
        self._taken.append(found)
        self.fill()
        return found

    def fill(self) -> None:
        """Start as many as are to be in hand."""
        while len(self._ready) < self._warm:
            self._ready.append(self._start())

    def close(self) -> None:
        """Kill every process, also those of open sessions."""
        for process in (*self._ready, *self._taken):
            process.kill()
            process.wait()
        self._ready.clear()
        self._taken.clear()

    def _drained(self) -> Sequence[PowerShellProcess]:
        found = []
        while self._ready:
            found.append(self._ready.popleft())
            if found[-1].alive:
                break
        return found

    def _start(self) -> PowerShellProcess:
        return PowerShellProcess(self._session, seconds=self._packet_seconds)
