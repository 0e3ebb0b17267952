"""One script in a session: sent once, and read until it has ended or is stopped."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator

from pypsrp.complex_objects import PSInvocationState
from pypsrp.messages import MessageType
from pypsrp.shell import SignalCode

from aovpn_remediate.transports.outcome import SHELL_NOT_FOUND, Outcome, ProtocolError, fault_code
from aovpn_remediate.transports.psrp.messages import (
    Defragmenter,
    Message,
    create_pipeline,
    read_error,
    read_number,
    read_output,
)
from aovpn_remediate.transports.psrp.pool import Pool

_NEVER_ARRIVED = {Outcome.CONNECTION_LOST, Outcome.INVALID_RESPONSE}
_ENDED = {PSInvocationState.STOPPED, PSInvocationState.COMPLETED, PSInvocationState.FAILED}


class Pipeline:
    """One script on the host. It runs at most once, even if the connection is lost."""

    def __init__(self, pool: Pool, script: str) -> None:
        self._pool = pool
        self._id = str(uuid.uuid4()).upper()
        self._message = create_pipeline(script, pool.id, self._id, pool.protocol)
        self._defragmenter = Defragmenter()
        self._unconfirmed: tuple[Exception, Outcome] | None = None
        self._may_resend = True
        self.may_have_run = False
        """True unless the script certainly never started on the host."""
        self.state: int = PSInvocationState.NOT_STARTED
        self.error = ""
        """The error with which PowerShell ended the script, if any."""

    @property
    def ended(self) -> bool:
        """True if no more output will come."""
        return self.state in _ENDED

    def start(self) -> None:
        """Send the script. When the answer is lost, `lines` finds out whether the script runs."""
        first, *rest = self._pool.pack(self._message)
        self.may_have_run = True
        try:
            self._pool.shell.command(
                "", arguments=[base64.b64encode(first).decode()], command_id=self._id
            )
        except Exception as error:
            outcome = self._pool.connection.transport.outcome_of(error)
            self.may_have_run = outcome not in {Outcome.NOT_SENT, Outcome.REFUSED}
            if rest or not self.may_have_run:
                raise
            self._unconfirmed = (error, outcome)
        for fragment in rest:
            self._pool.shell.send("stdin", fragment, command_id=self._id)
        self.state = PSInvocationState.RUNNING

    def lines(self) -> Iterator[str]:
        """Yield new output, which may be none. Raises `DeadlineReached`."""
        try:
            data, done = self._pool.output(self._id)
        except Exception as error:
            if self._unconfirmed is None or fault_code(error) != SHELL_NOT_FOUND:
                raise
            self._resend(*self._unconfirmed)
            return
        self._unconfirmed = None
        for message in self._defragmenter.feed(data):
            yield from self._read(message)
        if done and not self.ended:
            raise ProtocolError("the script ended without a result")

    def stop(self) -> None:
        """Ask the script to stop, as Ctrl-C would; its remaining output is still to be read."""
        self._may_resend = False
        self._pool.shell.signal(SignalCode.PS_CTRL_C, self._id)

    def _resend(self, unconfirmed: Exception, outcome: Outcome) -> None:
        """Send a script again that did not arrive, once, if the first can no longer arrive."""
        self.may_have_run = outcome is Outcome.TIMED_OUT
        if not self._may_resend or outcome not in _NEVER_ARRIVED:
            raise unconfirmed
        self._may_resend = False
        self._unconfirmed = None
        self.start()

    def _read(self, message: Message) -> list[str]:
        if message.kind == MessageType.PIPELINE_OUTPUT:
            text = read_output(message)
            return [] if text is None else text.split("\n")
        if message.kind == MessageType.PIPELINE_STATE:
            self.state = read_number(message, "PipelineState")
            if self.state == PSInvocationState.FAILED:
                self.error = read_error(message)
        return []
