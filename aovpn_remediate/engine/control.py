"""Controls of a plan or a run for its caller: stop, progress, prompts, permission and approval."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aovpn_remediate.errors import SecretError
from aovpn_remediate.resources.restart import Restart


@dataclass
class Stop:
    """A request to stop, as by Ctrl-C: once to begin nothing new, twice to end now."""

    begin_no_more: threading.Event = field(default_factory=threading.Event)
    end_now: threading.Event = field(default_factory=threading.Event)

    def request(self) -> None:
        """Ask to begin nothing new, or to end now where that was asked before."""
        if self.begin_no_more.is_set():
            self.end_now.set()
        self.begin_no_more.set()


Ask = Callable[[str], str]
"""A prompt for a secret; it gets the text to show."""


def _ignore(host: str, what: str) -> None:
    del host, what


def _no_prompt(text: str) -> str:
    raise SecretError(f"{text}not interactive: use env, file or keyring")


@dataclass
class Control:
    """The controls of a plan or a run that is under way."""

    stop: Stop = field(default_factory=Stop)
    watch: Watch = _ignore
    ask: Ask = _no_prompt


Watch = Callable[[str, str], None]
"""An observer of progress; it gets the host and what is being done there."""


Permit = Callable[[Mapping[str, Restart]], Restart]
"""A decision, made once from what each host needs: reboots or not, service restarts or not."""


GoOn = Callable[[tuple[str, ...]], bool]
"""An approval of the other hosts, asked for once the canaries, which it gets, are healthy."""


def no_approval(canaries: tuple[str, ...]) -> bool:
    """Refuse, so that the run stops after its canaries and can be resumed."""
    del canaries
    return False


Clock = Callable[[], datetime]
"""A clock that gives the time with its zone."""
