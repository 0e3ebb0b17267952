"""pypsrp's WS-Management over our HTTP: what is sent again, and which answers are believed.

pypsrp itself sends nothing again after a reset, and takes a fault for whatever was asked last.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import Any

from pypsrp.exceptions import WinRMTransportError, WSManFaultError
from pypsrp.wsman import NAMESPACES, OptionSet, SelectorSet, WSMan, WSManAction

from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.deadlines import Limits, Watch
from aovpn_remediate.transports.http import must_seal
from aovpn_remediate.transports.outcome import QUOTAS, BadSetting, Fate, Nonsense, fault_code
from aovpn_remediate.transports.psrp.http import Wire

_AROUND_PAYLOAD = 4096
"""More bytes than an envelope has besides what it carries."""
_AGAIN = {Fate.NOT_SENT, Fate.LOST, Fate.LATE, Fate.UNREADABLE}


class Connection(WSMan):
    """WS-Management with one host."""

    transport: Wire

    def __init__(
        self, host: Host, password: str | None, watch: Watch, limits: Limits, telemetry: Telemetry
    ) -> None:
        settings = _settings(host, password)
        try:
            super().__init__(**settings)
            wire = Wire(host, watch, limits, telemetry, **settings)
        except ValueError as error:
            raise BadSetting(str(error)) from error
        self.transport = wire
        self.operation_timeout = limits.operation  # type: ignore[assignment] # it is written as text
        self._watch = watch
        self._limits = limits

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
        """As `WSMan.invoke`; `Nonsense` for an answer that is not one to this request."""
        del retries_on_read_timeout
        number, header = self._create_header(
            action,
            resource_uri,
            option_set,
            selector_set,
            timeout,  # type: ignore[arg-type] # it is written as text
        )
        envelope = ET.Element(f"{{{NAMESPACES['s']}}}Envelope")
        envelope.append(header)
        body = ET.SubElement(envelope, f"{{{NAMESPACES['s']}}}Body")
        if resource is not None:
            body.append(resource)
        message = ET.tostring(envelope, encoding="unicode").encode()
        self.transport.seconds = self._seconds(action, timeout)
        if action == WSManAction.RECEIVE:
            return self._ask_again(message, f"uuid:{number}")
        return self._ask(message, f"uuid:{number}")

    def _ask_again(self, message: bytes, number: str) -> ET.Element:
        """The answer to a request for output: sent again as it is, it is answered the same."""
        for turn in range(self._limits.retries):
            try:
                return self._ask(message, number)
            except Exception as error:
                pause = self._limits.backoff * 2**turn
                if fault_code(error) in QUOTAS:
                    pause = self._limits.quota
                elif fault_code(error) is not None or self.transport.fate_of(error) not in _AGAIN:
                    raise
                if not self._watch.pause(pause):
                    raise
        return self._ask(message, number)

    def _ask(self, message: bytes, number: str) -> ET.Element:
        try:
            answer = ET.fromstring(self.transport.send(message))  # noqa: S314 - see psrp_messages
        except WinRMTransportError as error:
            fault = self._fault_in(error)
            if fault is None:
                raise
            raise fault from error
        except ET.ParseError as error:
            self.transport.reset()
            raise Nonsense("it is no SOAP") from error
        if answer.findtext("s:Header/wsa:RelatesTo", None, NAMESPACES) != number:
            self.transport.reset()
            raise Nonsense("it is the answer to another request")
        if answer.find("s:Body", NAMESPACES) is None:
            raise Nonsense("it is no SOAP")
        return answer

    def _fault_in(self, error: WinRMTransportError) -> WSManFaultError | None:
        try:
            fault = self._parse_wsman_fault(error.response_text)
        except ET.ParseError:
            return None
        return fault if fault.code is not None else None

    def _calc_envelope_size(self, max_envelope_size: int) -> int:
        # pypsrp writes an envelope to measure it, for every session twice.
        return (max_envelope_size - _AROUND_PAYLOAD) // 4 * 3

    def _seconds(self, action: str, timeout: float | None) -> float:
        if action == WSManAction.SIGNAL:
            return self._limits.stop
        if action == WSManAction.DELETE:
            # Leaves the time for one more try.
            return self._limits.close / 2
        return (timeout or self._limits.operation) + self._limits.grace


def _settings(host: Host, password: str | None) -> dict[str, Any]:
    connection = host.connection
    return {
        "server": host.address,
        "port": connection.resolved_port,
        "username": host.credential.username,
        "password": password,
        "ssl": connection.scheme == "https",
        "auth": connection.auth,
        "encryption": "always" if must_seal(connection) else "never",
        "negotiate_delegate": connection.delegate or None,
        "certificate_pem": connection.certificate,
        "certificate_key_pem": connection.certificate_key or connection.certificate,
    }
