"""Shells of a host: their commands, and output that waits for a Receive."""

from __future__ import annotations

import abc
import asyncio
import time
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.soap import SHELL

_ELEMENT_BYTES = 90
"""Size of the XML around a piece of output, which counts against the same budget."""


class Gone(Exception):  # noqa: N818 - an event
    """The connection of the client is lost, so no answer is needed."""


class Output:
    """Output of a shell or a command that no Receive has fetched yet."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[str, bytes]] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._refusal: refusals.Refusal | None = None
        self.done = False
        self.exit_code = 0
        self.answered: tuple[str, str] = ("", "")
        """Message id and answer of the last Receive, for when the client sends it again."""

    @property
    def empty(self) -> bool:
        """True if all output has been fetched."""
        return not self._pieces

    def put(self, stream: str, data: bytes) -> None:
        """Add a piece of output."""
        self._pieces.append((stream, data))
        self._notify()

    def finish(self, exit_code: int = 0) -> None:
        """Mark the end of the output."""
        self.done, self.exit_code = True, exit_code
        self._notify()

    def abort(self, refusal: refusals.Refusal | None = None) -> None:
        """End it without an end: whoever waits for more is told why."""
        self._refusal = refusal or refusals.aborted()
        self._notify()

    def _notify(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def wait(self, seconds: float, gone: asyncio.Future[None]) -> None:
        """Wait until there is output to fetch, or its end.

        Raises `Refusal` (timed out, aborted), or `Gone` if the connection is lost.
        """
        if not (self._pieces or self.done or self._refusal):
            self._notify()  # An earlier waiting Receive gives way to this one.
            wake = self._wake = asyncio.get_running_loop().create_future()
            await asyncio.wait((wake, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            if gone.done():
                raise Gone
            if self._wake is not wake:
                raise refusals.aborted()
        if self._refusal and not self._pieces:
            raise self._refusal
        if not (self._pieces or self.done):
            raise refusals.timed_out()

    def take(self, budget: int) -> list[tuple[str, bytes]]:
        """Remove and return the pieces that fit into this many bytes, but at least one."""
        taken: list[tuple[str, bytes]] = []
        while self._pieces and (not taken or len(self._pieces[0][1]) <= budget):
            taken.append(self._pieces.popleft())
            budget -= len(taken[-1][1]) + _ELEMENT_BYTES
        return taken


@dataclass(frozen=True)
class Opening:
    """The parameters of a Create. `idle_seconds` is the IdleTimeOut that the client asked for."""

    shell_id: str
    uri: str
    user: str
    peer: str
    idle_seconds: float


class Shell(abc.ABC):
    """An open shell; `outputs` maps command ids to outputs, with the shell's own under ''."""

    input_streams = "stdin"
    output_streams = "stdout stderr"
    ends_streams = False
    """True if the last Receive of a command says of each output stream that it has ended."""
    signal_frees_command = False
    """True if a command stops counting against the quota once it is signalled."""

    def __init__(self, opening: Opening) -> None:
        self.id = opening.shell_id
        self.user = opening.user
        self.outputs: dict[str, Output] = {}
        self.counted: set[str] = set()
        """Ids of commands that count against the quota."""
        self.unclaimed: set[str] = set()
        """Ids of commands whose output no client has asked for."""
        self._opening = opening
        self._opened = time.monotonic()
        self._tasks: set[asyncio.Task[None]] = set()

    @abc.abstractmethod
    def start(self, command_id: str, command: str, arguments: list[str]) -> None:
        """Start a command."""

    @abc.abstractmethod
    def send(self, command_id: str, data: bytes, *, stream: str, end: bool) -> None:
        """Take input of a stream (stdin, pr) for a command, or for the shell."""

    @abc.abstractmethod
    def signal(self, command_id: str, code: str) -> None:
        """Stop a command, or release it."""

    def fetched(self, command_id: str) -> None:  # noqa: B027 - optional for shells
        """Note that a Receive has been answered."""

    def output(self, command_id: str) -> Output:
        """Return the output of a command, or of the shell. Raises `Refusal` if there is none."""
        found = self.outputs.get(command_id)
        if found is None:
            raise refusals.no_command()
        return found

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Start a task that ends with the shell."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def close(self) -> None:
        """End all tasks and outputs of the shell."""
        for task in tuple(self._tasks):
            # The task that takes a host down closes its own shell here.
            if task is not asyncio.current_task():
                task.cancel()
        for output in self.outputs.values():
            output.abort()

    def describe(self) -> str:
        """Return the rsp:Shell element."""
        opening, age = self._opening, int(time.monotonic() - self._opened)
        clock = f"P0DT0H{age // 60}M{age % 60}S"
        return (
            f'<rsp:Shell xmlns:rsp="{SHELL}"><rsp:ShellId>{self.id}</rsp:ShellId>'
            f"<rsp:ResourceUri>{escape(opening.uri)}</rsp:ResourceUri>"
            f"<rsp:Owner>{escape(self.user)}</rsp:Owner><rsp:ClientIP>{opening.peer}</rsp:ClientIP>"
            f"<rsp:IdleTimeOut>PT{opening.idle_seconds:.3f}S</rsp:IdleTimeOut>"
            f"<rsp:InputStreams>{self.input_streams}</rsp:InputStreams>"
            f"<rsp:OutputStreams>{self.output_streams}</rsp:OutputStreams>"
            "<rsp:Locale>en-US</rsp:Locale><rsp:DataLocale>en-US</rsp:DataLocale>"
            "<rsp:ProfileLoaded>Yes</rsp:ProfileLoaded><rsp:Encoding>UTF8</rsp:Encoding>"
            "<rsp:BufferMode>Block</rsp:BufferMode><rsp:State>Connected</rsp:State>"
            f"<rsp:ShellRunTime>{clock}</rsp:ShellRunTime>"
            f"<rsp:ShellInactivity>{clock}</rsp:ShellInactivity></rsp:Shell>"
        )
