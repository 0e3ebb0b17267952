"""An engine for tests of the wire, whose scripts are lines with simple commands."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from aovpn_remediate.lab.backend import HostGone, Output, ScriptFailure


class Parrot:
    """An engine that carries out the lines of a script.

    The commands are `say TEXT`, `big BYTES`, `wait SECONDS TEXT`, `keep TEXT`, `kept`,
    `throw TEXT`, `down` and `bug`; a line that begins with # is ignored.
    """

    def __init__(self) -> None:
        self.ran: list[tuple[str, str]] = []
        self.ended = 0
        self.down: set[str] = set()
        self.barred: set[tuple[str, str]] = set()

    def run(self, host: str, script: str, session: dict[str, Any]) -> Iterator[Output]:
        self.ran.append((host, script))
        try:
            for line in script.split("\n"):
                yield from self._line(host, line, session)
        finally:
            self.ended += 1

    def _line(self, host: str, line: str, session: dict[str, Any]) -> Iterator[Output]:
        verb, _, rest = line.partition(" ")
        match verb:
            case "say":
                yield Output(rest)
            case "big":
                yield Output("x" * int(rest))
            case "wait":
                seconds, _, text = rest.partition(" ")
                yield Output(text, pause=float(seconds))
            case "keep":
                session["kept"] = rest
            case "kept":
                yield Output(session.get("kept", "nothing"))
            case _:
                self._end(host, verb, rest)

    def _end(self, host: str, verb: str, rest: str) -> None:
        if verb == "throw":
            raise ScriptFailure(rest, "Thrown")
        if verb == "down":
            self.down.add(host)
            raise HostGone
        if verb == "bug":
            raise LookupError("a bug of the simulation")

    def up(self, host: str) -> bool:
        return host not in self.down

    def may_log_on(self, host: str, user: str) -> bool:
        return (host, user) not in self.barred


def eventually(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until a condition is true."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("the condition did not become true in time")
        time.sleep(0.005)
