"""The machine this runs on: a PowerShell is started for each script, without any network."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType
from typing import IO, Any, Self

from aovpn_remediate.errors import Disconnected, ScriptError, TimedOut, Unreachable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.bootstrap import (
    ARGUMENTS,
    Lines,
    encoded_command,
    error_text,
    standard_input,
)
from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.outcome import Nonsense

_NAMES = ("powershell.exe", "pwsh.exe") if sys.platform == "win32" else ("pwsh",)
_GLANCE = 0.2
"""Seconds between looks at the watch."""
_PATIENCE = 1.0
_PIECE = 65536


class LocalSession:
    """See `aovpn_remediate.transports.base.Session`; each script has a process of its own."""

    keeps_functions = False

    def __init__(
        self, host: Host, password: str | None, cancel: threading.Event, limits: Limits
    ) -> None:
        del password, limits  # the user of this process runs it
        self.telemetry = Telemetry()
        self._host = host
        self._watch = Watch(cancel)
        self._process: _Process | None = None
        found = next((path for name in _NAMES if (path := shutil.which(name))), None)
        if found is None:
            raise Unreachable(
                host.name, f"there is no PowerShell here: {' or '.join(_NAMES)} is not on PATH"
            )
        self._command = [found, *ARGUMENTS, encoded_command()]

    def __repr__(self) -> str:
        return f"<LocalSession {self._host.name}>"

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """See `Session.run`."""
        started = time.monotonic()
        self._watch.start(seconds)
        try:
            self._process = _Process(self._command, standard_input(script), self.telemetry)
        except OSError as error:
            what = f"{self._command[0]} cannot be started: {error.strerror}"
            raise Unreachable(self._host.name, what) from error
        try:
            yield from self._follow(self._process, seconds)
        except Nonsense as error:
            raise Disconnected(self._host.name, str(error)) from error
        finally:
            self._process.kill()
            self.telemetry.run_seconds += time.monotonic() - started

    def close(self) -> None:
        """See `Session.close`."""
        if self._process is not None:
            self._process.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _follow(self, process: _Process, seconds: float) -> Iterator[str]:
        lines = Lines()
        while (data := process.output(min(_GLANCE, self._watch.left))) != b"":
            if data is not None:
                yield from lines.add(data)
            if self._watch.over:
                cancelled = self._watch.cancelled
                why = "was asked to end" if cancelled else f"did not finish within {seconds:g} s"
                raise TimedOut(self._host.name, f"the script {why}; it was stopped")
        exit_code, stderr = process.end()
        if exit_code != 0:
            raise ScriptError(error_text(stderr, exit_code), host=self._host.name)
        lines.end()


class _Process:
    """A PowerShell that is fed a script, and what it writes."""

    def __init__(self, command: list[str], script: bytes, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._pieces: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._errors: list[bytes] = []
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, start_new_session=True
        )
        tasks: list[tuple[Callable[..., None], tuple[Any, ...]]] = [
            (_feed, (self._process.stdin, script)),
            (self._read, (self._process.stdout,)),
            (self._read_errors, (self._process.stderr,)),
        ]
        self._threads = [
            threading.Thread(target=task, args=streams, daemon=True) for task, streams in tasks
        ]
        for thread in self._threads:
            thread.start()
        telemetry.bytes_up += len(script)

    def output(self, seconds: float) -> bytes | None:
        """What it wrote next; empty at the end, None when it was quiet so long."""
        try:
            return self._pieces.get(timeout=seconds)
        except queue.Empty:
            return None

    def end(self) -> tuple[int, bytes]:
        """Its exit code, and what it wrote to standard error."""
        exit_code = self._process.wait()
        for thread in self._threads:
            # One that it has started and left behind may still hold the other end.
            thread.join(_PATIENCE)
        return exit_code, b"".join(self._errors)

    def kill(self) -> None:
        """End it and all that it has started."""
        if self._process.poll() is not None:
            return
        if sys.platform == "win32":
            tree = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(tree, check=False, capture_output=True)
        else:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self.end()

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while piece := os.read(stream.fileno(), _PIECE):
                self._telemetry.bytes_down += len(piece)
                self._pieces.put(piece)
        self._pieces.put(b"")

    def _read_errors(self, stream: IO[bytes]) -> None:
        with stream:
            while piece := os.read(stream.fileno(), _PIECE):
                self._errors.append(piece)


def _feed(stream: IO[bytes], script: bytes) -> None:
    # A PowerShell that ends before it has read everything says why itself.
    with suppress(OSError), stream:
        stream.write(script)
