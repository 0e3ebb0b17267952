"""One script in a session: sent once, read until it has ended or is to end."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator

from pypsrp.complex_objects import PSInvocationState
from pypsrp.messages import MessageType
from pypsrp.shell import SignalCode

from aovpn_remediate.transports.outcome import GONE, Fate, Nonsense, fault_code
from aovpn_remediate.transports.psrp.messages import (
    Assembly,
    Message,
    create_pipeline,
    error_in,
    number_in,
    output_in,
)
from aovpn_remediate.transports.psrp.pool import Pool

_NEVER_ARRIVED = {Fate.LOST, Fate.UNREADABLE}
_ENDED = {PSInvocationState.STOPPED, PSInvocationState.COMPLETED, PSInvocationState.FAILED}


class Pipeline:
    """One script on the host. It runs at most once, whatever becomes of the connection."""

    def __init__(self, pool: Pool, script: str) -> None:
        self._pool = pool
        self._id = str(uuid.uuid4()).upper()
        self._message = create_pipeline(script, pool.id, self._id, pool.protocol)
        self._assembly = Assembly()
        self._doubt: tuple[Exception, Fate] | None = None
        self._may_resend = True
        self.may_run = False
        """Whether it runs or has run, as far as can be known."""
        self.state: int = PSInvocationState.NOT_STARTED
        self.error = ""
        """What PowerShell said when it has failed."""

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return self.state in _ENDED

    def begin(self) -> None:
        """Send it. When the answer is lost, it is for `lines` to find out whether it runs."""
        first, *rest = self._pool.pack(self._message)
        self.may_run = True
        try:
            self._pool.shell.command(
                "", arguments=[base64.b64encode(first).decode()], command_id=self._id
            )
        except Exception as error:
            fate = self._pool.connection.transport.fate_of(error)
            self.may_run = fate not in {Fate.NOT_SENT, Fate.REFUSED}
            if rest or not self.may_run:
                raise
            self._doubt = (error, fate)
        for fragment in rest:
            self._pool.shell.send("stdin", fragment, command_id=self._id)
        self.state = PSInvocationState.RUNNING

    def lines(self) -> Iterator[str]:
        """What it has written since; nothing when it was quiet for a while. Raises `Overdue`."""
        try:
            data, done = self._pool.output(self._id)
        except Exception as error:
            if self._doubt is None or fault_code(error) != GONE:
                raise
            self._begin_again(*self._doubt)
            return
        self._doubt = None
        for message in self._assembly.add(data):
            yield from self._read(message)
        if done and not self.ended:
            raise Nonsense("the script has ended without a result")

    def stop(self) -> None:
        """Tell it to stop, as Ctrl-C would; what it still writes is to be read."""
        self._may_resend = False
        self._pool.shell.signal(SignalCode.PS_CTRL_C, self._id)

    def _begin_again(self, doubt: Exception, fate: Fate) -> None:
        """It is not there: send it again, once, if the first one cannot arrive any more."""
        self.may_run = fate is Fate.LATE
        if not self._may_resend or fate not in _NEVER_ARRIVED:
            raise doubt
        self._may_resend = False
        self._doubt = None
        self.begin()

    def _read(self, message: Message) -> list[str]:
        if message.kind == MessageType.PIPELINE_OUTPUT:
            text = output_in(message)
            return [] if text is None else text.split("\n")
        if message.kind == MessageType.PIPELINE_STATE:
            self.state = number_in(message, "PipelineState")
            if self.state == PSInvocationState.FAILED:
                self.error = error_in(message)
        return []
