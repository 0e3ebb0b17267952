"""Turns what the libraries raise into an error of ours, in plain words and without a secret."""

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
from aovpn_remediate.transports import fault_texts as words
from aovpn_remediate.transports import outcome as fate
from aovpn_remediate.transports.fault_texts import Said

_FOREIGN = (
    requests.RequestException,
    OSError,
    ImportError,
    pypsrp.exceptions.WinRMError,
    winrm.exceptions.WinRMError,
    winrm.exceptions.WinRMTransportError,
    winrm.exceptions.WinRMOperationTimeoutError,
    spnego.exceptions.SpnegoError,
    spnego.exceptions.FeatureMissingError,
    fate.BadSetting,
    fate.Nonsense,
    fate.NotOffered,
)

_FAULT = (
    pypsrp.exceptions.WSManFaultError,
    winrm.exceptions.WSManFaultError,
    winrm.exceptions.WinRMOperationTimeoutError,
)

_EXPIRED = {9, 10}  # X509_V_ERR_CERT_NOT_YET_VALID, X509_V_ERR_CERT_HAS_EXPIRED
_WRONG_NAME = {62, 64}  # X509_V_ERR_HOSTNAME_MISMATCH, X509_V_ERR_IP_ADDRESS_MISMATCH


_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}
_OFFERED = re.compile(r"available authentication method.* actual: '(.*)'")

_OURS: dict[type[Exception], Said] = {
    fate.Nonsense: words.NONSENSE,
    fate.NotOffered: words.NOT_OFFERED,
    fate.BadSetting: words.BAD_SETTING,
}


@contextmanager
def translated(host: Host) -> Iterator[None]:
    """Errors of the libraries inside come out as errors of ours; anything else is a bug."""
    try:
        yield
    except TransportError:
        raise
    except Exception as error:
        said = translate(error, host)
        if said is None:
            raise
        raise said from error


def translate(error: Exception, host: Host) -> TransportError | None:
    """The error of ours that says the same, or None for what is a bug."""
    if not isinstance(error, _FOREIGN) and not _of_credssp(error):
        return None
    (kind, text), what = _say(error, host)
    connection = host.connection
    said = text.format(
        who=_who(host),
        auth=connection.auth,
        endpoint=connection.endpoint,
        address=host.address,
        where=f"{host.address}:{connection.resolved_port}",
        scheme=connection.scheme,
        seconds=connection.connect_timeout,
        proxy=urlsplit(connection.proxy or "").hostname,
        what=what,
    )
    return kind(host.name, said)


def _say(error: Exception, host: Host) -> tuple[Said, str]:
    """The words, and what to put into them."""
    text = " ".join(str(error).split())
    for kind, said in _OURS.items():
        if isinstance(error, kind):
            return said, text
    if extra := _missing_extra(error, text):
        return words.MISSING, extra
    if isinstance(error, spnego.exceptions.SpnegoError) or _of_credssp(error):
        return _logon(text)
    if isinstance(error, _FAULT):
        fault = fate.fault_code(error) or 0
        return words.FAULTS.get(fault, words.OTHER_FAULT), f"{_reason(error)} ({fault})"
    if (status := fate.http_code(error)) is not None:
        return _status(status, host), str(status)
    return _network(error)


def _who(host: Host) -> str:
    connection = host.connection
    if connection.auth == "certificate":
        return f"the certificate {connection.certificate}"
    return host.credential.username or "the user of this process"


def _of_credssp(error: Exception) -> bool:
    return type(error).__module__.startswith("requests_credssp.")


def _missing_extra(error: Exception, text: str) -> str | None:
    missing = isinstance(error, ImportError | spnego.exceptions.FeatureMissingError)
    if not missing and "not installed" not in text:
        return None
    return "credssp" if "credssp" in text.lower() else "kerberos"


def _logon(text: str) -> tuple[Said, str]:
    if offered := _OFFERED.search(text):
        return words.NOT_OFFERED, offered.group(1)
    for part, said in words.KERBEROS:
        if part.lower() in text.lower():
            return said, text
    return words.OTHER_LOGON, text


def _reason(error: Exception) -> str:
    return " ".join(str(getattr(error, "reason", None) or "no reason given").split())


def _status(status: int, host: Host) -> Said:
    connection = host.connection
    plain = connection.scheme == "http" and connection.encryption == "never"
    if plain and status == fate.SERVER_ERROR:
        return words.UNENCRYPTED
    return words.STATUSES.get(status, words.OTHER_STATUS)


def _network(error: Exception) -> tuple[Said, str]:
    causes = list(_causes(error))
    what = " ".join(str(causes[-1]).split())
    if isinstance(error, requests.exceptions.ProxyError):
        return words.BAD_PROXY, what
    for cause in reversed(causes):
        if said := _cause(cause):
            return said, getattr(cause, "verify_message", None) or what
    return (words.NO_ANSWER if fate.timed_out(error) else words.BROKEN), what


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all that is wrapped in it, outermost first."""
    if error is None:
        return
    yield error
    inner = [*error.args, getattr(error, "reason", None)]
    wrapped = [cause for cause in inner if isinstance(cause, BaseException)]
    yield from _causes(wrapped[0] if wrapped else error.__cause__)


def _cause(cause: BaseException) -> Said | None:
    said: Said | None = None
    match cause:
        case requests.exceptions.InvalidURL():
            said = words.BAD_ADDRESS
        case socket.gaierror():
            said = words.NO_NAME
        case ssl.SSLCertVerificationError():
            said = _certificate(cause)
        case ssl.SSLError():
            said = words.NO_TLS if cause.reason in _NO_TLS else words.OTHER_TLS
        case ConnectionRefusedError():
            said = words.REFUSED
        case NewConnectionError():
            said = words.NO_ROUTE
        case ConnectTimeoutError():
            said = words.NO_CONNECTION
    return said


def _certificate(error: ssl.SSLCertVerificationError) -> Said:
    if error.verify_code in _EXPIRED:
        return words.EXPIRED
    return words.WRONG_NAME if error.verify_code in _WRONG_NAME else words.UNTRUSTED
