from __future__ import annotations

import pypsrp.exceptions
import pytest
import requests
import urllib3.exceptions
import winrm.exceptions

from aovpn_remediate.transports.outcome import (
    AuthNotOffered,
    Outcome,
    ProtocolError,
    outcome_of,
    timed_out,
)


def fault(code: int | None) -> Exception:
    return pypsrp.exceptions.WSManFaultError(code, None, "why", None, None, None)


def status(code: int) -> Exception:
    return pypsrp.exceptions.WinRMTransportError("http", code, "")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (requests.ConnectionError("reset"), Outcome.CONNECTION_LOST),
        (requests.exceptions.ChunkedEncodingError("cut short"), Outcome.CONNECTION_LOST),
        (ConnectionResetError(), Outcome.CONNECTION_LOST),
        (requests.ReadTimeout("late"), Outcome.TIMED_OUT),
        (TimeoutError(), Outcome.TIMED_OUT),
        (fault(2150858793), Outcome.TIMED_OUT),
        (winrm.exceptions.WinRMOperationTimeoutError(), Outcome.TIMED_OUT),
        (fault(2150858843), Outcome.REFUSED),
        (fault(2150859173), Outcome.REFUSED),
        (fault(2150859174), Outcome.REFUSED),
        (fault(2150858752), Outcome.REFUSED),
        (fault(5), Outcome.REFUSED),
        (fault(995), Outcome.FAILED),
        (fault(None), Outcome.FAILED),
        (status(503), Outcome.CONNECTION_LOST),
        (status(400), Outcome.CONNECTION_LOST),
        (status(500), Outcome.INVALID_RESPONSE),
        (status(401), Outcome.REFUSED),
        (status(413), Outcome.REFUSED),
        (pypsrp.exceptions.AuthenticationError(), Outcome.REFUSED),
        (winrm.exceptions.InvalidCredentialsError(), Outcome.REFUSED),
        (AuthNotOffered("Basic"), Outcome.REFUSED),
        (ProtocolError("what?"), Outcome.INVALID_RESPONSE),
    ],
    ids=repr,
)
def test_the_outcome_of_a_request_that_was_sent(error: Exception, outcome: Outcome) -> None:
    assert outcome_of(error, sent=True) is outcome


@pytest.mark.parametrize(
    "error", [requests.ConnectionError("refused"), requests.ConnectTimeout(), TimeoutError()]
)
def test_a_request_not_handed_to_the_network_was_not_sent(error: Exception) -> None:
    assert outcome_of(error, sent=False) is Outcome.NOT_SENT


def test_a_timeout_is_found_inside_other_errors() -> None:
    inner = urllib3.exceptions.ReadTimeoutError(None, None, "late")  # type: ignore[arg-type] # shown only
    assert timed_out(requests.ConnectionError(inner))
    assert not timed_out(requests.ConnectionError(urllib3.exceptions.ProtocolError("reset")))
