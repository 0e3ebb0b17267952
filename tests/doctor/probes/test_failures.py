"""The reasons for errors of a transport that the lab cannot cause."""

from __future__ import annotations

import pytest

from aovpn_remediate.doctor.observed import Reason
from aovpn_remediate.doctor.probes.failures import failure_of
from aovpn_remediate.errors import (
    Disconnected,
    LogonFailed,
    NotAllowed,
    RemediateError,
    ScriptError,
    TimedOut,
)
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.outcome import InvalidSetting


class _KerberosError(Exception):
    """An error of a Kerberos library."""


@pytest.mark.parametrize(
    ("error", "cause", "reason"),
    [
        (NotAllowed("h", "x"), _KerberosError("Clock skew too great"), Reason.SKEW),
        (NotAllowed("h", "x"), _KerberosError("Server not found in Kerberos database"), Reason.SPN),
        (NotAllowed("h", "x"), _KerberosError("Cannot find KDC for realm"), Reason.KDC),
        (LogonFailed("h", "x"), _KerberosError("No credentials cache found"), Reason.TICKET),
        (LogonFailed("h", "x"), _KerberosError("something else"), Reason.OTHER),
        (NotAllowed("h", "x"), InvalidSetting("no such file"), Reason.SETTING),
        (LogonFailed("h", "not tried"), None, Reason.NOT_TRIED),
        (TimedOut("h", "x"), None, Reason.SLOW),
        (Disconnected("h", "x"), _KerberosError("the credential of a proxy"), Reason.LOST),
        (ScriptError("x"), None, Reason.SCRIPT),
    ],
)
def test_the_reason(error: RemediateError, cause: Exception | None, reason: Reason) -> None:
    error.__cause__ = cause
    found = failure_of(error, Host("h"))
    assert (found.reason, found.text) == (reason, str(error))
