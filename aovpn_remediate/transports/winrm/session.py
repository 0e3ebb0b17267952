"""WinRM without PowerShell remoting, through pywinrm: for hosts where that is closed.

A shell of commands; each script is a powershell.exe of its own that takes it from standard input.
Nothing is asked for twice: what a command writes has no numbers that would tell what is missing.
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
from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.outcome import GONE, Fate, fate_of, fault_code, when_free
from aovpn_remediate.transports.translate import translate, translated
from aovpn_remediate.transports.winrm.command import Command, strictly
from aovpn_remediate.transports.winrm.http import Connection

_log = logging.getLogger(__name__)

_CLOSE_TRIES = 2


class WinRmSession:
    """A command shell on one host; see `aovpn_remediate.transports.base.Session`."""

    keeps_functions = False

    def __init__(
        self, host: Host, password: str | None, cancel: threading.Event, limits: Limits
    ) -> None:
        self.telemetry = Telemetry()
        self._host = host
        self._limits = limits
        self._watch = Watch(cancel)
        self._watch.start(limits.opening)
        self._closed = False
        started = time.monotonic()
        if self._watch.over:
            raise TimedOut(host.name, "it was not connected to: asked to end")
        with translated(host):
            self._connection = Connection(host, password, self._watch, limits, self.telemetry)
            self._shell = self._open()
        took = time.monotonic() - started
        self.telemetry.open_seconds = took - self.telemetry.connect_seconds

    def __repr__(self) -> str:
        return f"<WinRmSession {self._host.name}>"

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """See `Session.run`."""
        started = time.monotonic()
        self._watch.start(seconds)
        command = Command(self._connection, self._shell, self._watch, self._limits)
        try:
            command.begin(script)
            yield from self._follow(command, seconds)
        except Exception as error:
            said = translate(error, self._host)
            if said is None:
                raise
            if command.may_run:
                raise Disconnected(self._host.name, str(said)) from error
            raise said from error
        finally:
            self.telemetry.run_seconds += time.monotonic() - started

    def close(self) -> None:
        """See `Session.close`."""
        if self._closed:
            return
        self._closed = True
        started = time.monotonic()
        self._end(self._shell)
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
        """A shell; whatever goes wrong, none is left behind on the host."""
        shell = str(uuid.uuid4()).upper()
        try:
            return when_free(
                lambda: strictly(lambda: self._connection.make_shell(shell)),
                self._watch,
                self._limits,
            )
        except BaseException as error:
            sent = self._connection.transport.exchange.sent
            safe = {Fate.NOT_SENT, Fate.REFUSED}
            if not isinstance(error, Exception) or fate_of(error, sent=sent) not in safe:
                self._end(shell)
            self._connection.transport.close_session()
            raise

    def _end(self, shell: str) -> None:
        """Delete a shell on the host, if it is there."""
        self._watch.start(self._limits.close, heed_cancel=False)
        self._connection.seconds = self._limits.close / _CLOSE_TRIES
        for _ in range(_CLOSE_TRIES):
            try:
                self._connection.close_shell(shell)
            except Exception as error:  # noqa: BLE001 - there is nobody left to tell
                _log.debug("%s: the shell was not deleted: %s", self._host.name, error)
                if fault_code(error) == GONE:
                    break
            else:
                break

    def _follow(self, command: Command, seconds: float) -> Iterator[str]:
        while command.exit_code is None:
            if self._watch.over:
                yield from self._stop(command, seconds)
                break
            yield from command.lines()
        if command.exit_code:
            said = error_text(command.stderr, command.exit_code)
            raise ScriptError(said, host=self._host.name)

    def _stop(self, command: Command, seconds: float) -> Iterator[str]:
        """Stop the script, and hand over what it wrote until then; it may just have finished."""
        cancelled = self._watch.cancelled
        why = "was asked to end" if cancelled else f"did not finish within {seconds:g} s"
        self._watch.start(self._limits.stop, heed_cancel=False)
        try:
            command.stop()
            while command.exit_code is None and not self._watch.over:
                yield from command.lines()
        except Exception as error:
            if translate(error, self._host) is None:
                raise
        if command.exit_code != 0:
            how = (
                "whether it has stopped is not known"
                if command.exit_code is None
                else "it was stopped"
            )
            raise TimedOut(self._host.name, f"the script {why}; {how}")
