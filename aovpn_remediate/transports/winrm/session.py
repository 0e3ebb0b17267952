"""WinRM without PowerShell remoting, through pywinrm, for hosts where remoting is disabled.

A session is a command shell; each script runs in a powershell.exe of its own that reads the script
from standard input. No request for output is repeated: the output has no sequence numbers that
would show a gap.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from aovpn_remediate.errors import Disconnected, ScriptError, TimedOut
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.bootstrap import error_text
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.outcome import (
    SHELL_NOT_FOUND,
    Outcome,
    fault_code,
    outcome_of,
    retry_on_quota,
)
from aovpn_remediate.transports.translate import translate, translated
from aovpn_remediate.transports.winrm.command import Command, parse_strictly
from aovpn_remediate.transports.winrm.http import Connection

_log = logging.getLogger(__name__)

_CLOSE_TRIES = 2


class WinRmSession:
    """A session in a command shell; see `aovpn_remediate.transports.base.Session`."""

    keeps_functions = False

    def __init__(
        self, host: Host, password: str | None, cancel: threading.Event, timeouts: Timeouts
    ) -> None:
        self.telemetry = Telemetry()
        self._host = host
        self._timeouts = timeouts
        self._deadline = Deadline(cancel)
        self._deadline.start(timeouts.opening)
        self._closed = False
        started = time.monotonic()
        if self._deadline.reached:
            raise TimedOut(host.name, "not connected: the session was cancelled")
        with translated(host):
            self._connection = Connection(host, password, self._deadline, timeouts, self.telemetry)
            self._shell = self._open()
        took = time.monotonic() - started
        self.telemetry.open_seconds = took - self.telemetry.connect_seconds

    def __repr__(self) -> str:
        return f"<WinRmSession {self._host.name}>"

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """Run a script; see `Session.run`."""
        started = time.monotonic()
        self._deadline.start(seconds)
        command = Command(self._connection, self._shell, self._deadline, self._timeouts)
        try:
            command.start(script)
            yield from self._follow(command, seconds)
        except Exception as error:
            translated_error = translate(error, self._host)
            if translated_error is None:
                raise
            if command.may_have_run:
                raise Disconnected(self._host.name, str(translated_error)) from error
            translated_error.may_have_run = False
            raise translated_error from error
        finally:
            self.telemetry.run_seconds += time.monotonic() - started

    def close(self) -> None:
        """End the session; see `Session.close`."""
        if self._closed:
            return
        self._closed = True
        started = time.monotonic()
        self._delete_shell(self._shell)
        self.telemetry.close_seconds = time.monotonic() - started

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _open(self) -> str:
        """Create a shell; after any failure none is left on the host."""
        shell = str(uuid.uuid4()).upper()
        try:
            return retry_on_quota(
                lambda: parse_strictly(lambda: self._connection.create_shell(shell)),
                self._deadline,
                self._timeouts,
            )
        except BaseException as error:
            sent = self._connection.transport.exchange.sent
            safe = {Outcome.NOT_SENT, Outcome.REFUSED}
            if not isinstance(error, Exception) or outcome_of(error, sent=sent) not in safe:
                self._delete_shell(shell)
            self._connection.transport.close_session()
            raise

    def _delete_shell(self, shell: str) -> None:
        """Delete a shell on the host, if it exists."""
        self._deadline.start(self._timeouts.close, heed_cancel=False)
        self._connection.seconds = self._timeouts.close / _CLOSE_TRIES
        for _ in range(_CLOSE_TRIES):
            try:
                self._connection.close_shell(shell)
            except Exception as error:  # noqa: BLE001 - closing never fails
                _log.debug("%s: the shell was not deleted: %s", self._host.name, error)
                if fault_code(error) == SHELL_NOT_FOUND:
                    break
            else:
                break

    def _follow(self, command: Command, seconds: float) -> Iterator[str]:
        while command.exit_code is None:
            if self._deadline.reached:
                yield from self._stop(command, seconds)
                break
            yield from command.lines()
        if command.exit_code:
            text = error_text(command.stderr, command.exit_code)
            raise ScriptError(text, host=self._host.name)

    def _stop(self, command: Command, seconds: float) -> Iterator[str]:
        """Stop the script, and yield its output until then; it may have finished meanwhile."""
        cancelled = self._deadline.cancelled
        why = "was cancelled" if cancelled else f"did not finish within {seconds:g} s"
        self._deadline.start(self._timeouts.stop, heed_cancel=False)
        try:
            command.stop()
            while command.exit_code is None and not self._deadline.reached:
                yield from command.lines()
        except Exception as error:
            if translate(error, self._host) is None:
                raise
        if command.exit_code != 0:
            state = (
                "it may still be running on the host"
                if command.exit_code is None
                else "it was stopped"
            )
            raise TimedOut(self._host.name, f"the script {why}; {state}")
