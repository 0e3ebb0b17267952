"""SOAP envelopes of WS-Management: requests to read, answers to write."""

from __future__ import annotations

import re
import uuid
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from typing import Self

SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDRESSING = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer"
WSMAN = "http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd"
SHELL = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
POWERSHELL = "http://schemas.microsoft.com/powershell"
FAULT_ACTION = "http://schemas.dmtf.org/wbem/wsman/1/wsman/fault"
CONTENT_TYPE = "application/soap+xml;charset=UTF-8"

_ENVELOPE = (
    f'<s:Envelope xml:lang="en-US" xmlns:s="{SOAP}" xmlns:a="{ADDRESSING}" xmlns:x="{TRANSFER}" '
    f'xmlns:w="{WSMAN}" xmlns:rsp="{SHELL}"><s:Header><a:Action>%s</a:Action>'
    f"<a:MessageID>uuid:%s</a:MessageID><a:To>{ADDRESSING}/role/anonymous</a:To>"
    "<a:RelatesTo>%s</a:RelatesTo></s:Header><s:Body>%s</s:Body></s:Envelope>"
)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?")

DEFAULT_TIMEOUT = 60.0
DEFAULT_ENVELOPE = 153_600


class NotSoap(ValueError):  # noqa: N818 - reads better without Error
    """A request that is not a WS-Management envelope."""


@dataclass(frozen=True)
class Request:
    """A client's request. `timeout` is the OperationTimeout in seconds; sizes are in bytes."""

    action: str
    message_id: str
    resource_uri: str
    to: str
    selectors: dict[str, str]
    timeout: float
    max_envelope: int
    body: ET.Element

    @property
    def name(self) -> str:
        """The last part of the action URI: Create, Receive, ..."""
        return self.action.rpartition("/")[2]

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the request in an envelope. Raises `NotSoap`."""
        try:
            # Expat refuses entity expansion attacks, and the peer is on this machine.
            root = ET.fromstring(data)  # noqa: S314
        except ET.ParseError as error:
            raise NotSoap(f"the XML is invalid: {error}") from error
        header, body = root.find(f"{{{SOAP}}}Header"), root.find(f"{{{SOAP}}}Body")
        if header is None or body is None:
            raise NotSoap("it has no header or no body")
        fields = {child.tag.rpartition("}")[2]: child for child in header}
        text = {name: (child.text or "").strip() for name, child in fields.items()}
        selectors = fields.get("SelectorSet", ())
        try:
            return cls(
                action=text.get("Action", ""),
                message_id=text.get("MessageID", ""),
                resource_uri=text.get("ResourceURI", ""),
                to=text.get("To", ""),
                selectors={item.get("Name", ""): item.text or "" for item in selectors},
                timeout=seconds(text.get("OperationTimeout", ""), default=DEFAULT_TIMEOUT),
                max_envelope=int(text.get("MaxEnvelopeSize", DEFAULT_ENVELOPE)),
                body=body,
            )
        except ValueError as error:
            raise NotSoap(str(error)) from error


def seconds(duration: str, *, default: float) -> float:
    """Convert an xs:duration such as PT20.000S to seconds; '' gives the default."""
    if not duration:
        return default
    found = _DURATION.fullmatch(duration)
    if not found:
        raise ValueError(f"the SOAP header has an invalid timeout: {duration}")
    days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    return days * 86_400 + hours * 3600 + minutes * 60 + rest


def envelope(action: str, relates_to: str, body: str) -> bytes:
    """Write the answer to the request with this message id."""
    return (_ENVELOPE % (action, new_id(), relates_to, body)).encode()


def new_id() -> str:
    """Return a random id in capitals, as Windows writes them."""
    return str(uuid.uuid4()).upper()
