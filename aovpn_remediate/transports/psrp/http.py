"""pypsrp's HTTP over ours: how a host is logged on to, how long an answer may take, what is sealed.

pypsrp itself waits without an end for an answer that drips in, sends a message that was sealed for
a closed connection over the next one, and takes plain answers where everything must be sealed.
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
from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.http import mount
from aovpn_remediate.transports.outcome import (
    SERVER_ERROR,
    UNAUTHORIZED,
    BadSetting,
    Fate,
    Nonsense,
    NotOffered,
    fate_of,
)
from aovpn_remediate.transports.sockets import Exchange

_OK = 200
_BOUNDARY = re.compile(r'multipart/.*;\s*boundary="?([^";]+)')
_UNSEALING = (IndexError, ValueError, struct.error, WinRMError, spnego.exceptions.SpnegoError)
_OFFERED = re.compile(r"actual: '(.*)'")


class Wire(_TransportHTTP):
    """HTTP to one host for one session: logs on, and seals messages where asked."""

    def __init__(
        self, host: Host, watch: Watch, limits: Limits, telemetry: Telemetry, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.exchange = Exchange(telemetry)
        self.seconds = 0.0
        """How long the next answer may take."""
        self._host = host
        self._watch = watch
        self._limits = limits
        self._used = time.monotonic()
        self._blank: requests.PreparedRequest

    def send(
        self, message: bytes, *, retries_on_read_timeout: int = 0, timeout: Any = None
    ) -> bytes:
        """Send a message once and give the answer, within `seconds`; the options are not used."""
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

    def fate_of(self, error: Exception) -> Fate:
        """What became of the last message, which ended in this error."""
        return fate_of(error, sent=self.exchange.sent)

    def reset(self) -> None:
        """Forget the connection; the next message logs on anew."""
        if self.session is not None:
            self.session.close()
        self.session = None
        self.encryption = None

    def _send(self, message: bytes) -> bytes:
        if time.monotonic() - self._used > self._limits.idle:
            self.reset()
        self.exchange.begin(message, min(self.seconds, self._watch.left + self._limits.stop))
        if self.session is None:
            self._log_on()
        self.exchange.sent = False
        request = self._blank.copy()
        content, payload = self._seal(message)
        request.body = payload
        request.headers["Content-Type"] = content
        request.headers["Content-Length"] = str(len(payload))
        answer = self._send_request(request)
        self._used = time.monotonic()
        return answer

    def _log_on(self) -> None:
        session = self._build_session()
        try:
            self._blank = session.prepare_request(requests.Request("POST", self.endpoint))
            if self.wrap_required:
                # The logon makes the key, so it must be done before there is a message.
                self._send_request(self._blank.copy())
                self.encryption = self._agreed(session)
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
            raise BadSetting(str(error)) from error
        return session

    def _build_auth_basic(self, session: requests.Session) -> None:
        super()._build_auth_basic(session)
        # What is not ASCII goes as UTF-8; text would go as Latin-1, or not at all.
        user, password = self.username or "", self.password or ""
        session.auth = requests.auth.HTTPBasicAuth(user.encode(), password.encode())

    def _agreed(self, session: requests.Session) -> WinRMEncryption:
        context = session.auth.contexts.get(urlsplit(self.endpoint).hostname)  # type: ignore[union-attr]
        if context is None:
            raise Nonsense("it does not ask for a logon")
        if self.auth == "credssp":
            return WinRMEncryption(context, WinRMEncryption.CREDSSP)
        kerberos = context.response_auth_header == "kerberos"
        protocol = WinRMEncryption.KERBEROS if kerberos else WinRMEncryption.SPNEGO
        return WinRMEncryption(context, protocol)

    def _seal(self, message: bytes) -> tuple[str, bytes]:
        if self.encryption is None:
            if self.wrap_required:
                raise Nonsense("no key was agreed")
            return "application/soap+xml;charset=UTF-8", message
        content, payload = self.encryption.wrap_message(message)
        protocol = self.encryption.protocol
        return f'{content};protocol="{protocol}";boundary="Encrypted Boundary"', payload

    def _send_request(self, request: requests.PreparedRequest, timeout: Any = None) -> bytes:
        del timeout
        response = self._post(request)
        body = self._unseal(response)
        if response.status_code == UNAUTHORIZED:
            offered = response.headers.get("www-authenticate", "")
            if self.auth == "basic" and "basic" not in offered.lower():
                raise NotOffered(offered)
            raise AuthenticationError(f"{self.auth} was refused")
        if response.status_code != _OK:
            # What is not a fault may be a page of whoever is in between.
            fault = response.status_code == SERVER_ERROR
            text = body.decode("utf-8", "replace") if fault else ""
            raise WinRMTransportError("http", response.status_code, text)
        return body

    def _post(self, request: requests.PreparedRequest) -> requests.Response:
        left = self.exchange.left()
        timeouts = (min(self._limits.connect, left), left)
        options: dict[str, Any] = {"timeout": timeouts, "proxies": self._proxies}
        try:
            # Not by the session: it looks after cookies and redirects, which WinRM has not.
            response = self._adapter.send(request, **options)
            answer: requests.Response = dispatch_hook(
                "response", request.hooks, response, **options
            )
            answer.content  # noqa: B018 - reads it
        except requests.RequestException:
            raise
        except AuthenticationError as error:
            offered = _OFFERED.search(str(error))
            raise NotOffered(offered.group(1) if offered else str(error)) from error
        except ValueError as error:
            raise Nonsense(f"in the logon: {error}") from error
        return answer

    def _unseal(self, response: requests.Response) -> bytes:
        content = response.headers.get("content-type", "")
        boundary = _BOUNDARY.match(content)
        if self.encryption is None and boundary is None:
            return response.content
        if boundary is None:
            # Who cannot seal is not the host; only that it is refused may be said in plain.
            if response.status_code in {_OK, SERVER_ERROR}:
                raise Nonsense("it is not encrypted")
            return b""
        if self.encryption is None:
            raise Nonsense("it is encrypted, with no key agreed")
        try:
            return self.encryption.unwrap_message(response.content, boundary.group(1))
        except _UNSEALING as error:
            raise Nonsense("it cannot be decrypted") from error
