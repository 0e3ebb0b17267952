"""One powershell.exe in a command shell: fed with a script, read until it has ended."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import requests
from winrm.exceptions import WinRMOperationTimeoutError

from aovpn_remediate.transports.bootstrap import (
    ARGUMENTS,
    Lines,
    encoded_command,
    standard_input,
)
from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.outcome import Nonsense, when_free
from aovpn_remediate.transports.winrm.http import SHELL, Connection

T = TypeVar("T")

_PIECE = 98304
"""Bytes of standard input that fit into the smallest envelope as base64."""
_SHORTEST_WAIT = 0.1

_RSP = f"{{{SHELL}}}"
_RECEIVED = f"{{http://www.w3.org/2003/05/soap-envelope}}Body/{_RSP}ReceiveResponse"


class Command:
    """One script on the host."""

    def __init__(self, connection: Connection, shell: str, watch: Watch, limits: Limits) -> None:
        self._connection = connection
        self._shell = shell
        self._watch = watch
        self._limits = limits
        self._id = ""
        self._lines = Lines()
        self.may_run = False
        """Whether it runs or has run, as far as can be known."""
        self.exit_code: int | None = None
        """None until it has ended."""
        self.stderr = b""

    def begin(self, script: str) -> None:
        """Start a PowerShell and feed it the script; it runs once all of it is there."""
        self._connection.seconds = self._limits.operation + self._limits.grace
        self._id = when_free(lambda: strictly(self._start), self._watch, self._limits)
        stdin = standard_input(script)
        for at in range(0, len(stdin), _PIECE):
            self.may_run = last = at + _PIECE >= len(stdin)
            piece = stdin[at : at + _PIECE]
            self._connection.send_command_input(self._shell, self._id, piece, end=last)

    def _start(self) -> str:
        return self._connection.run_command(
            self._shell,
            "powershell.exe",
            (*ARGUMENTS, encoded_command()),
            console_mode_stdin=False,
        )

    def lines(self) -> Iterator[str]:
        """What it has written since; nothing when it was quiet for a while."""
        wait = round(max(min(self._limits.poll, self._watch.left), _SHORTEST_WAIT), 3)
        self._connection.seconds = wait + self._limits.grace
        stream = {"@CommandId": self._id, "#text": "stdout stderr"}
        try:
            answer = self._ask("Receive", {"rsp:DesiredStream": stream}, wait)
        except WinRMOperationTimeoutError:
            return
        stdout = strictly(lambda: self._take(answer))
        yield from self._lines.add(stdout)
        if self.exit_code == 0:
            self._lines.end()

    def stop(self) -> None:
        """Tell it to stop, as Ctrl-C would; what it still writes is to be read."""
        self._connection.seconds = self._limits.stop
        signal = {"@CommandId": self._id, "rsp:Code": f"{SHELL}/signal/ctrl_c"}
        self._ask("Signal", signal, self._limits.stop)

    def _ask(self, action: str, body: dict[str, Any], wait: float) -> ET.Element:
        header = self._connection.build_wsman_header(
            f"{SHELL}/{action}", f"{SHELL}/cmd", self._shell
        )
        header["env:Header"]["w:OperationTimeout"] = f"PT{wait}S"
        return self._connection.ask(header, {f"rsp:{action}": body})

    def _take(self, answer: ET.Element) -> bytes:
        """Standard output in an answer; its standard error and exit code are kept."""
        stdout = before = b""
        for stream in answer.iterfind(f"{_RECEIVED}/{_RSP}Stream"):
            data = base64.b64decode(stream.text or "", validate=True)
            if data == before and data.endswith(b"\n"):
                # No two records are alike, and nothing else would tell.
                raise Nonsense("the same output came twice")
            before = data
            if stream.attrib["Name"] == "stdout":
                stdout += data
            else:
                self.stderr += data
        state = answer.find(f"{_RECEIVED}/{_RSP}CommandState")
        if state is not None and state.attrib["State"].endswith("/Done"):
            self.exit_code = int(state.findtext(f"{_RSP}ExitCode") or -1)
        return stdout


def strictly(call: Callable[[], T]) -> T:
    """What a call gives that reads an answer; `Nonsense` when something is missing in it."""
    try:
        return call()
    except requests.RequestException:
        raise
    except (AssertionError, KeyError, StopIteration, ValueError) as error:
        raise Nonsense(f"something is missing in it: {error!r}") from error
