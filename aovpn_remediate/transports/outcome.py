"""The outcome of a request that failed.

No script is run twice because only a request that certainly did not arrive is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

import pypsrp.exceptions
import requests
import urllib3.exceptions
import winrm.exceptions

from aovpn_remediate.transports.deadlines import Deadline, Timeouts

T = TypeVar("T")

OPERATION_TIMED_OUT = 2150858793
"""ERROR_WSMAN_OPERATION_TIMEDOUT: nothing to report within `OperationTimeout`; ask again."""
SHELL_NOT_FOUND = 2150858843
"""The shell, or the command in it, does not exist."""
SHELL_QUOTA = 2150859173
OPERATION_QUOTA = 2150859174
NO_ENDPOINT = 2150858752
ACCESS_DENIED = 5

QUOTAS = frozenset((SHELL_QUOTA, OPERATION_QUOTA))
"""Faults of requests that the host may accept a little later."""
_REFUSALS = {SHELL_NOT_FOUND, SHELL_QUOTA, OPERATION_QUOTA, NO_ENDPOINT, ACCESS_DENIED}

BAD_REQUEST = 400
UNAUTHORIZED = 401
TOO_LARGE = 413
SERVER_ERROR = 500
UNAVAILABLE = 503


class ProtocolError(Exception):
    """A response that the protocol does not allow; none of its content is used."""


class AuthNotOffered(Exception):  # noqa: N818
    """The host does not offer the `auth` of the inventory; the text lists what it offers."""


class InvalidSetting(Exception):  # noqa: N818
    """A setting in the inventory that cannot be used; the text names it with the reason."""


class Outcome(Enum):
    """The outcome of a request, as far as it is known after an error."""

    NOT_SENT = "not sent to the host"
    CONNECTION_LOST = "the connection was lost: the request may have arrived"
    TIMED_OUT = "no answer in time: the request may have arrived, or may still arrive"
    INVALID_RESPONSE = "the response is not valid: the request may have arrived"
    FAILED = "the host reported an error: the request may have been carried out in part"
    REFUSED = "the host refused the request"


def outcome_of(error: Exception, *, sent: bool) -> Outcome:
    """Return the outcome of the request that ended in this error.

    `sent` is True if the request was handed to the network at all.
    """
    if isinstance(error, ProtocolError):
        return Outcome.INVALID_RESPONSE
    if isinstance(error, requests.RequestException | OSError):
        unanswered = Outcome.TIMED_OUT if timed_out(error) else Outcome.CONNECTION_LOST
        return unanswered if sent else Outcome.NOT_SENT
    if (fault := fault_code(error)) is not None:
        return _outcome_of_fault(fault)
    if (status := http_code(error)) is not None:
        return _outcome_of_status(status)
    return Outcome.FAILED if isinstance(error, pypsrp.exceptions.WinRMError) else Outcome.REFUSED


def _outcome_of_fault(fault: int) -> Outcome:
    if fault == OPERATION_TIMED_OUT:
        return Outcome.TIMED_OUT
    return Outcome.REFUSED if fault in _REFUSALS else Outcome.FAILED


def _outcome_of_status(status: int) -> Outcome:
    if status in {BAD_REQUEST, UNAVAILABLE}:
        return Outcome.CONNECTION_LOST
    return Outcome.INVALID_RESPONSE if status >= SERVER_ERROR else Outcome.REFUSED


def timed_out(error: BaseException) -> bool:
    """Return True if no answer came in time, however the libraries wrap that error."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return True
    return any(isinstance(inner, Exception) and timed_out(inner) for inner in error.args)


def fault_code(error: Exception) -> int | None:
    """Return the WS-Management fault code in an error, or None."""
    if isinstance(error, pypsrp.exceptions.WSManFaultError):
        return error.code if isinstance(error.code, int) else None
    if isinstance(error, winrm.exceptions.WSManFaultError):
        return error.wsman_fault_code
    if isinstance(error, winrm.exceptions.WinRMOperationTimeoutError):
        return OPERATION_TIMED_OUT
    return None


def http_code(error: Exception) -> int | None:
    """Return the HTTP status in an error, or None."""
    if isinstance(
        error, pypsrp.exceptions.WinRMTransportError | winrm.exceptions.WinRMTransportError
    ):
        return int(error.code)
    refusals = pypsrp.exceptions.AuthenticationError | winrm.exceptions.AuthenticationError
    return UNAUTHORIZED if isinstance(error, refusals) else None


def retry_on_quota(request: Callable[[], T], deadline: Deadline, timeouts: Timeouts) -> T:
    """Make a request, and repeat it once after a pause if a quota prevents it."""
    try:
        return request()
    except Exception as error:
        if fault_code(error) not in QUOTAS or not deadline.pause(timeouts.quota_pause):
            raise
    return request()
