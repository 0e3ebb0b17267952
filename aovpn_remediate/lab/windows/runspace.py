"""State of a runspace, which outlives its pipelines, and state of one pipeline."""

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
    """State of a runspace: the defined functions, and `$script:AovpnStopped`.

    The state is kept in the mapping of the session, whose values are replaced and never changed,
    because a pipeline with a local scope gets a shallow copy of the mapping.
    """

    def __init__(self, session: dict[str, Any], boot: datetime) -> None:
        self._session = session
        self.boot: datetime = session.setdefault("boot", boot)
        """Time of the boot in which the runspace was opened; a reboot ends the runspace."""

    def define(self, function: str) -> None:
        """Remember that a function is defined."""
        self._session["functions"] = self._functions | {fold(function)}

    def knows(self, function: str) -> bool:
        """Return True if the function is defined."""
        return fold(function) in self._functions

    @property
    def stopped(self) -> bool:
        """True if a Set failed; later ones are skipped until the prologue runs again."""
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
    """A running pipeline: its text, the current call, and the number of Sets so far."""

    host: Host
    runspace: Runspace
    text: str
    log: list[SetRecord]
    call: Call = field(default_factory=lambda: Call("", {}, 0))
    sets: int = 0
    is_remote: bool = True
    """True if the pipeline runs over a connection, which may be lost."""

    def require(self, function: str) -> None:
        """Raise `Thrown` if a function is not defined in this runspace."""
        if not self.runspace.knows(function):
            raise Thrown(
                f"The term '{function}' is not recognized as the name of a cmdlet, function, "
                "script file, or operable program. Check the spelling of the name, or if a path "
                "was included, verify that the path is correct and try again.",
                "CommandNotFoundException",
            )

    def error(self, thrown: Thrown) -> dict[str, str]:
        """Return the error of a record, with the position of the call."""
        line = line_of(self.text, self.call.at)
        code = self.text[self.call.at :].partition("\n")[0][:80]
        at = f"At line:{line} char:1\n+ {code}\n+ {'~' * len(code)}"
        return {"id": thrown.error_id, "message": thrown.message, "at": at}


@dataclass(frozen=True)
class SetRecord:
    """A Set that ran: the answers of Get before and after it. `time` is the time of the lab."""

    time: datetime
    address: str
    step: str
    kind: str
    before: Answer
    after: Answer
