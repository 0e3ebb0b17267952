"""The seam of the lab: what the wire asks of the Windows hosts that are simulated behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Output:
    """One object that a pipeline writes: a text. The server waits `pause` seconds before it."""

    text: str
    pause: float = 0.0


class ScriptFailure(Exception):  # noqa: N818 - what PowerShell calls it is not an error of ours
    """A terminating error: the pipeline ends Failed with this message and error id."""

    def __init__(self, message: str, error_id: str) -> None:
        super().__init__(message)
        self.message = message
        self.error_id = error_id


class HostGone(Exception):  # noqa: N818 - an event, not an error
    """The host goes down now: its connections are reset, and refused until it is up again."""


class Engine(Protocol):
    """The hosts behind the wire. Called from the lab's one event loop, never from two threads."""

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        """Run one pipeline's text on the host with this local address.

        `session` lives as long as the runspace. Output items are yielded as they come. Raises
        `ScriptFailure` for a terminating error, `HostGone` when the host goes down.
        """
        ...

    def up(self, host: str) -> bool:
        """Whether the host answers; connections to one that is down are reset at once."""
        ...

    def may_log_on(self, host: str, user: str) -> bool:
        """Whether this user may log on there; otherwise the logon is answered 401."""
        ...
