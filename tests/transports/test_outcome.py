from __future__ import annotations

import pypsrp.exceptions
import pytest
import requests
import urllib3.exceptions
import winrm.exceptions

from aovpn_remediate.transports.outcome import Fate, Nonsense, NotOffered, fate_of, timed_out


def fault(code: int | None) -> Exception:
    return pypsrp.exceptions.WSManFaultError(code, None, "why", None, None, None)


def status(code: int) -> Exception:
    return pypsrp.exceptions.WinRMTransportError("http", code, "")


@pytest.mark.parametrize(
    ("error", "fate"),
    [
        (requests.ConnectionError("reset"), Fate.LOST),
        (requests.exceptions.ChunkedEncodingError("cut short"), Fate.LOST),
        (ConnectionResetError(), Fate.LOST),
        (requests.ReadTimeout("late"), Fate.LATE),
        (TimeoutError(), Fate.LATE),
        (fault(2150858793), Fate.LATE),
        (winrm.exceptions.WinRMOperationTimeoutError(), Fate.LATE),
        (fault(2150858843), Fate.REFUSED),
        (fault(2150859173), Fate.REFUSED),
        (fault(2150859174), Fate.REFUSED),
        (fault(2150858752), Fate.REFUSED),
        (fault(5), Fate.REFUSED),
        (fault(995), Fate.FAILED),
        (fault(None), Fate.FAILED),
        (status(503), Fate.LOST),
        (status(400), Fate.LOST),
        (status(500), Fate.UNREADABLE),
        (status(401), Fate.REFUSED),
        (status(413), Fate.REFUSED),
        (pypsrp.exceptions.AuthenticationError(), Fate.REFUSED),
        (winrm.exceptions.InvalidCredentialsError(), Fate.REFUSED),
        (NotOffered("Basic"), Fate.REFUSED),
        (Nonsense("what?"), Fate.UNREADABLE),
    ],
    ids=repr,
)
def test_the_fate_of_a_request_that_was_sent(error: Exception, fate: Fate) -> None:
    assert fate_of(error, sent=True) is fate


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("refused"), requests.ConnectTimeout(), TimeoutError()]
)
def test_what_was_not_handed_to_the_network_was_not_sent(error: Exception) -> None:
    assert fate_of(error, sent=False) is Fate.NOT_SENT


def test_a_timeout_is_found_in_what_it_is_wrapped_in() -> None:
    inner = urllib3.exceptions.ReadTimeoutError(None, None, "late")  # type: ignore[arg-type] # shown only
    assert timed_out(requests.ConnectionError(inner))
    assert not timed_out(requests.ConnectionError(urllib3.exceptions.ProtocolError("reset")))
