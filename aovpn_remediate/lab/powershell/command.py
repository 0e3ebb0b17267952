"""A command shell whose command lines start PowerShell really."""

from __future__ import annotations

import queue
import shlex
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import IO

from aovpn_remediate.lab.powershell.pool import ProcessPool
from aovpn_remediate.lab.powershell.process import kill, start, stream_of
from aovpn_remediate.lab.powershell.shell import StartedShell
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.shells import Opening, Output
from aovpn_remediate.lab.wire.winrs import LONGEST_LINE, STOPPED, is_powershell

_PIECE = 32_768

Put = Callable[[str, bytes], None]
"""Takes the name of an output stream, and bytes."""


class StartedCommand:
    """A PowerShell with a command line of its own; threads of its own serve its streams."""

    def __init__(self, words: Sequence[str], put: Put, ended: Callable[[int], None]) -> None:
        """Start it. `put` and `ended` (with the exit code) are called from its threads.

        Raises `OSError` where it cannot be started.
        """
        self._process = start(words)
        self._put, self._ended = put, ended
        self._input: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._killed = False
        for work in (self._write, self._follow):
            threading.Thread(target=work, name=f"command:{self._process.pid}", daemon=True).start()

    @property
    def alive(self) -> bool:
        """True while it runs."""
        return self._process.poll() is None

    def write(self, data: bytes, *, end: bool) -> None:
        """Queue bytes for its standard input; `end` closes that."""
        self._input.put(data)
        if end:
            self._input.put(None)

    def kill(self) -> None:
        """End it at once."""
        self._killed = self._killed or self.alive
        kill(self._process)
        self._input.put(None)

    def _write(self) -> None:
        # It may end without reading all.
        with suppress(OSError, ValueError), stream_of(self._process.stdin) as stdin:
            while (data := self._input.get()) is not None:
                stdin.write(data)
                stdin.flush()

    def _follow(self) -> None:
        errors = threading.Thread(
            target=self._copy, args=("stderr", stream_of(self._process.stderr)), daemon=True
        )
        errors.start()
        self._copy("stdout", stream_of(self._process.stdout))
        errors.join()
        code = self._process.wait()
        self._ended(STOPPED if self._killed else code)

    def _copy(self, name: str, pipe: IO[bytes]) -> None:
        with suppress(OSError, ValueError), pipe:
            while piece := pipe.read1(_PIECE):  # type: ignore[attr-defined]
                self._put(name, piece)


class ProcessShell(StartedShell):
    """A command shell: a process for each command line, which has to be PowerShell's."""

    ends_streams = True

    def __init__(self, opening: Opening, host: Host, pool: ProcessPool) -> None:
        super().__init__(opening, host, pool)
        self._commands: dict[str, StartedCommand] = {}

    def start(self, command_id: str, command: str, arguments: list[str]) -> None:
        """Start a command line; one of another program ends at once and says why."""
        line = " ".join([command, *arguments])
        if len(line) > LONGEST_LINE:
            raise refusals.line_too_long()
        output = self.outputs[command_id] = Output()
        if not is_powershell(line):
            output.put("stderr", f"this lab starts PowerShell alone, not {line[:200]}\r\n".encode())
            output.finish(1)
            return
        try:
            started = StartedCommand(
                [*self._pool.program, *shlex.split(line)[1:]],
                self.on_loop(output.put),
                self.on_loop(lambda code: None if output.done else output.finish(code)),
            )
        except OSError as error:
            raise refusals.process_ended(f"it cannot be started: {error.strerror}") from error
        self._commands[command_id] = started
        self.end_at_deadline(started, lambda why: output.put("stderr", f"{why}\r\n".encode()))

    def send(self, command_id: str, data: bytes, *, stream: str, end: bool) -> None:
        """Write to the standard input of a command."""
        del stream
        self.output(command_id)
        if command := self._commands.get(command_id):
            command.write(data, end=end)

    def signal(self, command_id: str, code: str) -> None:
        """End a command (ctrl_c), or let go of one (terminate)."""
        output = self.output(command_id)
        if command := self._commands.get(command_id):
            command.kill()
        if not output.done:
            output.finish(STOPPED)
        if code.lower().endswith("/terminate"):
            self._commands.pop(command_id, None)
            del self.outputs[command_id]

    def close(self) -> None:
        """Kill what still runs."""
        for command in self._commands.values():
            command.kill()
        super().close()
