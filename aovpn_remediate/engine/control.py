"""The means by which a caller steers a plan or a run: what stops it, who watches, who is asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from aovpn_remediate.errors import SecretError
from aovpn_remediate.resources.restart import Restart


@dataclass
class Stop:
    """What a person asks for with Ctrl-C: once, begin nothing new; twice, end now."""

    begin_no_more: threading.Event = field(default_factory=threading.Event)
    end_now: threading.Event = field(default_factory=threading.Event)

    def asked(self) -> None:
        """Ctrl-C was pressed."""
        if self.begin_no_more.is_set():
            self.end_now.set()
        self.begin_no_more.set()


Ask = Callable[[str], str]
"""Asks a person for a secret; gets the words to ask with."""


def _nobody_watches(host: str, what: str) -> None:
    del host, what


def _nobody_to_ask(words: str) -> str:
    raise SecretError(f"{words}: there is no terminal to ask on")


@dataclass
class Control:
    """What a caller may steer with while a plan or a run is under way."""

    stop: Stop = field(default_factory=Stop)
    watch: Watch = _nobody_watches
    ask: Ask = _nobody_to_ask


Watch = Callable[[str, str], None]
"""Told the host and what is being done there."""


Permit = Callable[[Mapping[str, Restart]], Restart]
"""Asked once, with what each host needs: a reboot allowed or not, and services (any) or not."""


GoOn = Callable[[tuple[str, ...]], bool]
"""Asked with the canaries, once they are well: whether the other hosts may be begun now."""


def nobody_to_ask(canaries: tuple[str, ...]) -> bool:
    """The run stops after its canaries, to be resumed."""
    del canaries
    return False


Clock = Callable[[], datetime]
"""Gives the time, with its zone."""
