"""A runspace pool in a real PowerShell: PSRP passes through, both ways."""

from __future__ import annotations

import re
import struct

from aovpn_remediate.lab.powershell.pool import ProcessPool
from aovpn_remediate.lab.powershell.process import POOL
from aovpn_remediate.lab.powershell.shell import StartedShell
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.psrp import decoded
from aovpn_remediate.lab.wire.recorded import fragments
from aovpn_remediate.lab.wire.shells import Opening, Output

_HEAD = 21
"""Bytes before the data of a fragment: object id, fragment id, flags, length (MS-PSRP 2.2.4)."""
_FIRST, _LAST = 1, 2
_PIPELINE_STATE = 0x00041006
_ENDED = re.compile(rb'N="PipelineState">[345]<')
"""Stopped, completed, failed (MS-PSRP 2.2.3.5)."""


class SessionShell(StartedShell):
    """A runspace pool: fragments go to the process and come back unread.

    One thing is read: the message that says that a pipeline has ended, because WSMan then says so.
    """

    input_streams = "stdin pr"
    output_streams = "stdout"
    signal_frees_command = True

    def __init__(self, opening: Opening, host: Host, creation_xml: str, pool: ProcessPool) -> None:
        super().__init__(opening, host, pool)
        self._end: refusals.Refusal | None = None
        self._open: set[str] = set()
        self._states: dict[tuple[str, int], bytearray] = {}
        self.outputs[""] = Output()
        creation = decoded(creation_xml)
        try:
            self._process = pool.take()
        except OSError as error:
            raise refusals.process_ended(f"it cannot be started: {error.strerror}") from error
        self._process.attach(self.on_loop(self._receive), self.on_loop(self._died))
        self._process.send("Data", POOL, creation)
        self.end_at_deadline(self._process, self._fail)

    def _receive(self, guid: str, data: bytes) -> None:
        command_id = "" if guid == POOL else guid.upper()
        output = self.outputs.get(command_id)
        if output is None:
            return
        for fragment in fragments(data):
            output.put("stdout", fragment)
            if self._ends(guid, fragment):
                output.finish()

    def _ends(self, guid: str, fragment: bytes) -> bool:
        """True for the last fragment of the message that ends a pipeline."""
        (object_id,), flags, data = (
            struct.unpack_from(">Q", fragment),
            fragment[16],
            fragment[_HEAD:],
        )
        key = (guid, object_id)
        if flags & _FIRST and struct.unpack_from("<I", data, 4)[0] == _PIPELINE_STATE:
            self._states[key] = bytearray()
        if key not in self._states:
            return False
        self._states[key] += data
        return bool(flags & _LAST and _ENDED.search(self._states.pop(key)))

    def _died(self, why: str) -> None:
        self.warn(why)
        self._fail(why)

    def _fail(self, why: str) -> None:
        """Answer whoever waits for output, and everybody from now on, that the process is gone."""
        self._end = refusals.process_ended(why)
        for output in self.outputs.values():
            if not output.done:
                output.abort(self._end)

    def _send(self, name: str, command_id: str, data: bytes = b"", stream: str = "Default") -> None:
        if self._end:
            raise self._end
        self._process.send(name, command_id or POOL, data, stream=stream)

    def start(self, command_id: str, command: str, arguments: list[str]) -> None:
        """Start a pipeline: its first fragments are the arguments, in base64."""
        del command  # empty in PSRP
        data = decoded("".join(arguments))
        self._send("Command", command_id)
        self._send("Data", command_id, data)
        self.outputs[command_id] = Output()
        self._open.add(command_id)

    def send(self, command_id: str, data: bytes, *, stream: str, end: bool) -> None:
        """Take more fragments, or the answer to a prompt (stream `pr`)."""
        del end  # each fragment says itself where it belongs
        name = "PromptResponse" if stream == "pr" else "Default"
        self._send("Data", command_id, data, name)

    def signal(self, command_id: str, code: str) -> None:
        """Stop a pipeline (ctrl_c), or let go of it (terminate)."""
        output = self.output(command_id)
        if code.lower().endswith("/terminate"):
            self._close_pipeline(command_id)
            del self.outputs[command_id]
        else:
            self._process.send("Signal", command_id)
            output.finish()

    def _close_pipeline(self, command_id: str) -> None:
        if command_id in self._open:
            self._open.discard(command_id)
            self._process.send("Close", command_id)

    def close(self) -> None:
        """End the session and its process."""
        self._process.end(sorted(self._open))
        super().close()
