"""pypsrp's HTTP transport with strict rules for logon, deadlines and encryption.

pypsrp itself waits forever for an answer that arrives byte by byte, sends a message encrypted for a
closed connection over the next one, and accepts plain answers where encryption is required.
"""

from __future__ import annotations

import re
import struct
import time
from typing import Any
from urllib.parse import urlsplit

import requests
import spnego.exceptions
from pypsrp.encryption import WinRMEncryption
from pypsrp.exceptions import AuthenticationError, WinRMError, WinRMTransportError
from pypsrp.wsman import _TransportHTTP
from requests.hooks import dispatch_hook

from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.http import mount
from aovpn_remediate.transports.outcome import (
    SERVER_ERROR,
    UNAUTHORIZED,
    AuthNotOffered,
    InvalidSetting,
    Outcome,
    ProtocolError,
    outcome_of,
)
from aovpn_remediate.transports.sockets import Exchange

_OK = 200
_BOUNDARY = re.compile(r'multipart/.*;\s*boundary="?([^";]+)')
_DECRYPTION_ERRORS = (
    IndexError,
    ValueError,
    struct.error,
    WinRMError,
    spnego.exceptions.SpnegoError,
)
_OFFERED = re.compile(r"actual: '(.*)'")


class PsrpTransport(_TransportHTTP):
    """HTTP to one host for one session: logs on, and encrypts messages where required."""

    def __init__(
        self,
        host: Host,
        deadline: Deadline,
        timeouts: Timeouts,
        telemetry: Telemetry,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.exchange = Exchange(telemetry)
        self.seconds = 0.0
        """The longest wait for the next answer."""
        self._host = host
        self._deadline = deadline
        self._timeouts = timeouts
        self._last_used = time.monotonic()
        self._request_template: requests.PreparedRequest

    def send(
        self, message: bytes, *, retries_on_read_timeout: int = 0, timeout: Any = None
    ) -> bytes:
        """Send a message once and return the answer within `seconds`; the options are ignored."""
        del retries_on_read_timeout, timeout
        try:
            return self._send(message)
        except WinRMTransportError as error:
            if error.code != SERVER_ERROR:
                self.reset()
            raise
        except BaseException:
            self.reset()
            raise

    def outcome_of(self, error: Exception) -> Outcome:
        """Return the outcome of the last message, which ended in this error."""
        return outcome_of(error, sent=self.exchange.sent)

    def reset(self) -> None:
        """Drop the connection, so that the next message logs on again."""
        if self.session is not None:
            self.session.close()
        self.session = None
        self.encryption = None

    def _send(self, message: bytes) -> bytes:
        if time.monotonic() - self._last_used > self._timeouts.idle:
            self.reset()
        self.exchange.begin(
            message, min(self.seconds, self._deadline.remaining + self._timeouts.stop)
        )
        if self.session is None:
            self._log_on()
        self.exchange.sent = False
        request = self._request_template.copy()
        content, payload = self._encrypt(message)
        request.body = payload
        request.headers["Content-Type"] = content
        request.headers["Content-Length"] = str(len(payload))
        answer = self._send_request(request)
        self._last_used = time.monotonic()
        return answer

    def _log_on(self) -> None:
        session = self._build_session()
        try:
            self._request_template = session.prepare_request(
                requests.Request("POST", self.endpoint)
            )
            if self.wrap_required:
                # The logon provides the key, so it comes before the first message.
                self._send_request(self._request_template.copy())
                self.encryption = self._encryption_context(session)
        except BaseException:
            session.close()
            raise
        self.session = session

    def _build_session(self) -> requests.Session:
        session = requests.Session()
        self._adapter = mount(session, self._host, self.exchange)
        self._proxies = session.proxies
        try:
            getattr(self, f"_build_auth_{self.auth}")(session)
        except ValueError as error:
            raise InvalidSetting(str(error)) from error
        return session

    def _build_auth_basic(self, session: requests.Session) -> None:
        super()._build_auth_basic(session)
        # As bytes of UTF-8: requests would encode text as Latin-1, or fail.
        user, password = self.username or "", self.password or ""
        session.auth = requests.auth.HTTPBasicAuth(user.encode(), password.encode())

    def _encryption_context(self, session: requests.Session) -> WinRMEncryption:
        context = session.auth.contexts.get(urlsplit(self.endpoint).hostname)  # type: ignore[union-attr]
        if context is None:
            raise ProtocolError("it does not request a logon")
        if self.auth == "credssp":
            return WinRMEncryption(context, WinRMEncryption.CREDSSP)
        kerberos = context.response_auth_header == "kerberos"
        protocol = WinRMEncryption.KERBEROS if kerberos else WinRMEncryption.SPNEGO
        return WinRMEncryption(context, protocol)

    def _encrypt(self, message: bytes) -> tuple[str, bytes]:
        if self.encryption is None:
            if self.wrap_required:
                raise ProtocolError("no encryption key was agreed")
            return "application/soap+xml;charset=UTF-8", message
        content, payload = self.encryption.wrap_message(message)
        protocol = self.encryption.protocol
        return f'{content};protocol="{protocol}";boundary="Encrypted Boundary"', payload

    def _send_request(self, request: requests.PreparedRequest, timeout: Any = None) -> bytes:
        del timeout
        response = self._post(request)
        body = self._decrypt(response)
        if response.status_code == UNAUTHORIZED:
            offered = response.headers.get("www-authenticate", "")
            if self.auth == "basic" and "basic" not in offered.lower():
                raise AuthNotOffered(offered)
            raise AuthenticationError(f"{self.auth} was refused")
        if response.status_code != _OK:
            # Any other status may carry a page of a proxy or load balancer: not to be quoted.
            fault = response.status_code == SERVER_ERROR
            text = body.decode("utf-8", "replace") if fault else ""
            raise WinRMTransportError("http", response.status_code, text)
        return body

    def _post(self, request: requests.PreparedRequest) -> requests.Response:
        seconds = self.exchange.remaining()
        timeout = (min(self._timeouts.connect, seconds), seconds)
        options: dict[str, Any] = {"timeout": timeout, "proxies": self._proxies}
        try:
            # Not through the session: its cookies and redirects have no place in WinRM.
            response = self._adapter.send(request, **options)
            answer: requests.Response = dispatch_hook(
                "response", request.hooks, response, **options
            )
            answer.content  # noqa: B018 - reads the answer
        except requests.RequestException:
            raise
        except AuthenticationError as error:
            offered = _OFFERED.search(str(error))
            raise AuthNotOffered(offered.group(1) if offered else str(error)) from error
        except ValueError as error:
            raise ProtocolError(f"during the logon: {error}") from error
        return answer

    def _decrypt(self, response: requests.Response) -> bytes:
        content = response.headers.get("content-type", "")
        boundary = _BOUNDARY.match(content)
        if self.encryption is None and boundary is None:
            return response.content
        if boundary is None:
            # Only the host has the key; an unencrypted answer may report nothing but a refusal.
            if response.status_code in {_OK, SERVER_ERROR}:
                raise ProtocolError("it is not encrypted")
            return b""
        if self.encryption is None:
            raise ProtocolError("it is encrypted, but no key was agreed")
        try:
            return self.encryption.unwrap_message(response.content, boundary.group(1))
        except _DECRYPTION_ERRORS as error:
            raise ProtocolError("it cannot be decrypted") from error
