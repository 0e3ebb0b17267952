"""Translation of library errors into `TransportError`s with plain texts and without secrets."""

from __future__ import annotations

import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pypsrp.exceptions
import requests
import spnego.exceptions
import winrm.exceptions
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

from aovpn_remediate.errors import TransportError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports import fault_texts as texts
from aovpn_remediate.transports import outcome
from aovpn_remediate.transports.fault_texts import FaultText

_TRANSLATED = (
    requests.RequestException,
    OSError,
    ImportError,
    pypsrp.exceptions.WinRMError,
    winrm.exceptions.WinRMError,
    winrm.exceptions.WinRMTransportError,
    winrm.exceptions.WinRMOperationTimeoutError,
    spnego.exceptions.SpnegoError,
    spnego.exceptions.FeatureMissingError,
    outcome.InvalidSetting,
    outcome.ProtocolError,
    outcome.AuthNotOffered,
)

_FAULTS = (
    pypsrp.exceptions.WSManFaultError,
    winrm.exceptions.WSManFaultError,
    winrm.exceptions.WinRMOperationTimeoutError,
)

_EXPIRED = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_WRONG_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
_OFFERED = re.compile(r"available authentication method.* actual: '(.*)'")

_OUR_TEXTS: dict[type[Exception], FaultText] = {
    outcome.ProtocolError: texts.INVALID_RESPONSE,
    outcome.AuthNotOffered: texts.AUTH_NOT_OFFERED,
    outcome.InvalidSetting: texts.INVALID_SETTING,
}


@contextmanager
def translated(host: Host) -> Iterator[None]:
    """Raise errors of the libraries as `TransportError`s; any other exception is a bug."""
    try:
        yield
    except TransportError:
        raise
    except Exception as error:
        translated_error = translate(error, host)
        if translated_error is None:
            raise
        raise translated_error from error


def translate(error: Exception, host: Host) -> TransportError | None:
    """Return the `TransportError` for a library error, or None for a bug."""
    if not isinstance(error, _TRANSLATED) and not _is_of_credssp(error):
        return None
    (kind, text), detail = _text_for(error, host)
    connection = host.connection
    message = text.format(
        account=_account(host),
        auth=connection.auth,
        endpoint=connection.endpoint,
        address=host.address,
        target=f"{host.address}:{connection.resolved_port}",
        scheme=connection.scheme,
        seconds=connection.connect_timeout,
        proxy=urlsplit(connection.proxy or "").hostname,
        detail=detail,
    )
    return kind(host.name, message)


def _text_for(error: Exception, host: Host) -> tuple[FaultText, str]:
    """Return the text for an error, and the detail to put into it."""
    detail = " ".join(str(error).split())
    for kind, text in _OUR_TEXTS.items():
        if isinstance(error, kind):
            return text, detail
    if extra := _missing_extra(error, detail):
        return texts.MISSING_EXTRA, extra
    if isinstance(error, spnego.exceptions.SpnegoError) or _is_of_credssp(error):
        return _logon_text(detail)
    if isinstance(error, _FAULTS):
        fault = outcome.fault_code(error) or 0
        return texts.FAULTS.get(fault, texts.OTHER_FAULT), f"{_reason(error)} ({fault})"
    if (status := outcome.http_code(error)) is not None:
        return _status_text(status, host), str(status)
    return _network_text(error)


def _account(host: Host) -> str:
    connection = host.connection
    if connection.auth == "certificate":
        return f"the certificate {connection.certificate}"
    return host.credential.username or "the user of this process"


def _is_of_credssp(error: Exception) -> bool:
    return type(error).__module__.startswith("requests_credssp.")


def _missing_extra(error: Exception, text: str) -> str | None:
    missing = isinstance(error, ImportError | spnego.exceptions.FeatureMissingError)
    if not missing and "not installed" not in text:
        return None
    return "credssp" if "credssp" in text.lower() else "kerberos"


def _logon_text(detail: str) -> tuple[FaultText, str]:
    if offered := _OFFERED.search(detail):
        return texts.AUTH_NOT_OFFERED, offered.group(1)
    for part, text in texts.KERBEROS:
        if part.lower() in detail.lower():
            return text, detail
    return texts.OTHER_LOGON, detail


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "reason", None) or "no reason given").split())


def _status_text(status: int, host: Host) -> FaultText:
    connection = host.connection
    plain = connection.scheme == "http" and connection.encryption == "never"
    if plain and status == outcome.SERVER_ERROR:
        return texts.UNENCRYPTED
    return texts.STATUSES.get(status, texts.OTHER_STATUS)


def _network_text(error: Exception) -> tuple[FaultText, str]:
    causes = list(_causes(error))
    detail = " ".join(str(causes[-1]).split())
    if isinstance(error, requests.exceptions.ProxyError):
        return texts.BAD_PROXY, detail
    for cause in reversed(causes):
        if text := _text_for_cause(cause):
            return text, getattr(cause, "verify_message", None) or detail
    return (texts.NO_ANSWER if outcome.timed_out(error) else texts.BROKEN), detail


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the error and the errors wrapped in it, outermost first."""
    if error is None:
        return
    yield error
    inner = [*error.args, getattr(error, "reason", None)]
    wrapped = [cause for cause in inner if isinstance(cause, BaseException)]
    yield from _causes(wrapped[0] if wrapped else error.__cause__)


def _text_for_cause(cause: BaseException) -> FaultText | None:
    text: FaultText | None = None
    match cause:
        case requests.exceptions.InvalidURL():
            text = texts.BAD_ADDRESS
        case socket.gaierror():
            text = texts.UNKNOWN_NAME
        case ssl.SSLCertVerificationError():
            text = _certificate_text(cause)
        case ssl.SSLError():
            text = texts.NO_TLS if cause.reason in _NO_TLS else texts.OTHER_TLS
        case ConnectionRefusedError():
            text = texts.REFUSED
        case NewConnectionError():
            text = texts.NO_ROUTE
        case ConnectTimeoutError():
            text = texts.NO_CONNECTION
    return text


def _certificate_text(error: ssl.SSLCertVerificationError) -> FaultText:
    if error.verify_code in _EXPIRED:
        return texts.EXPIRED
    return texts.WRONG_NAME if error.verify_code in _WRONG_NAME else texts.UNTRUSTED
