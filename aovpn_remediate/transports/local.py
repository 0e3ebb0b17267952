"""Sessions on this machine: each script runs in a PowerShell of its own, without a network."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import PureWindowsPath
from types import TracebackType
from typing import IO, Any, Self

from aovpn_remediate.errors import Disconnected, ScriptError, TimedOut, Unreachable
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.bootstrap import (
    ARGUMENTS,
    OutputDecoder,
    encoded_command,
    error_text,
    standard_input,
)
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.outcome import ProtocolError

_NAMES = ("powershell.exe", "pwsh.exe") if sys.platform == "win32" else ("pwsh",)
_POLL_SECONDS = 0.2
"""The interval at which the deadline is checked."""
_JOIN_SECONDS = 1.0
_CHUNK = 65536


class LocalSession:
    """A session on this machine; see `aovpn_remediate.transports.base.Session`."""

    keeps_functions = False

    def __init__(
        self, host: Host, password: str | None, cancel: threading.Event, timeouts: Timeouts
    ) -> None:
        del password, timeouts  # scripts run as the user of this process
        self.telemetry = Telemetry()
        self._host = host
        self._deadline = Deadline(cancel)
        self._process: _Process | None = None
        found = next((path for name in _NAMES if (path := shutil.which(name))), None)
        if found is None:
            raise Unreachable(
                host.name,
                f"PowerShell was not found on this machine: {' or '.join(_NAMES)} is not on PATH",
            )
        self._command = [found, *ARGUMENTS, encoded_command()]

    def __repr__(self) -> str:
        return f"<LocalSession {self._host.name}>"

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """See `Session.run`."""
        started = time.monotonic()
        self._deadline.start(seconds)
        try:
            self._process = _Process(self._command, standard_input(script), self.telemetry)
        except OSError as error:
            text = f"{self._command[0]} cannot be started: {error.strerror}"
            unreachable = Unreachable(self._host.name, text)
            unreachable.may_have_run = False
            raise unreachable from error
        try:
            yield from self._follow(self._process, seconds)
        except ProtocolError as error:
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
        decoder = OutputDecoder()
        while (data := process.output(min(_POLL_SECONDS, self._deadline.remaining))) != b"":
            if data is not None:
                yield from decoder.feed(data)
            if self._deadline.reached:
                cancelled = self._deadline.cancelled
                why = "was cancelled" if cancelled else f"did not finish within {seconds:g} s"
                raise TimedOut(self._host.name, f"the script {why}; it was stopped")
        exit_code, stderr = process.end()
        if exit_code != 0:
            raise ScriptError(error_text(stderr, exit_code), host=self._host.name)
        decoder.finish()


class _Process:
    """A PowerShell process that reads one script from standard input."""

    def __init__(self, command: list[str], script: bytes, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._chunks: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._errors: list[bytes] = []
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command,
            stdin=pipe,
            stdout=pipe,
            stderr=pipe,
            start_new_session=True,
            env=_environment(command[0], os.environ),
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
        """Return the next output; empty at the end, None if there was none within this time."""
        try:
            return self._chunks.get(timeout=seconds)
        except queue.Empty:
            return None

    def end(self) -> tuple[int, bytes]:
        """Wait for the process to end; return its exit code and its standard error."""
        exit_code = self._process.wait()
        for thread in self._threads:
            # A child process left running may still hold the pipe open.
            thread.join(_JOIN_SECONDS)
        return exit_code, b"".join(self._errors)

    def kill(self) -> None:
        """Kill the process and its child processes."""
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
            while chunk := os.read(stream.fileno(), _CHUNK):
                self._telemetry.bytes_down += len(chunk)
                self._chunks.put(chunk)
        self._chunks.put(b"")

    def _read_errors(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := os.read(stream.fileno(), _CHUNK):
                self._errors.append(chunk)


def _environment(program: str, ours: Mapping[str, str]) -> dict[str, str]:
    """Return our environment, without the modules of an edition that is not the program's.

    Windows PowerShell would load those of PowerShell 7 in place of its own, and fail. Without the
    variable, each finds its own modules and those that are set for the machine and the user.
    """
    is_windows_powershell = PureWindowsPath(program).stem.lower() == "powershell"
    return {
        name: value
        for name, value in ours.items()
        if not (
            is_windows_powershell and name.lower() == "psmodulepath" and _of_powershell_7(value)
        )
    }


def _of_powershell_7(folders: str) -> bool:
    """Windows PowerShell has all of its modules below folders named WindowsPowerShell."""
    return "powershell" in re.split(r"[;\\/]", folders.lower())


def _feed(stream: IO[bytes], script: bytes) -> None:
    # A PowerShell that ends before it has read everything reports the reason itself.
    with suppress(OSError), stream:
        stream.write(script)
