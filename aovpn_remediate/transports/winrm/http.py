"""pywinrm's WinRM with strict rules for deadlines, encryption and the answers it accepts.

pywinrm itself sends an unencrypted message when the logon that should provide the key failed, or
when the authentication method provides none; it accepts unencrypted answers, and answers to other
requests.
"""

from __future__ import annotations

import re
import struct
import time
import xml.etree.ElementTree as ET
from typing import Any, Literal

import requests
import spnego.exceptions
import xmltodict  # type: ignore[import-untyped] # pywinrm's own, without types
from requests.auth import HTTPBasicAuth
from winrm.exceptions import (
    InvalidCredentialsError,
    WinRMError,
    WinRMOperationTimeoutError,
    WinRMTransportError,
    WSManFaultError,
)
from winrm.protocol import Protocol
from winrm.transport import Transport

from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.http import HostAdapter, mount, must_encrypt
from aovpn_remediate.transports.outcome import (
    SERVER_ERROR,
    UNAUTHORIZED,
    AuthNotOffered,
    InvalidSetting,
    ProtocolError,
)
from aovpn_remediate.transports.sockets import Exchange

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
"""The namespace of shells, and the prefix of the actions on a shell."""

_OK = 200
_CREATE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
_UTF8 = "65001"
_SHELL_IDLE = "PT600S"
"""The time after which the host itself ends a shell that was abandoned."""
_MESSAGE_ID = re.compile(r"<a:MessageID>([^<]+)<")
_SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
_RELATES_TO = f"{_SOAP}Header/{{http://schemas.xmlsoap.org/ws/2004/08/addressing}}RelatesTo"

_Auth = Literal["basic", "certificate", "ntlm", "kerberos", "credssp"]


class WinRmTransport(Transport):
    """HTTP to one host for one session: logs on, and encrypts messages where required."""

    def __init__(self, host: Host, exchange: Exchange, timeouts: Timeouts, **settings: Any) -> None:
        super().__init__(**settings)
        self.exchange = exchange
        self._host = host
        self._timeouts = timeouts

    def build_session(self) -> requests.Session:
        """Build a session, logged on where messages are encrypted; close it if that fails."""
        try:
            session = super().build_session()
            self._mount(session)
        except BaseException:
            self.close_session()
            raise
        return session

    def setup_encryption(self, session: requests.Session) -> None:
        """Set up encryption as `Transport.setup_encryption` does; the logon has to give a key."""
        self._mount(session)
        super().setup_encryption(session)
        # With Kerberos, pywinrm itself fails without a key.
        keys = {"ntlm": "session_security", "credssp": "contexts"}.get(self.auth_method)
        if keys and not getattr(session.auth, keys):
            raise ProtocolError("it does not request a logon")

    def _mount(self, session: requests.Session) -> None:
        if isinstance(session.get_adapter(self.endpoint), HostAdapter):
            return
        mount(session, self._host, self.exchange)
        if isinstance(session.auth, HTTPBasicAuth):
            # As bytes of UTF-8: requests would encode text as Latin-1, or fail.
            user, password = self.username or "", self.password or ""
            session.auth = HTTPBasicAuth(user.encode(), password.encode())

    def _send_message_request(
        self, session: requests.Session, prepared_request: requests.PreparedRequest
    ) -> requests.Response:
        seconds = self.exchange.remaining()
        timeout = (min(self._timeouts.connect, seconds), seconds)
        try:
            response = session.send(prepared_request, timeout=timeout, allow_redirects=False)
        except (KeyError, PermissionError) as error:
            raise ProtocolError(f"during the logon: {error}") from error
        if response.status_code == UNAUTHORIZED:
            self._refuse(response.headers.get("www-authenticate", ""))
        if response.status_code != _OK:
            # Any other status may carry a page of a proxy or load balancer: not to be quoted.
            fault = response.status_code == SERVER_ERROR and response.content
            text = self._get_message_response_text(response) if fault else b""
            raise WinRMTransportError("http", response.status_code, text.decode("utf-8", "replace"))
        return response

    def _refuse(self, offered: str) -> None:
        wanted = ("negotiate", "ntlm") if self.auth_method == "ntlm" else (self.auth_method,)
        negotiated = self.auth_method != "certificate"
        if negotiated and not any(scheme in offered.lower() for scheme in wanted):
            raise AuthNotOffered(offered)
        raise InvalidCredentialsError(f"{self.auth_method} was refused")

    def _get_message_response_text(self, response: requests.Response) -> bytes:
        if self.encryption is None:
            return response.content
        if not response.headers.get("Content-Type", "").startswith("multipart/"):
            raise ProtocolError("it is not encrypted")
        try:
            return self.encryption.parse_encrypted_response(response)
        except (IndexError, ValueError, struct.error) as error:
            raise ProtocolError("it cannot be decrypted") from error
        except (WinRMError, spnego.exceptions.SpnegoError) as error:
            raise ProtocolError("it cannot be decrypted") from error


