"""What outlives one pipeline of a session, and what one pipeline knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aovpn_remediate.lab.windows.host import Host
from aovpn_remediate.lab.windows.kinds.base import Answer
from aovpn_remediate.lab.windows.registry import fold
from aovpn_remediate.lab.windows.script import Call, line_of
from aovpn_remediate.lab.windows.thrown import Thrown


class Runspace:
    """What a session keeps: functions that were defined, and `$script:AovpnStopped`.

    All of it stands in the session's mapping and is replaced, never changed: a pipeline with a
    scope of its own gets a copy of that mapping.
    """

    def __init__(self, session: dict[str, Any], boot: datetime) -> None:
        self._session = session
        self.boot: datetime = session.setdefault("boot", boot)
        """A runspace does not outlive the boot that it is of."""

    def define(self, function: str) -> None:
        """Keep a function."""
        self._session["functions"] = self._functions | {fold(function)}

    def knows(self, function: str) -> bool:
        """Whether the function was defined."""
        return fold(function) in self._functions

    @property
    def stopped(self) -> bool:
        """Whether a set failed: the later ones are skipped until the prologue runs again."""
        return bool(self._session.get("stopped"))

    @stopped.setter
    def stopped(self, stopped: bool) -> None:
        self._session["stopped"] = stopped

    @property
    def _functions(self) -> frozenset[str]:
        known: frozenset[str] = self._session.get("functions", frozenset())
        return known


@dataclass
class Pipeline:
    """A pipeline under way: its text, the call that runs, and how many sets were done."""

    host: Host
    runspace: Runspace
    text: str
    log: list[SetRecord]
    call: Call = field(default_factory=lambda: Call("", {}, 0))
    sets: int = 0
    is_remote: bool = True
    """Whether a connection is needed for it, which may be lost."""

    def require(self, function: str) -> None:
        """Raises `Thrown` for a function that was not defined in this runspace."""
        if not self.runspace.knows(function):
            raise Thrown(
                f"The term '{function}' is not recognized as the name of a cmdlet, function, "
                "script file, or operable program. Check the spelling of the name, or if a path "
                "was included, verify that the path is correct and try again.",
                "CommandNotFoundException",
            )

    def error(self, thrown: Thrown) -> dict[str, str]:
        """What a record says of it; the position is that of the call."""
        line = line_of(self.text, self.call.at)
        said = self.text[self.call.at :].partition("\n")[0][:80]
        at = f"At line:{line} char:1\n+ {said}\n+ {'~' * len(said)}"
        return {"id": thrown.error_id, "message": thrown.message, "at": at}


@dataclass(frozen=True)
class SetRecord:
    """A Set that ran: what a step was before and after it, as Get answers; time of the lab."""

    time: datetime
    address: str
    step: str
    kind: str
    before: Answer
    after: Answer
