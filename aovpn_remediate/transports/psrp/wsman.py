"""pypsrp's WS-Management with strict rules for retries and for the answers it accepts.

pypsrp itself repeats no request after a reset, and takes any fault for the answer to the last
request.
"""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ET
from typing import Any

from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.wsman import NAMESPACES, OptionSet, SelectorSet, WSMan, WSManAction

from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.http import must_encrypt
from aovpn_remediate.transports.outcome import (
    QUOTAS,
    InvalidSetting,
    Outcome,
    ProtocolError,
    fault_code,
)
from aovpn_remediate.transports.psrp.http import PsrpTransport

_ENVELOPE_OVERHEAD = 4096
"""More bytes than an envelope needs around its payload."""
_REPEATABLE = {
    Outcome.NOT_SENT,
    Outcome.CONNECTION_LOST,
    Outcome.TIMED_OUT,
    Outcome.INVALID_RESPONSE,
}

# pypsrp registers its namespaces for each connection; ElementTree's registry does not bear threads.
_ONE_AT_A_TIME = threading.Lock()


class Connection(WSMan):
    """WS-Management with one host."""

    transport: PsrpTransport

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
            with _ONE_AT_A_TIME:
                super().__init__(**settings)
            transport = PsrpTransport(host, deadline, timeouts, telemetry, **settings)
        except ValueError as error:
            raise InvalidSetting(str(error)) from error
        self.transport = transport
        self.operation_timeout = timeouts.operation  # type: ignore[assignment] # pypsrp writes it as text
        self._deadline = deadline
        self._timeouts = timeouts

    def invoke(  # noqa: PLR0917 - the arguments are pypsrp's
        self,
        action: str,
        resource_uri: str,
        resource: ET.Element | None,
        option_set: OptionSet | None = None,
        selector_set: SelectorSet | None = None,
        timeout: float | None = None,
        *,
        retries_on_read_timeout: int = 0,
    ) -> ET.Element:
        """Make a request as `WSMan.invoke` does; `ProtocolError` if the answer is to another."""
        del retries_on_read_timeout
        message_id, header = self._create_header(
            action,
            resource_uri,
            option_set,
            selector_set,
            timeout,  # type: ignore[arg-type] # pypsrp writes it as text
        )
        envelope = ET.Element(f"{{{NAMESPACES['s']}}}Envelope")
        envelope.append(header)
        body = ET.SubElement(envelope, f"{{{NAMESPACES['s']}}}Body")
        if resource is not None:
            body.append(resource)
        message = ET.tostring(envelope, encoding="unicode").encode()
        self.transport.seconds = self._answer_seconds(action, timeout)
        if action == WSManAction.RECEIVE:
            return self._request_repeatedly(message, f"uuid:{message_id}")
        return self._request(message, f"uuid:{message_id}")

    def _request_repeatedly(self, message: bytes, message_id: str) -> ET.Element:
        """Repeat a request for output until it is answered: the host repeats the same answer."""
        for attempt in range(self._timeouts.retries):
            try:
                return self._request(message, message_id)
            except Exception as error:
                pause = self._timeouts.backoff * 2**attempt
                if fault_code(error) in QUOTAS:
                    pause = self._timeouts.quota_pause
                elif (
                    fault_code(error) is not None
                    or self.transport.outcome_of(error) not in _REPEATABLE
                ):
                    raise
                if not self._deadline.pause(pause):
                    raise
        return self._request(message, message_id)

    def _request(self, message: bytes, message_id: str) -> ET.Element:
        try:
            answer = ET.fromstring(self.transport.send(message))  # noqa: S314 - see messages
        except WinRMTransportError as error:
            fault = self._fault_in(error)
            if fault is None:
                raise
            raise fault from error
        except ET.ParseError as error:
            self.transport.reset()
            raise ProtocolError("it is not SOAP") from error
        if answer.findtext("s:Header/wsa:RelatesTo", None, NAMESPACES) != message_id:
            self.transport.reset()
            raise ProtocolError("it answers another request")
        if answer.find("s:Body", NAMESPACES) is None:
            raise ProtocolError("it is not SOAP")
        return answer

    def _fault_in(self, error: WinRMTransportError) -> WSManFaultError | None:
        try:
            fault = self._parse_wsman_fault(error.response_text)
        except ET.ParseError:
            return None
        return fault if fault.code is not None else None

    def _calc_envelope_size(self, max_envelope_size: int) -> int:
        # pypsrp would serialize an envelope to measure it, twice per session.
        return (max_envelope_size - _ENVELOPE_OVERHEAD) // 4 * 3

    def _answer_seconds(self, action: str, timeout: float | None) -> float:
        if action == WSManAction.SIGNAL:
            return self._timeouts.stop
        if action == WSManAction.DELETE:
            # Half of the time, so that the request can be repeated once.
            return self._timeouts.close / 2
        return (timeout or self._timeouts.operation) + self._timeouts.grace


def _settings(host: Host, password: str | None) -> dict[str, Any]:
    connection = host.connection
    return {
        "server": host.address,
        "port": connection.resolved_port,
        "username": host.credential.username,
        "password": password,
        "ssl": connection.scheme == "https",
        "auth": connection.auth,
        "encryption": "always" if must_encrypt(connection) else "never",
        "negotiate_delegate": connection.delegate or None,
        "certificate_pem": connection.certificate,
        "certificate_key_pem": connection.certificate_key or connection.certificate,
    }