class Connection(Protocol):
    """The WinRM command shells on one host."""

    transport: WinRmTransport

    def __init__(
        self,
        host: Host,
        password: str | None,
        deadline: Deadline,
        timeouts: Timeouts,
        telemetry: Telemetry,
    ) -> None:
        settings = _settings(host, password)
        try:
            super().__init__(
                **settings,
                operation_timeout_sec=max(int(timeouts.operation), 1),
                read_timeout_sec=max(int(timeouts.operation), 1) + 1,
            )
            self.transport = WinRmTransport(
                host,
                Exchange(telemetry),
                timeouts,
                **{"auth_method": settings.pop("transport"), **settings},
            )
        except WinRMError as error:
            raise InvalidSetting(str(error)) from error
        self.seconds = timeouts.operation + timeouts.grace
        """The longest wait for the next answer."""
        self._deadline = deadline
        self._timeouts = timeouts
        self._last_used = time.monotonic()

    def send_message(self, message: str) -> bytes:
        """Send as `Protocol.send_message` does; `ProtocolError` if the answer is to another."""
        if time.monotonic() - self._last_used > self._timeouts.idle:
            self.transport.close_session()
        seconds = min(self.seconds, self._deadline.remaining + self._timeouts.stop)
        self.transport.exchange.begin(message.encode(), seconds)
        try:
            answer = super().send_message(message)
            _check_answer(message, answer)
        except (WSManFaultError, WinRMOperationTimeoutError):
            raise
        except BaseException:
            self.transport.close_session()
            raise
        self._last_used = time.monotonic()
        return answer

    def create_shell(self, shell: str) -> str:
        """Create a command shell with this id, and return the id that the host gave it."""
        header = self.build_wsman_header(_CREATE, f"{SHELL}/cmd")
        options = {"WINRS_NOPROFILE": "TRUE", "WINRS_CODEPAGE": _UTF8}
        header["env:Header"]["w:OptionSet"] = {
            "w:Option": [{"@Name": name, "#text": text} for name, text in options.items()]
        }
        shape = {"rsp:InputStreams": "stdin", "rsp:OutputStreams": "stdout stderr"}
        idle = {"rsp:IdleTimeOut": _SHELL_IDLE}
        answer = self.request(header, {"rsp:Shell": {"@ShellId": shell, **shape, **idle}})
        return answer.findtext(f".//{{{SHELL}}}ShellId") or shell

    def request(self, header: dict[str, Any], body: dict[str, Any]) -> ET.Element:
        """Send a message of these parts, in the form of `xmltodict`, and return the answer."""
        message = xmltodict.unparse({"env:Envelope": {**header, "env:Body": body}})
        return ET.fromstring(self.send_message(message))  # noqa: S314 - expat stops bombs


def _check_answer(message: str, answer: bytes) -> None:
    try:
        envelope = ET.fromstring(answer)  # noqa: S314 - expat stops bombs
    except ET.ParseError as error:
        raise ProtocolError("it is not SOAP") from error
    sent = _MESSAGE_ID.search(message)
    relates_to = envelope.findtext(_RELATES_TO) or ""
    if sent is None or relates_to.lower() != sent.group(1).lower():
        raise ProtocolError("it answers another request")


def _settings(host: Host, password: str | None) -> dict[str, Any]:
    connection = host.connection
    address = f"[{host.address}]" if ":" in host.address else host.address
    return {
        "endpoint": f"{connection.scheme}://{address}:{connection.resolved_port}/wsman",
        "transport": _auth(host, password),
        "username": host.credential.username,
        "password": password,
        "cert_pem": connection.certificate,
        "cert_key_pem": connection.certificate_key or connection.certificate,
        "server_cert_validation": "validate" if connection.verify else "ignore",
        "kerberos_delegation": connection.delegate,
        # With "auto" pywinrm would fall back to unencrypted messages.
        "message_encryption": "always" if must_encrypt(connection) else "never",
        # None, so that pywinrm does not take either from the environment.
        "ca_trust_path": None,
        "proxy": None,
    }


def _auth(host: Host, password: str | None) -> _Auth:
    if host.connection.auth == "negotiate":
        # pywinrm does not negotiate, and takes no password for Kerberos.
        return "kerberos" if password is None else "ntlm"
    return host.connection.auth
