"""What became of a request that was not answered as it should be.

On this rests that nothing is run twice: only what certainly did not arrive may be sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TypeVar

import pypsrp.exceptions
import requests
import urllib3.exceptions
import winrm.exceptions

from aovpn_remediate.transports.deadlines import Limits, Watch

T = TypeVar("T")

QUIET = 2150858793
"""Nothing happened within the time that the request gave: ask again."""
GONE = 2150858843
"""No such shell, or no such command in it."""
SHELL_QUOTA = 2150859173
OPERATION_QUOTA = 2150859174
NO_ENDPOINT = 2150858752
ACCESS_DENIED = 5

QUOTAS = frozenset((SHELL_QUOTA, OPERATION_QUOTA))
"""What a host refuses for the moment."""
_REFUSALS = {GONE, SHELL_QUOTA, OPERATION_QUOTA, NO_ENDPOINT, ACCESS_DENIED}

BAD_REQUEST = 400
UNAUTHORIZED = 401
TOO_LARGE = 413
SERVER_ERROR = 500
UNAVAILABLE = 503


class Nonsense(Exception):  # noqa: N818 - the word for it
    """An answer that the protocol does not allow; nothing in it is believed."""


class NotOffered(Exception):  # noqa: N818
    """The host does not offer the way to log on that the inventory names; says what it offers."""


class BadSetting(Exception):  # noqa: N818
    """Something in the inventory that cannot be used; says what and why."""


class Fate(Enum):
    """What is known of a request after an error."""

    NOT_SENT = "it never left"
    LOST = "the connection broke: it may have arrived"
    LATE = "no answer in time: it may have arrived, or still be under way"
    UNREADABLE = "the host said something that makes no sense"
    FAILED = "the host said that it went wrong: some of it may have been done"
    REFUSED = "the host said that it does not do it"


def fate_of(error: Exception, *, sent: bool) -> Fate:
    """The fate of the request that ended in this error.

    `sent` is whether it was handed to the network at all.
    """
    if isinstance(error, Nonsense):
        return Fate.UNREADABLE
    if isinstance(error, requests.RequestException | OSError):
        broken = Fate.LATE if timed_out(error) else Fate.LOST
        return broken if sent else Fate.NOT_SENT
    if (fault := fault_code(error)) is not None:
        return _by_fault(fault)
    if (status := http_code(error)) is not None:
        return _by_status(status)
    return Fate.FAILED if isinstance(error, pypsrp.exceptions.WinRMError) else Fate.REFUSED


def _by_fault(fault: int) -> Fate:
    if fault == QUIET:
        return Fate.LATE
    return Fate.REFUSED if fault in _REFUSALS else Fate.FAILED


def _by_status(status: int) -> Fate:
    if status in {BAD_REQUEST, UNAVAILABLE}:
        return Fate.LOST
    return Fate.UNREADABLE if status >= SERVER_ERROR else Fate.REFUSED


def timed_out(error: BaseException) -> bool:
    """Whether no answer came in time, however the libraries have wrapped that."""
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError):
        return True
    return any(isinstance(inner, Exception) and timed_out(inner) for inner in error.args)


def fault_code(error: Exception) -> int | None:
    """Windows' number of what the host refused, or None."""
    if isinstance(error, pypsrp.exceptions.WSManFaultError):
        return error.code if isinstance(error.code, int) else None
    if isinstance(error, winrm.exceptions.WSManFaultError):
        return error.wsman_fault_code
    if isinstance(error, winrm.exceptions.WinRMOperationTimeoutError):
        return QUIET
    return None


def http_code(error: Exception) -> int | None:
    """The HTTP status that a request was refused with, or None."""
    if isinstance(
        error, pypsrp.exceptions.WinRMTransportError | winrm.exceptions.WinRMTransportError
    ):
        return int(error.code)
    refused = pypsrp.exceptions.AuthenticationError | winrm.exceptions.AuthenticationError
    return UNAUTHORIZED if isinstance(error, refused) else None


def when_free(request: Callable[[], T], watch: Watch, limits: Limits) -> T:
    """What a request gives; made once more, after a pause, when a quota was in its way."""
    try:
        return request()
    except Exception as error:
        if fault_code(error) not in QUOTAS or not watch.pause(limits.quota):
            raise
    return request()
