"""Planned faults: misbehaviour of the lab at chosen requests, for tests of clients."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, get_args

from aovpn_remediate.lab.wire import refusals

Kind = Literal[
    "refuse",
    "reset",
    "reset_after",
    "close",
    "hang",
    "503",
    "garbage",
    "wrong_relates_to",
    "truncated_fragment",
    "duplicated_fragment",
    "slow",
    "fault",
]
Action = Literal["*", "Create", "Command", "Receive", "Send", "Signal", "Delete"]

CONNECT = "connect"
_OUTPUT_FAULTS = ("truncated_fragment", "duplicated_fragment")
_STREAM = re.compile(r"(<rsp:Stream [^>]*>)([^<]+)(</rsp:Stream>)")


@dataclass
class Fault:
    """One fault, at the `nth` matching request of a host since the fault was set.

    - refuse: a new connection is reset; `action` is ignored, `nth` counts connections
    - reset, close, hang: the request is not carried out and gets no answer
    - 503, garbage: not carried out; answered as if by a device between client and host
    - fault: not carried out; answered with a WSManFault with `code`
    - reset_after: carried out, but the answer is lost
    - wrong_relates_to: carried out; the answer names another request
    - truncated_fragment, duplicated_fragment: a Receive whose output is corrupted
    - slow: carried out; the answer is sent in pieces over `seconds`

    With host `*` requests are counted for each host on its own, and the fault occurs on each.
    """

    kind: Kind
    action: Action = "*"
    host: str = "*"
    nth: int = 1
    code: int = refusals.SHELL_QUOTA
    seconds: float = 0.3
    seen: Counter[str] = field(default_factory=Counter, repr=False, compare=False)
    """The matching requests so far, by host."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(
                f"unknown fault {self.kind!r}; use one of: {', '.join(get_args(Kind))}"
            )
        if self.action not in get_args(Action):
            raise ValueError(
                f"unknown action {self.action!r}; use one of: {', '.join(get_args(Action))}"
            )
        if self.kind in _OUTPUT_FAULTS and self.action not in ("*", "Receive"):
            raise ValueError(
                f"{self.kind} applies only to the action Receive, which carries output"
            )
        if self.nth < 1:
            raise ValueError("nth must be at least 1")
        if self.code not in refusals.PLANNED:
            codes = ", ".join(map(str, refusals.PLANNED))
            raise ValueError(f"unknown fault code {self.code}; use one of: {codes}")

    def strikes(self, host: str, action: str) -> bool:
        """Count a request (or connection); return True if the fault occurs at this one."""
        if self.host not in ("*", host) or not self._matches(action):
            return False
        self.seen[host] += 1
        return self.seen[host] == self.nth

    def _matches(self, action: str) -> bool:
        if self.kind == "refuse":
            return action == CONNECT
        if self.kind in _OUTPUT_FAULTS:
            return action == "Receive"
        return action != CONNECT and self.action in ("*", action)


class FaultPlan:
    """The faults that are set; where several occur at one request, the first one set wins."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        """Set faults, which count requests from now on."""
        self._faults.extend(faults)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults))

    def strike(self, host: str, action: str) -> Fault | None:
        """Count this request in all faults; return the fault that occurs at it, if any."""
        struck = [fault for fault in self._faults if fault.strikes(host, action)]
        return struck[0] if struck else None


def corrupt(body: str, kind: str) -> str:
    """Truncate or duplicate the first piece of output in the answer to a Receive."""
    if kind == "duplicated_fragment":
        return _STREAM.sub(lambda found: found.group() * 2, body, count=1)
    return _STREAM.sub(_truncate, body, count=1)


def _truncate(found: re.Match[str]) -> str:
    whole = base64.b64decode(found.group(2))
    return found.group(1) + base64.b64encode(whole[:-8]).decode() + found.group(3)
