"""The only door to Windows: a session that runs scripts and hands over what they write."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Protocol, Self

from aovpn_remediate.inventory.model import Host


@dataclass
class Telemetry:
    """What a session cost so far. Seconds are wall-clock; bytes are of HTTP bodies."""

    requests: int = 0
    bytes_up: int = 0
    bytes_down: int = 0
    connect_seconds: float = 0.0
    open_seconds: float = 0.0
    run_seconds: float = 0.0
    close_seconds: float = 0.0


class Session(Protocol):
    """A logged-on session with one host. It belongs to one thread.

    Nothing is ever run twice: when an answer is lost, a session says `Disconnected` and leaves it
    to the engine to read again.
    """

    telemetry: Telemetry
    keeps_functions: bool
    """Whether functions that one script defined are there for the next one."""

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """Run a script and hand over each line that it writes, as it comes.

        An object that is written is a text, and a text of several lines is several lines: it is
        split at line feeds alone. One script is read to its end before the next one is run.

        Raises `TimedOut` after `seconds` or when cancelled (the pipeline is stopped first),
        `Disconnected` when it cannot be known what else was written, `ScriptError` when PowerShell
        ended the script, other `TransportError`s as they are. Lines handed over before are true.
        """
        ...

    def close(self) -> None:
        """End the session on the host as well; never raises, bounded to ten seconds."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


Connect = Callable[[Host, threading.Event], Session]
"""Logs on to a host and opens a session. The event asks it to end soon: second Ctrl-C.

Raises `TransportError`, `SecretError`.
"""
