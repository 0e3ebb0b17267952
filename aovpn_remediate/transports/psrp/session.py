"""The default transport: PowerShell remoting over WinRM, through pypsrp.

A session with one script takes six requests: create a shell, read twice until PowerShell is ready,
send the script, read its output, delete the shell. A second script takes two more.
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
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.outcome import TOO_LARGE, Outcome, http_code, retry_on_quota
from aovpn_remediate.transports.psrp.pipeline import Pipeline
from aovpn_remediate.transports.psrp.pool import DeadlineReached, Pool
from aovpn_remediate.transports.psrp.wsman import Connection
from aovpn_remediate.transports.translate import translate, translated

_log = logging.getLogger(__name__)


class PsrpSession:
    """A PowerShell session with a host; see `aovpn_remediate.transports.base.Session`."""

    keeps_functions = True

    def __init__(
        self, host: Host, password: str | None, cancel: threading.Event, timeouts: Timeouts
    ) -> None:
        self.telemetry = Telemetry()
        self._host = host
        self._endpoint = host.connection.endpoint
        self._timeouts = timeouts
        self._deadline = Deadline(cancel)
        self._closed = False
        started = time.monotonic()
        try:
            with translated(host):
                self._connection = Connection(
                    host, password, self._deadline, timeouts, self.telemetry
                )
                self._pool = self._open()
        except DeadlineReached:
            raise TimedOut(
                host.name, "PowerShell did not start in time, or its start was cancelled"
            ) from None
        took = time.monotonic() - started
        self.telemetry.open_seconds = took - self.telemetry.connect_seconds

    def __repr__(self) -> str:
        return f"<PsrpSession {self._host.name}>"

    def run(self, script: str, *, seconds: float) -> Iterator[str]:
        """Run a script; see `Session.run`."""
        started = time.monotonic()
        self._deadline.start(seconds)
        pipeline = Pipeline(self._pool, script)
        try:
            yield from self._follow(pipeline, seconds)
        except Exception as error:
            translated_error = translate(error, self._host)
            if translated_error is None:
                raise
            if pipeline.may_have_run:
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
        self._delete_shell(self._pool)
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
        """Open a pool; after any failure no shell is left on the host."""
        self._deadline.start(self._timeouts.opening)
        pool = Pool(self._connection, self._endpoint, self._deadline, self._timeouts)
        try:
            self._with_retry(pool, pool.open)
        except BaseException as error:
            if not self._may_open_again(pool, error):
                self._connection.close()
                raise
        else:
            return pool
        pool = Pool(self._connection, self._endpoint, self._deadline, self._timeouts)
        try:
            self._with_retry(pool, pool.open)
        except BaseException:
            self._delete_shell(pool)
            self._connection.close()
            raise
        return pool

    def _may_open_again(self, pool: Pool, error: BaseException) -> bool:
        """Return True if no shell is left of a pool that did not open, and a retry is useful."""
        if not isinstance(error, Exception):
            self._delete_shell(pool)
            return False
        outcome = self._connection.transport.outcome_of(error)
        if not pool.shell.opened and outcome in {Outcome.NOT_SENT, Outcome.REFUSED}:
            return False
        remaining = self._deadline.remaining
        gone = self._delete_shell(pool)
        self._deadline.start(remaining)
        lost = not pool.shell.opened and outcome in {
            Outcome.CONNECTION_LOST,
            Outcome.INVALID_RESPONSE,
        }
        return gone and lost and not self._deadline.reached

    def _with_retry(self, pool: Pool, request: Callable[[], None]) -> None:
        """Make a request, and repeat it once if the host refuses its size or for a quota."""
        try:
            retry_on_quota(request, self._deadline, self._timeouts)
        except Exception as error:
            if http_code(error) != TOO_LARGE or not pool.reduce_message_size():
                raise
            retry_on_quota(request, self._deadline, self._timeouts)

    def _follow(self, pipeline: Pipeline, seconds: float) -> Iterator[str]:
        self._with_retry(self._pool, pipeline.start)
        while not pipeline.ended:
            try:
                yield from pipeline.lines()
            except DeadlineReached:
                yield from self._stop(pipeline, seconds)
                break
        if pipeline.state == PSInvocationState.FAILED:
            raise ScriptError(pipeline.error, host=self._host.name)
        if pipeline.state == PSInvocationState.STOPPED:
            raise Disconnected(self._host.name, "PowerShell on the host stopped the script")

    def _stop(self, pipeline: Pipeline, seconds: float) -> Iterator[str]:
        """Stop the script, and yield its output until then; it may have finished meanwhile."""
        cancelled = self._deadline.cancelled
        why = "was cancelled" if cancelled else f"did not finish within {seconds:g} s"
        state = "it was stopped"
        self._deadline.start(self._timeouts.stop, heed_cancel=False)
        try:
            pipeline.stop()
            while not pipeline.ended:
                yield from pipeline.lines()
        except Exception as error:
            if not isinstance(error, DeadlineReached) and translate(error, self._host) is None:
                raise
            state = "it may still be running on the host"
        if pipeline.state not in {PSInvocationState.COMPLETED, PSInvocationState.FAILED}:
            raise TimedOut(self._host.name, f"the script {why}; {state}")

    def _delete_shell(self, pool: Pool) -> bool:
        """Delete the shell on the host; False if that could not be confirmed."""
        self._deadline.start(self._timeouts.close, heed_cancel=False)
        try:
            pool.delete()
        except Exception as error:  # noqa: BLE001 - closing never fails
            _log.debug("%s: the shell was not deleted: %s", self._host.name, error)
            return False
        return True
