"""A PowerShell on the host: a WinRM shell that is opened, read and deleted within deadlines."""

from __future__ import annotations

import base64
import uuid
import xml.etree.ElementTree as ET
from typing import Any

from pypsrp._utils import version_equal_or_newer
from pypsrp.complex_objects import RunspacePoolState
from pypsrp.exceptions import WinRMError, WSManFaultError
from pypsrp.messages import MessageType
from pypsrp.powershell import PROTOCOL_VERSION
from pypsrp.shell import CommandState, WinRS
from pypsrp.wsman import OptionSet, SelectorSet

from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.outcome import (
    OPERATION_TIMED_OUT,
    SHELL_NOT_FOUND,
    ProtocolError,
    fault_code,
)
from aovpn_remediate.transports.psrp.messages import (
    Defragmenter,
    Message,
    fragments,
    open_pool,
    read_number,
    read_protocol,
)
from aovpn_remediate.transports.psrp.wsman import Connection

SMALL_ENVELOPE = 153600
"""The size in bytes that every WinRM accepts for a message."""
LARGE_ENVELOPE = 512000
"""The same since PowerShell 3, unless MaxEnvelopeSizekb was lowered."""

_RESOURCES = "http://schemas.microsoft.com/powershell"
_SHELL_IDLE = 600
"""Seconds after which the host itself ends a session that was abandoned."""
_SHORTEST_WAIT = 0.1


class DeadlineReached(Exception):  # noqa: N818 - control flow, always caught
    """The deadline has passed, or the session was cancelled."""


class Pool:
    """One runspace on the host, in a process of its own there."""

    def __init__(
        self, connection: Connection, endpoint: str, deadline: Deadline, timeouts: Timeouts
    ) -> None:
        self.id = str(uuid.uuid4()).upper()
        """Chosen here, so that the shell can be deleted even if its creation was not confirmed."""
        self.protocol = "2.1"
        """The version of the remoting protocol on the host."""
        self.connection = connection
        self.shell = WinRS(
            connection,
            resource_uri=f"{_RESOURCES}/{endpoint}",
            id=self.id,
            input_streams="stdin pr",
            output_streams="stdout",
            no_profile=True,
            idle_time_out=_SHELL_IDLE,
        )
        self._deadline = deadline
        self._timeouts = timeouts
        self._messages = 0
        self._state: int = RunspacePoolState.BEFORE_OPEN

    def pack(self, message: bytes) -> list[bytes]:
        """Split the next message into fragments that the host accepts."""
        self._messages += 1
        return fragments(message, self._messages, self.connection.max_payload_size)

    def open(self) -> None:
        """Create the shell and wait until PowerShell is ready. Raises `DeadlineReached`."""
        if self._deadline.reached:
            raise DeadlineReached
        pieces = [piece for message in open_pool(self.id) for piece in self.pack(message)]
        content = ET.Element("creationXml", xmlns=_RESOURCES)
        content.text = base64.b64encode(b"".join(pieces)).decode()
        options = OptionSet()
        options.add_option("protocolversion", PROTOCOL_VERSION, {"MustComply": "true"})
        self.shell.open(options, content)
        defragmenter = Defragmenter()
        while self._state != RunspacePoolState.OPENED:
            data, _ = self.output(None)
            for message in defragmenter.feed(data):
                self._read(message)

    def _read(self, message: Message) -> None:
        if message.kind == MessageType.SESSION_CAPABILITY:
            self.protocol = read_protocol(message)
            if version_equal_or_newer(self.protocol, "2.2"):
                self.connection.update_max_payload_size(LARGE_ENVELOPE)
        elif message.kind == MessageType.RUNSPACEPOOL_STATE:
            self._state = read_number(message, "RunspaceState")
            if self._state in {RunspacePoolState.BROKEN, RunspacePoolState.CLOSED}:
                raise WinRMError("PowerShell did not start on the host")

    def output(self, command: str | None) -> tuple[bytes, bool]:
        """Return new output of a command (or of the pool itself), and True if it was the last.

        The output is empty if none came within the poll interval. Raises `DeadlineReached`.
        """
        if self._deadline.reached:
            raise DeadlineReached
        wait: Any = round(
            max(min(self._timeouts.poll, self._deadline.remaining), _SHORTEST_WAIT), 3
        )
        try:
            state, _, streams = self.shell.receive("stdout", command, timeout=wait)
        except WSManFaultError as fault:
            if fault_code(fault) == OPERATION_TIMED_OUT:
                return b"", False
            raise
        except (KeyError, ValueError) as error:
            raise ProtocolError(f"the output cannot be read: {error}") from error
        return streams["stdout"], state == CommandState.DONE

    def reduce_message_size(self) -> bool:
        """Send smaller messages from now on; False if they already have the smallest size."""
        if self.connection.max_envelope_size <= SMALL_ENVELOPE:
            return False
        self.connection.update_max_payload_size(SMALL_ENVELOPE)
        return True

    def delete(self) -> None:
        """Delete the shell on the host in whatever state; a missing shell is no error."""
        selectors = SelectorSet()
        selectors.add_option("ShellId", self.shell.id or self.id)
        for last in (False, True):
            try:
                self.connection.delete(self.shell.resource_uri, selector_set=selectors)
            except Exception as error:
                if fault_code(error) == SHELL_NOT_FOUND:
                    return
                if last:
                    raise
                self.connection.transport.reset()
            else:
                return
