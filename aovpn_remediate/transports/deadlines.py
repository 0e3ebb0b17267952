"""How long a session waits, how often it tries, and the watch that it keeps on both."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import Self

from aovpn_remediate.inventory.model import Connection


@dataclass(frozen=True)
class Limits:
    """How long a session waits and how often it tries again; all seconds but `retries`."""

    connect: float = 10.0
    """For a TCP connection."""
    operation: float = 20.0
    """What a host may take over one request before it answers that it needs longer."""
    poll: float = 5.0
    """The same for a request for output: so often it is looked whether time is up."""
    grace: float = 10.0
    """What the network may take on top of it."""
    opening: float = 60.0
    """For opening a session: logging on, starting PowerShell."""
    stop: float = 5.0
    """For a script to end after it was told to."""
    close: float = 10.0
    """For ending a session."""
    idle: float = 90.0
    """A connection so long unused is not used again: WinRM drops it at 120."""
    retries: int = 3
    """How often output is asked for again after the connection was lost."""
    backoff: float = 0.2
    """The pause before the first of these; each next one is twice as long."""
    quota: float = 10.0
    """The pause before what was refused for a quota is asked for once more."""

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """The limits that the inventory sets for a host."""
        return cls(
            connect=connection.connect_timeout,
            operation=connection.operation_timeout,
            poll=min(cls.poll, connection.operation_timeout),
        )


class Watch:
    """The time that is left for what a session does now, and whether it was asked to end."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._heed = True
        self._end = math.inf

    def start(self, seconds: float, *, heed_cancel: bool = True) -> None:
        """Give it so many seconds from now on."""
        self._end = time.monotonic() + seconds
        self._heed = heed_cancel

    @property
    def left(self) -> float:
        """Seconds, never below zero."""
        return max(self._end - time.monotonic(), 0.0)

    @property
    def cancelled(self) -> bool:
        """Whether it was asked to end and has to heed that."""
        return self._heed and self._cancel.is_set()

    @property
    def over(self) -> bool:
        """Whether time is up, or it was asked to end."""
        return self.cancelled or self.left <= 0

    def pause(self, seconds: float) -> bool:
        """Wait so long; False when time was up, or it was asked to end, before."""
        if seconds >= self.left:
            return False
        if self._heed:
            return not self._cancel.wait(seconds)
        time.sleep(seconds)
        return True
