"""The reason why a session could not be opened, from the error of the transport and its cause."""

from __future__ import annotations

from aovpn_remediate.doctor.observed import Failure, Reason
from aovpn_remediate.errors import (
    Disconnected,
    LogonFailed,
    NotAllowed,
    RemediateError,
    ScriptError,
    SecretError,
    TimedOut,
    Unreachable,
)
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports import outcome

_FAULTS = {
    outcome.ACCESS_DENIED: Reason.DENIED,
    outcome.NO_ENDPOINT: Reason.ENDPOINT,
    outcome.SHELL_QUOTA: Reason.QUOTA,
    outcome.OPERATION_QUOTA: Reason.QUOTA,
}
_STATUSES = {
    outcome.UNAUTHORIZED: Reason.CREDENTIAL,
    403: Reason.DENIED,
    404: Reason.NOT_WINRM,
    405: Reason.NOT_WINRM,
    outcome.UNAVAILABLE: Reason.NOT_WINRM,
}
# By text: the Kerberos libraries have no error codes that are the same on all systems.
_KERBEROS = (
    ("clock skew", Reason.SKEW),
    ("not found in kerberos database", Reason.SPN),
    ("kdc", Reason.KDC),
    ("credential", Reason.TICKET),
)
_ERRORS: tuple[tuple[type[RemediateError], Reason], ...] = (
    (SecretError, Reason.SECRET),
    (ScriptError, Reason.SCRIPT),
    (TimedOut, Reason.SLOW),
    (Disconnected, Reason.LOST),
    (Unreachable, Reason.UNREACHABLE),
)
_LOGONS = (LogonFailed, NotAllowed)


def failure_of(error: RemediateError, host: Host) -> Failure:
    """Return the failure for an error: its reason and its text."""
    return Failure(_reason(error, host), str(error))


def _reason(error: RemediateError, host: Host) -> Reason:
    cause = error.__cause__
    if isinstance(error, LogonFailed) and cause is None:
        return Reason.NOT_TRIED  # raised before any request was made
    if isinstance(error, Unreachable) and host.connection.transport == "local":
        return Reason.NO_POWERSHELL
    if isinstance(cause, Exception):
        found = _reason_of_cause(cause, host)
        if found is None and isinstance(error, _LOGONS):
            found = _reason_of_kerberos(str(cause))
        if found is not None:
            return found
    return next((reason for kind, reason in _ERRORS if isinstance(error, kind)), Reason.OTHER)


def _reason_of_cause(cause: Exception, host: Host) -> Reason | None:
    """Return the reason for an answer of the host, if it has one of its own."""
    if isinstance(cause, outcome.AuthNotOffered):
        return Reason.NOT_OFFERED
    if isinstance(cause, outcome.InvalidSetting):
        return Reason.SETTING
    if (fault := outcome.fault_code(cause)) is not None:
        return _FAULTS.get(fault)
    status = outcome.http_code(cause)
    plain = host.connection.scheme == "http" and host.connection.encryption == "never"
    if status == outcome.SERVER_ERROR and plain:
        return Reason.UNENCRYPTED
    return _STATUSES.get(status) if status is not None else None


def _reason_of_kerberos(text: str) -> Reason | None:
    return next((reason for part, reason in _KERBEROS if part in text.lower()), None)
