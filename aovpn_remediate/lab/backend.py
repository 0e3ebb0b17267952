"""The interface between the wire of the lab and the simulated Windows hosts behind it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Output:
    """One text that a pipeline writes. The server waits `pause` seconds before sending it."""

    text: str
    pause: float = 0.0


class ScriptFailure(Exception):  # noqa: N818 - an error of the simulated script, not of the lab
    """A terminating error: the pipeline ends as Failed with this message and error id."""

    def __init__(self, message: str, error_id: str) -> None:
        super().__init__(message)
        self.message = message
        self.error_id = error_id


class HostGone(Exception):  # noqa: N818 - an event, not an error
    """The host goes down: its connections are reset, and new ones refused until it is up again."""


class Engine(Protocol):
    """The hosts behind the wire; called only from the thread of the lab's event loop."""

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        """Run the script of one pipeline on the host with this local address.

        `session` lives as long as the runspace. Outputs are yielded as the script writes them.
        Raises `ScriptFailure` for a terminating error, `HostGone` when the host goes down.
        """
        ...

    def up(self, host: str) -> bool:
        """Return True if the host answers; connections to a host that is down are reset at once."""
        ...

    def may_log_on(self, host: str, user: str) -> bool:
        """Return True if this user may log on to the host; otherwise the logon gets a 401."""
        ...
