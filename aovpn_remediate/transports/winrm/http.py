"""pywinrm's WinRM over our HTTP: how long an answer may take, and what is believed.

pywinrm itself sends a message in plain when the logon that was to seal it failed, or when the way
to log on cannot seal; it takes plain answers, and answers to other requests.
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
from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.http import HostAdapter, mount, must_seal
from aovpn_remediate.transports.outcome import (
    SERVER_ERROR,
    UNAUTHORIZED,
    BadSetting,
    Nonsense,
    NotOffered,
)
from aovpn_remediate.transports.sockets import Exchange

SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
"""The namespace of shells, and the start of what can be asked of one."""

_OK = 200
_CREATE = "http://schemas.xmlsoap.org/ws/2004/09/transfer/Create"
_UTF8 = "65001"
_SHELL_IDLE = "PT600S"
"""After which the host itself ends a shell that was lost."""
_MESSAGE_ID = re.compile(r"<a:MessageID>([^<]+)<")
_SOAP = "{http://www.w3.org/2003/05/soap-envelope}"
_RELATES_TO = f"{_SOAP}Header/{{http://schemas.xmlsoap.org/ws/2004/08/addressing}}RelatesTo"

_Auth = Literal["basic", "certificate", "ntlm", "kerberos", "credssp"]


class Wire(Transport):
    """HTTP to one host for one session: logs on, and seals messages where asked."""

    def __init__(self, host: Host, exchange: Exchange, limits: Limits, **settings: Any) -> None:
        super().__init__(**settings)
        self.exchange = exchange
        self._host = host
        self._limits = limits

    def build_session(self) -> requests.Session:
        """The session, logged on where messages are sealed; none is left when that fails."""
        try:
            session = super().build_session()
            self._mount(session)
        except BaseException:
            self.close_session()
            raise
        return session

    def setup_encryption(self, session: requests.Session) -> None:
        """As `Transport.setup_encryption`."""
        self._mount(session)
        super().setup_encryption(session)
        # Kerberos sees to it itself.
        keys = {"ntlm": "session_security", "credssp": "contexts"}.get(self.auth_method)
        if keys and not getattr(session.auth, keys):
            raise Nonsense("it does not ask for a logon")

    def _mount(self, session: requests.Session) -> None:
        if isinstance(session.get_adapter(self.endpoint), HostAdapter):
            return
        mount(session, self._host, self.exchange)
        if isinstance(session.auth, HTTPBasicAuth):
            # What is not ASCII goes as UTF-8; text would go as Latin-1, or not at all.
            user, password = self.username or "", self.password or ""
            session.auth = HTTPBasicAuth(user.encode(), password.encode())

    def _send_message_request(
        self, session: requests.Session, prepared_request: requests.PreparedRequest
    ) -> requests.Response:
        left = self.exchange.left()
        timeouts = (min(self._limits.connect, left), left)
        try:
            response = session.send(prepared_request, timeout=timeouts, allow_redirects=False)
        except (KeyError, PermissionError) as error:
            raise Nonsense(f"in the logon: {error}") from error
        if response.status_code == UNAUTHORIZED:
            self._refused(response.headers.get("www-authenticate", ""))
        if response.status_code != _OK:
            # What is not a fault may be a page of whoever is in between.
            fault = response.status_code == SERVER_ERROR and response.content
            text = self._get_message_response_text(response) if fault else b""
            raise WinRMTransportError("http", response.status_code, text.decode("utf-8", "replace"))
        return response

    def _refused(self, offered: str) -> None:
        wanted = ("negotiate", "ntlm") if self.auth_method == "ntlm" else (self.auth_method,)
        asks = self.auth_method != "certificate"
        if asks and not any(scheme in offered.lower() for scheme in wanted):
            raise NotOffered(offered)
        raise InvalidCredentialsError(f"{self.auth_method} was refused")

    def _get_message_response_text(self, response: requests.Response) -> bytes:
        if self.encryption is None:
            return response.content
        if not response.headers.get("Content-Type", "").startswith("multipart/"):
            raise Nonsense("it is not encrypted")
        try:
            return self.encryption.parse_encrypted_response(response)
        except (IndexError, ValueError, struct.error) as error:
            raise Nonsense("it cannot be decrypted") from error
        except (WinRMError, spnego.exceptions.SpnegoError) as error:
            raise Nonsense("it cannot be decrypted") from error


class Connection(Protocol):
    """WinRM's command shells on one host."""

    transport: Wire

    def __init__(
        self, host: Host, password: str | None, watch: Watch, limits: Limits, telemetry: Telemetry
    ) -> None:
        settings = _settings(host, password)
        try:
            super().__init__(
                **settings,
                operation_timeout_sec=max(int(limits.operation), 1),
                read_timeout_sec=max(int(limits.operation), 1) + 1,
            )
            self.transport = Wire(
                host,
                Exchange(telemetry),
                limits,
                **{"auth_method": settings.pop("transport"), **settings},
            )
        except WinRMError as error:
            raise BadSetting(str(error)) from error
        self.seconds = limits.operation + limits.grace
        """How long the next answer may take."""
        self._watch = watch
        self._limits = limits
        self._used = time.monotonic()

    def send_message(self, message: str) -> bytes:
        """As `Protocol.send_message`; `Nonsense` for an answer that is not one to this message."""
        if time.monotonic() - self._used > self._limits.idle:
            self.transport.close_session()
        seconds = min(self.seconds, self._watch.left + self._limits.stop)
        self.transport.exchange.begin(message.encode(), seconds)
        try:
            answer = super().send_message(message)
            _check(message, answer)
        except (WSManFaultError, WinRMOperationTimeoutError):
            raise
        except BaseException:
            self.transport.close_session()
            raise
        self._used = time.monotonic()
        return answer

    def make_shell(self, shell: str) -> str:
        """Make a command shell with this id, and give the one that it got."""
        header = self.build_wsman_header(_CREATE, f"{SHELL}/cmd")
        options = {"WINRS_NOPROFILE": "TRUE", "WINRS_CODEPAGE": _UTF8}
        header["env:Header"]["w:OptionSet"] = {
            "w:Option": [{"@Name": name, "#text": text} for name, text in options.items()]
        }
        shape = {"rsp:InputStreams": "stdin", "rsp:OutputStreams": "stdout stderr"}
        idle = {"rsp:IdleTimeOut": _SHELL_IDLE}
        answer = self.ask(header, {"rsp:Shell": {"@ShellId": shell, **shape, **idle}})
        return answer.findtext(f".//{{{SHELL}}}ShellId") or shell

    def ask(self, header: dict[str, Any], body: dict[str, Any]) -> ET.Element:
        """The answer to a message of these parts, as `xmltodict` writes them."""
        message = xmltodict.unparse({"env:Envelope": {**header, "env:Body": body}})
        return ET.fromstring(self.send_message(message))  # noqa: S314 - expat stops bombs


def _check(message: str, answer: bytes) -> None:
    try:
        envelope = ET.fromstring(answer)  # noqa: S314 - expat stops bombs
    except ET.ParseError as error:
        raise Nonsense("it is no SOAP") from error
    sent = _MESSAGE_ID.search(message)
    relates_to = envelope.findtext(_RELATES_TO) or ""
    if sent is None or relates_to.lower() != sent.group(1).lower():
        raise Nonsense("it is the answer to another request")


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
        # With "auto" it would fall back to plain messages.
        "message_encryption": "always" if must_seal(connection) else "never",
        # Neither from the environment.
        "ca_trust_path": None,
        "proxy": None,
    }


def _auth(host: Host, password: str | None) -> _Auth:
    if host.connection.auth == "negotiate":
        # pywinrm chooses neither itself, nor takes a password for Kerberos.
        return "kerberos" if password is None else "ntlm"
    return host.connection.auth
