"""A second logon besides the session, to learn its protocol and the open shells of the host.

The probe costs the requests of a logon and one more. It is made only with a credential that the
host has accepted, so that no account is locked out.
"""

from __future__ import annotations

import re
import threading
import xml.etree.ElementTree as ET
from typing import Any

from pypsrp.wsman import NAMESPACES

from aovpn_remediate.doctor.observed import LogonDetails, Shell
from aovpn_remediate.errors import TransportError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.psrp.wsman import Connection
from aovpn_remediate.transports.translate import translated

_SHELLS = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_MOST = "32000"
"""The number of shells in one answer: more than a host can have."""
_NEGOTIATING = ("negotiate", "kerberos", "ntlm")
_DURATION = re.compile(r"P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:([\d.]{1,9})S)?)?")


def probe_logon(
    host: Host, password: str | None, cancel: threading.Event, telemetry: Telemetry
) -> LogonDetails:
    """Log on once more and list the shells; `telemetry` counts the cost."""
    timeouts = Timeouts.of(host.connection)
    deadline = Deadline(cancel)
    deadline.start(timeouts.opening)
    try:
        with translated(host):
            connection = Connection(host, password, deadline, timeouts, telemetry)
    except TransportError as error:
        return LogonDetails(shells_error=str(error))
    shells: tuple[Shell, ...] | None = None
    shells_error = ""
    try:
        with translated(host):
            shells = _read_shells(connection.enumerate(_SHELLS, _enumeration()))
    except TransportError as error:
        shells_error = str(error)
    protocol, encrypted = _negotiated(host, connection)
    connection.close()
    return LogonDetails(protocol, encrypted, shells, shells_error)


def _enumeration() -> ET.Element:
    enumeration = ET.Element(f"{{{NAMESPACES['wsen']}}}Enumerate")
    ET.SubElement(enumeration, f"{{{NAMESPACES['wsman']}}}OptimizeEnumeration")
    ET.SubElement(enumeration, f"{{{NAMESPACES['wsman']}}}MaxElements").text = _MOST
    return enumeration


def _read_shells(body: ET.Element) -> tuple[Shell, ...]:
    found = body.findall("wsen:EnumerateResponse/wsman:Items/rsp:Shell", NAMESPACES)
    return tuple(
        Shell(
            owner=shell.findtext("rsp:Owner", "", NAMESPACES),
            seconds=_seconds(shell.findtext("rsp:ShellRunTime", "", NAMESPACES)),
        )
        for shell in found
    )


def _seconds(duration: str) -> float:
    """Return the seconds of an xs:duration such as P0DT1H5M3S; 0 for any other text."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        return 0.0
    try:
        days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    except ValueError:
        return 0.0
    return days * 86_400 + hours * 3600 + minutes * 60 + rest


def _negotiated(host: Host, connection: Connection) -> tuple[str | None, bool | None]:
    """Return the protocol and encryption of the logon; None if it did not get that far."""
    transport = connection.transport
    if transport.session is None:
        return None, None
    encrypted = transport.encryption is not None
    if host.connection.auth not in _NEGOTIATING:
        return host.connection.auth, encrypted
    contexts: dict[str, Any] = getattr(transport.session.auth, "contexts", {})
    for context in contexts.values():
        return getattr(context, "negotiated_protocol", None), encrypted
    return None, encrypted
