"""The usual way to a host: PowerShell remoting over WinRM, through pypsrp.

A visit with one script is six requests: a shell is made, read twice until PowerShell is there, the
script is sent, its output read, the shell deleted. A second script takes two more.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from pypsrp.complex_objects import PSInvocationState

from aovpn_remediate.errors import Disconnected, ScriptError, TimedOut
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.outcome import TOO_LARGE, Fate, http_code, when_free
from aovpn_remediate.transports.psrp.pipeline import Pipeline
from aovpn_remediate.transports.psrp.pool import Overdue, Pool
from aovpn_remediate.transports.psrp.wsman import Connection
from aovpn_remediate.transports.translate import translate, translated

_log = logging.getLogger(__name__)


class PsrpSession:
    """A PowerShell on one host; see `aovpn_remediate.transports.base.Session`."""

    keeps_functions = True

    def __init__(
        self, host: Host, password: str | None, cancel: threading.Event, limits: Limits
    ) -> None:
        self.telemetry = Telemetry()
        self._host = host
        self._endpoint = host.connection.endpoint
        self._limits = limits
        self._watch = Watch(cancel)
        self._closed = False
        started = time.monotonic()
        try:
            with translated(host):
                self._connection = Connection(host, password, self._watch, limits, self.telemetry)
                self._pool = self._open()
        except Overdue:
            raise TimedOut(
                host.name, "PowerShell was not there in time, or not waited for"
            ) from None
        took = time.monotonic() - started
        self.telemetry.open_seconds = took - self.telemetry.connect_seconds

    def __repr__(self) -> str:
        return f"<PsrpSession {self._host.name}>"

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """See `Session.run`."""
        started = time.monotonic()
        self._watch.start(seconds)
        pipeline = Pipeline(self._pool, script)
        try:
            yield from self._follow(pipeline, seconds)
        except Exception as error:
            said = translate(error, self._host)
            if said is None:
                raise
            if pipeline.may_run:
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
        self._end(self._pool)
        self._connection.close()
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

    def _open(self) -> Pool:
        """A pool that is open; whatever goes wrong, none is left behind on the host."""
        self._watch.start(self._limits.opening)
        pool = Pool(self._connection, self._endpoint, self._watch, self._limits)
        try:
            self._insist(pool, pool.open)
        except BaseException as error:
            if not self._may_open_again(pool, error):
                self._connection.close()
                raise
        else:
            return pool
        pool = Pool(self._connection, self._endpoint, self._watch, self._limits)
        try:
            self._insist(pool, pool.open)
        except BaseException:
            self._end(pool)
            self._connection.close()
            raise
        return pool

    def _may_open_again(self, pool: Pool, error: BaseException) -> bool:
        """Whether nothing is left of a pool that did not open, and another try makes sense."""
        if not isinstance(error, Exception):
            self._end(pool)
            return False
        fate = self._connection.transport.fate_of(error)
        if not pool.shell.opened and fate in {Fate.NOT_SENT, Fate.REFUSED}:
            return False
        left = self._watch.left
        gone = self._end(pool)
        self._watch.start(left)
        lost = not pool.shell.opened and fate in {Fate.LOST, Fate.UNREADABLE}
        return gone and lost and not self._watch.over

    def _insist(self, pool: Pool, request: Callable[[], None]) -> None:
        """Make a request once more when the host refuses it for its size or for a quota."""
        try:
            when_free(request, self._watch, self._limits)
        except Exception as error:
            if http_code(error) != TOO_LARGE or not pool.shrink():
                raise
            when_free(request, self._watch, self._limits)

    def _follow(self, pipeline: Pipeline, seconds: float) -> Iterator[str]:
        self._insist(self._pool, pipeline.begin)
        while not pipeline.ended:
            try:
                yield from pipeline.lines()
            except Overdue:
                yield from self._stop(pipeline, seconds)
                break
        if pipeline.state == PSInvocationState.FAILED:
            raise ScriptError(pipeline.error, host=self._host.name)
        if pipeline.state == PSInvocationState.STOPPED:
            raise Disconnected(self._host.name, "PowerShell on the host stopped the script")

    def _stop(self, pipeline: Pipeline, seconds: float) -> Iterator[str]:
        """Stop the script, and hand over what it wrote until then; it may just have finished."""
        cancelled = self._watch.cancelled
        why = "was asked to end" if cancelled else f"did not finish within {seconds:g} s"
        how = "it was stopped"
        self._watch.start(self._limits.stop, heed_cancel=False)
        try:
            pipeline.stop()
            while not pipeline.ended:
                yield from pipeline.lines()
        except Exception as error:
            if not isinstance(error, Overdue) and translate(error, self._host) is None:
                raise
            how = "whether it has stopped is not known"
        if pipeline.state not in {PSInvocationState.COMPLETED, PSInvocationState.FAILED}:
            raise TimedOut(self._host.name, f"the script {why}; {how}")

    def _end(self, pool: Pool) -> bool:
        """Delete the shell on the host; whether it is known to be gone."""
        self._watch.start(self._limits.close, heed_cancel=False)
        try:
            pool.delete()
        except Exception as error:  # noqa: BLE001 - there is nobody left to tell
            _log.debug("%s: the shell was not deleted: %s", self._host.name, error)
            return False
        return True
