"""The fault plan: which request on which host goes wrong, and how."""

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
_OF_OUTPUT = ("truncated_fragment", "duplicated_fragment")
_STREAM = re.compile(r"(<rsp:Stream [^>]*>)([^<]+)(</rsp:Stream>)")


@dataclass
class Fault:
    """One misbehaviour, at the `nth` such request on a host since the fault was set.

    - refuse: a new connection is reset; `action` is left out, `nth` counts connections
    - reset, close, hang: the request is not carried out; no answer comes
    - 503, garbage: not carried out; something between client and host answers
    - fault: not carried out; a WSManFault with `code`
    - reset_after: carried out, the answer is lost
    - wrong_relates_to: carried out; the answer is to some other request
    - truncated_fragment, duplicated_fragment: a Receive whose output is spoiled
    - slow: carried out; the answer drips over `seconds`

    With host `*` each host has its own count, and its own misfortune.
    """

    kind: Kind
    action: Action = "*"
    host: str = "*"
    nth: int = 1
    code: int = refusals.SHELL_QUOTA
    seconds: float = 0.3
    seen: Counter[str] = field(default_factory=Counter, repr=False, compare=False)
    """Such requests so far, by host."""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            raise ValueError(f"no fault {self.kind!r}; there are {', '.join(get_args(Kind))}")
        if self.action not in get_args(Action):
            raise ValueError(f"no action {self.action!r}; there are {', '.join(get_args(Action))}")
        if self.kind in _OF_OUTPUT and self.action not in ("*", "Receive"):
            raise ValueError(f"{self.kind} needs output: only a Receive has that")
        if self.nth < 1:
            raise ValueError("nth counts from 1")
        if self.code not in refusals.PLANNED:
            codes = ", ".join(map(str, refusals.PLANNED))
            raise ValueError(f"no fault code {self.code}; there are {codes}")

    def strikes(self, host: str, action: str) -> bool:
        """Count a request (or connection) and say whether this is the one."""
        if self.host not in ("*", host) or not self._concerns(action):
            return False
        self.seen[host] += 1
        return self.seen[host] == self.nth

    def _concerns(self, action: str) -> bool:
        if self.kind == "refuse":
            return action == CONNECT
        if self.kind in _OF_OUTPUT:
            return action == "Receive"
        return action != CONNECT and self.action in ("*", action)


class FaultPlan:
    """The faults that are set; each request meets the first that strikes it."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, *faults: Fault) -> None:
        """Set faults; they count requests from now on."""
        self._faults.extend(faults)

    def clear(self) -> None:
        """Let everything go well from now on."""
        self._faults.clear()

    def __iter__(self) -> Iterator[Fault]:
        return iter(tuple(self._faults))

    def strike(self, host: str, action: str) -> Fault | None:
        """The fault that meets this request, if any; all of them count it."""
        struck = [fault for fault in self._faults if fault.strikes(host, action)]
        return struck[0] if struck else None


def spoil(body: str, kind: str) -> str:
    """A Receive's answer with its first piece of output cut short, or sent twice."""
    if kind == "duplicated_fragment":
        return _STREAM.sub(lambda found: found.group() * 2, body, count=1)
    return _STREAM.sub(_cut, body, count=1)


def _cut(found: re.Match[str]) -> str:
    whole = base64.b64decode(found.group(2))
    return found.group(1) + base64.b64encode(whole[:-8]).decode() + found.group(3)
