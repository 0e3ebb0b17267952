"""A PowerShell on the host: a WinRM shell that is opened, read and ended under a watch."""

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

from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.outcome import GONE, QUIET, Nonsense, fault_code
from aovpn_remediate.transports.psrp.messages import (
    Assembly,
    Message,
    fragments,
    number_in,
    open_pool,
    protocol_in,
)
from aovpn_remediate.transports.psrp.wsman import Connection

SMALL_ENVELOPE = 153600
"""Bytes that a message may have with any WinRM."""
LARGE_ENVELOPE = 512000
"""The same since PowerShell 3, unless somebody has set it lower."""

_RESOURCES = "http://schemas.microsoft.com/powershell"
_SHELL_IDLE = 600
"""Seconds after which the host itself ends a session that was lost."""
_SHORTEST_WAIT = 0.1


class Overdue(Exception):  # noqa: N818 - not an error while it is caught
    """The time given is up, or the session was asked to end."""


class Pool:
    """One runspace on the host, in a process of its own there."""

    def __init__(self, connection: Connection, endpoint: str, watch: Watch, limits: Limits) -> None:
        self.id = str(uuid.uuid4()).upper()
        """We choose it, so that the shell can be ended when nobody answered that it is there."""
        self.protocol = "2.1"
        """The version of the remoting protocol that the host speaks."""
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
        self._watch = watch
        self._limits = limits
        self._messages = 0
        self._state: int = RunspacePoolState.BEFORE_OPEN

    def pack(self, message: bytes) -> list[bytes]:
        """The next message to it, in pieces that it takes."""
        self._messages += 1
        return fragments(message, self._messages, self.connection.max_payload_size)

    def open(self) -> None:
        """Make the shell and wait until PowerShell is there. Raises `Overdue`."""
        if self._watch.over:
            raise Overdue
        pieces = [piece for message in open_pool(self.id) for piece in self.pack(message)]
        content = ET.Element("creationXml", xmlns=_RESOURCES)
        content.text = base64.b64encode(b"".join(pieces)).decode()
        options = OptionSet()
        options.add_option("protocolversion", PROTOCOL_VERSION, {"MustComply": "true"})
        self.shell.open(options, content)
        assembly = Assembly()
        while self._state != RunspacePoolState.OPENED:
            data, _ = self.output(None)
            for message in assembly.add(data):
                self._read(message)

    def _read(self, message: Message) -> None:
        if message.kind == MessageType.SESSION_CAPABILITY:
            self.protocol = protocol_in(message)
            if version_equal_or_newer(self.protocol, "2.2"):
                self.connection.update_max_payload_size(LARGE_ENVELOPE)
        elif message.kind == MessageType.RUNSPACEPOOL_STATE:
            self._state = number_in(message, "RunspaceState")
            if self._state in {RunspacePoolState.BROKEN, RunspacePoolState.CLOSED}:
                raise WinRMError("PowerShell did not start on the host")

    def output(self, command: str | None) -> tuple[bytes, bool]:
        """What has come from a command (or from the pool itself), and whether that was all.

        Nothing when the host is quiet for a while. Raises `Overdue`.
        """
        if self._watch.over:
            raise Overdue
        wait: Any = round(max(min(self._limits.poll, self._watch.left), _SHORTEST_WAIT), 3)
        try:
            state, _, streams = self.shell.receive("stdout", command, timeout=wait)
        except WSManFaultError as fault:
            if fault_code(fault) == QUIET:
                return b"", False
            raise
        except (KeyError, ValueError) as error:
            raise Nonsense(f"the output cannot be read: {error}") from error
        return streams["stdout"], state == CommandState.DONE

    def shrink(self) -> bool:
        """Send smaller messages from now on; False when they are as small as they get."""
        if self.connection.max_envelope_size <= SMALL_ENVELOPE:
            return False
        self.connection.update_max_payload_size(SMALL_ENVELOPE)
        return True

    def delete(self) -> None:
        """End it on the host, whatever state it is in; it is no error when it is not there."""
        selectors = SelectorSet()
        selectors.add_option("ShellId", self.shell.id or self.id)
        for last in (False, True):
            try:
                self.connection.delete(self.shell.resource_uri, selector_set=selectors)
            except Exception as error:
                if fault_code(error) == GONE:
                    return
                if last:
                    raise
                self.connection.transport.reset()
            else:
                return
