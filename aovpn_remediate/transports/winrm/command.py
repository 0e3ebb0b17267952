"""One powershell.exe in a command shell: given a script, and read until it has ended."""

from __future__ import annotations

import base64
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import requests
from winrm.exceptions import WinRMOperationTimeoutError

from aovpn_remediate.transports.bootstrap import (
    ARGUMENTS,
    OutputDecoder,
    encoded_command,
    standard_input,
)
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.outcome import ProtocolError, retry_on_quota
from aovpn_remediate.transports.winrm.http import SHELL, Connection

T = TypeVar("T")

_CHUNK = 98304
"""The bytes of standard input that fit into the smallest envelope as base64."""
_SHORTEST_WAIT = 0.1

_RSP = f"{{{SHELL}}}"
_RECEIVED = f"{{http://www.w3.org/2003/05/soap-envelope}}Body/{_RSP}ReceiveResponse"


class Command:
    """One script on the host."""

    def __init__(
        self, connection: Connection, shell: str, deadline: Deadline, timeouts: Timeouts
    ) -> None:
        self._connection = connection
        self._shell = shell
        self._deadline = deadline
        self._timeouts = timeouts
        self._id = ""
        self._decoder = OutputDecoder()
        self.may_have_run = False
        """True unless the script certainly never started on the host."""
        self.exit_code: int | None = None
        """None until the script has ended."""
        self.stderr = b""

    def start(self, script: str) -> None:
        """Start a PowerShell and send it the script, which runs once it arrived in full."""
        self._connection.seconds = self._timeouts.operation + self._timeouts.grace
        self._id = retry_on_quota(
            lambda: parse_strictly(self._start), self._deadline, self._timeouts
        )
        stdin = standard_input(script)
        for at in range(0, len(stdin), _CHUNK):
            self.may_have_run = last = at + _CHUNK >= len(stdin)
            chunk = stdin[at : at + _CHUNK]
            self._connection.send_command_input(self._shell, self._id, chunk, end=last)

    def _start(self) -> str:
        return self._connection.run_command(
            self._shell,
            "powershell.exe",
            (*ARGUMENTS, encoded_command()),
            console_mode_stdin=False,
        )

    def lines(self) -> Iterator[str]:
        """Yield new output, which may be none."""
        wait = round(max(min(self._timeouts.poll, self._deadline.remaining), _SHORTEST_WAIT), 3)
        self._connection.seconds = wait + self._timeouts.grace
        stream = {"@CommandId": self._id, "#text": "stdout stderr"}
        try:
            answer = self._request("Receive", {"rsp:DesiredStream": stream}, wait)
        except WinRMOperationTimeoutError:
            return
        stdout = parse_strictly(lambda: self._read(answer))
        yield from self._decoder.feed(stdout)
        if self.exit_code == 0:
            self._decoder.finish()

    def stop(self) -> None:
        """Ask the script to stop, as Ctrl-C would; its remaining output is still to be read."""
        self._connection.seconds = self._timeouts.stop
        signal = {"@CommandId": self._id, "rsp:Code": f"{SHELL}/signal/ctrl_c"}
        self._request("Signal", signal, self._timeouts.stop)

    def _request(self, action: str, body: dict[str, Any], wait: float) -> ET.Element:
        header = self._connection.build_wsman_header(
            f"{SHELL}/{action}", f"{SHELL}/cmd", self._shell
        )
        header["env:Header"]["w:OperationTimeout"] = f"PT{wait}S"
        return self._connection.request(header, {f"rsp:{action}": body})

    def _read(self, answer: ET.Element) -> bytes:
        """Return the standard output in an answer; keep its standard error and exit code."""
        stdout = before = b""
        for stream in answer.iterfind(f"{_RECEIVED}/{_RSP}Stream"):
            data = base64.b64decode(stream.text or "", validate=True)
            if data == before and data.endswith(b"\n"):
                # Records are never equal, so a repeated one is the only sign of a replay.
                raise ProtocolError("the same output arrived twice")
            before = data
            if stream.attrib["Name"] == "stdout":
                stdout += data
            else:
                self.stderr += data
        state = answer.find(f"{_RECEIVED}/{_RSP}CommandState")
        if state is not None and state.attrib["State"].endswith("/Done"):
            self.exit_code = int(state.findtext(f"{_RSP}ExitCode") or -1)
        return stdout


def parse_strictly(call: Callable[[], T]) -> T:
    """Call a function that reads an answer; `ProtocolError` if a part of the answer is missing."""
    try:
        return call()
    except requests.RequestException:
        raise
    except (AssertionError, KeyError, StopIteration, ValueError) as error:
        raise ProtocolError(f"a part of it is missing: {error!r}") from error
