"""The timeouts and retry settings of a session, and the deadline of its current operation."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import Self

from aovpn_remediate.inventory.model import Connection


@dataclass(frozen=True)
class Timeouts:
    """The timeouts and retry settings of a session, in seconds (but `retries`)."""

    connect: float = 10.0
    """The longest wait for a TCP connection."""
    operation: float = 20.0
    """The time after which a host answers a request, if only that it needs longer."""
    poll: float = 5.0
    """The same for a request for output, and so the interval at which deadlines are checked."""
    grace: float = 10.0
    """The time allowed for the network on top of `operation` or `poll`."""
    opening: float = 60.0
    """The longest wait for a session to open: logon and start of PowerShell."""
    stop: float = 5.0
    """The longest wait for a script to end after it was asked to stop."""
    close: float = 10.0
    """The longest wait for a session to end."""
    idle: float = 90.0
    """The age at which an unused connection is replaced: WinRM closes it after 120."""
    retries: int = 3
    """The number of times that a request for output is repeated after a lost connection."""
    backoff: float = 0.2
    """The pause before the first retry; each further pause is twice as long."""
    quota_pause: float = 10.0
    """The pause before a request that was refused for a quota is repeated once."""

    @classmethod
    def of(cls, connection: Connection) -> Self:
        """Return the timeouts that the inventory sets for a host."""
        return cls(
            connect=connection.connect_timeout,
            operation=connection.operation_timeout,
            poll=min(cls.poll, connection.operation_timeout),
        )


class Deadline:
    """The deadline of the current operation of a session, and its cancellation."""

    def __init__(self, cancel: threading.Event) -> None:
        self._cancel = cancel
        self._heeds_cancel = True
        self._end = math.inf

    def start(self, seconds: float, *, heed_cancel: bool = True) -> None:
        """Set the deadline to so many seconds from now."""
        self._end = time.monotonic() + seconds
        self._heeds_cancel = heed_cancel

    @property
    def remaining(self) -> float:
        """Seconds until the deadline, never below zero."""
        return max(self._end - time.monotonic(), 0.0)

    @property
    def cancelled(self) -> bool:
        """True if cancelled, unless the current operation ignores that."""
        return self._heeds_cancel and self._cancel.is_set()

    @property
    def reached(self) -> bool:
        """True if time is up, or the operation was cancelled."""
        return self.cancelled or self.remaining <= 0

    def pause(self, seconds: float) -> bool:
        """Wait; False if the deadline or a cancellation comes first."""
        if seconds >= self.remaining:
            return False
        if self._heeds_cancel:
            return not self._cancel.wait(seconds)
        time.sleep(seconds)
        return True
