"""The only interface to Windows: a session that runs scripts and yields their output."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from aovpn_remediate.inventory.model import Host


@dataclass
class Telemetry:
    """The cost of a session so far. Seconds are wall-clock; bytes are of HTTP bodies."""

    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    connect_seconds: float = 0.0
    open_seconds: float = 0.0
    run_seconds: float = 0.0
    close_seconds: float = 0.0


class Session(Protocol):
    """A logged-on session with one host, used by one thread only.

    No script is ever run twice: when an answer is lost, a session raises `Disconnected` and leaves
    it to the engine to read the host again.
    """

    telemetry: Telemetry
    keeps_functions: bool
    """True if functions that one script defines are available to the next script."""

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """Run a script and yield each line of its output as it arrives.

        Each output object is a text; a text of several lines is yielded as several lines, split at
        line feeds alone. The output of a script is read to its end before the next script is run.

        Raises `TimedOut` after `seconds` or when cancelled (the pipeline is stopped first),
        `Disconnected` when the rest of the output cannot be known, `ScriptError` when PowerShell
        ended the script with an error, and other `TransportError`s. Lines yielded before an error
        are complete and correct.
        """
        ...

    def close(self) -> None:
        """End the session, also on the host; never raises, and takes at most ten seconds."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


Connect = Callable[[Host, threading.Event], Session]
"""Logs on to a host and opens a session. The event cancels it, as a second Ctrl-C does.

Raises `TransportError`, `SecretError`.
"""
