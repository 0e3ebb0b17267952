"""A runspace pool in a real PowerShell: PSRP passes through, both ways."""

from __future__ import annotations

import asyncio
import logging
import re
import struct
from collections.abc import Callable
from contextlib import suppress

from aovpn_remediate.lab.powershell.pool import ProcessPool
from aovpn_remediate.lab.powershell.process import POOL
from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.hosts import Host
from aovpn_remediate.lab.wire.psrp import decoded
from aovpn_remediate.lab.wire.recorded import fragments
from aovpn_remediate.lab.wire.shells import Opening, Output, Shell

_log = logging.getLogger(__name__)

_HEAD = 21
"""Bytes before the data of a fragment: object id, fragment id, flags, length (MS-PSRP 2.2.4)."""
_FIRST, _LAST = 1, 2
_PIPELINE_STATE = 0x00041006
_ENDED = re.compile(rb'N="PipelineState">[345]<')
"""Stopped, completed, failed (MS-PSRP 2.2.3.5)."""


class SessionShell(Shell):
    """A runspace pool: fragments go to the process and come back unread.

    One thing is read: the message that says that a pipeline has ended, because WSMan then says so.
    """

    input_streams = "stdin pr"
    output_streams = "stdout"
    signal_frees_command = True

    def __init__(self, opening: Opening, host: Host, creation_xml: str, pool: ProcessPool) -> None:
        super().__init__(opening)
        self._host = host
        self._seconds = pool.seconds
        self._loop = asyncio.get_running_loop()
        self._open: set[str] = set()
        self._states: dict[tuple[str, int], bytearray] = {}
        self.outputs[""] = Output()
        creation = decoded(creation_xml)
        try:
            self._process = pool.take()
        except OSError as error:
            raise refusals.process_ended(f"it cannot be started: {error.strerror}") from error
        self._process.attach(self._on_loop(self._receive), self._on_loop(self._died))
        self._process.send("Data", POOL, creation)
        self.spawn(self._end_at_deadline())

    def _on_loop(self, act: Callable[..., None]) -> Callable[..., None]:
        def later(*arguments: object) -> None:
            with suppress(RuntimeError):  # the loop of the lab has ended meanwhile
                self._loop.call_soon_threadsafe(act, *arguments)

        return later

    async def _end_at_deadline(self) -> None:
        await asyncio.sleep(self._seconds)
        self._process.kill()
        self._died(f"it was still open after {self._seconds:g} s and was killed")

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
        _log.warning("the PowerShell of %s: %s", self._host.address, why)
        for output in self.outputs.values():
            if not output.done:
                output.abort(refusals.process_ended(why))

    def start(self, command_id: str, command: str, arguments: list[str]) -> None:
        """Start a pipeline: its first fragments are the arguments, in base64."""
        del command  # empty in PSRP
        data = decoded("".join(arguments))
        self.outputs[command_id] = Output()
        self._open.add(command_id)
        self._process.send("Command", command_id)
        self._process.send("Data", command_id, data)

    def send(self, command_id: str, data: bytes, *, stream: str, end: bool) -> None:
        """Take more fragments, or the answer to a prompt (stream `pr`)."""
        del end  # each fragment says itself where it belongs
        name = "PromptResponse" if stream == "pr" else "Default"
        self._process.send("Data", command_id or POOL, data, stream=name)

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
