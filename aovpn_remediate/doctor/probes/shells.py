"""A second logon, beside the session: how it came out, and which shells are open on the host.

It costs the requests of a logon and one more, and is made only where the credential has proved
good: no account is locked out by it.
"""

from __future__ import annotations

import re
import threading
import xml.etree.ElementTree as ET
from typing import Any

from pypsrp.wsman import NAMESPACES

from aovpn_remediate.doctor.observed import Shell, Wire
from aovpn_remediate.errors import TransportError
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.transports.base import Telemetry
from aovpn_remediate.transports.deadlines import Deadline, Timeouts
from aovpn_remediate.transports.psrp.wsman import Connection
from aovpn_remediate.transports.translate import translated

_SHELLS = "http://schemas.microsoft.com/wbem/wsman/1/windows/shell"
_MOST = "32000"
"""Shells in one answer: more than a host can have."""
_CHOOSE = ("negotiate", "kerberos", "ntlm")
_DURATION = re.compile(r"P(?:(\d{1,9})D)?(?:T(?:(\d{1,9})H)?(?:(\d{1,9})M)?(?:([\d.]{1,9})S)?)?")


def look_at_wire(
    host: Host, password: str | None, cancel: threading.Event, telemetry: Telemetry
) -> Wire:
    """Log on once more and list the shells; `telemetry` counts what it costs."""
    timeouts = Timeouts.of(host.connection)
    deadline = Deadline(cancel)
    deadline.start(timeouts.opening)
    try:
        with translated(host):
            connection = Connection(host, password, deadline, timeouts, telemetry)
    except TransportError as error:
        return Wire(trouble=str(error))
    shells: tuple[Shell, ...] | None = None
    trouble = ""
    try:
        with translated(host):
            shells = _read(connection.enumerate(_SHELLS, _question()))
    except TransportError as error:
        trouble = str(error)
    logon, sealed = _logon(host, connection)
    connection.close()
    return Wire(logon, sealed, shells, trouble)


def _question() -> ET.Element:
    question = ET.Element(f"{{{NAMESPACES['wsen']}}}Enumerate")
    ET.SubElement(question, f"{{{NAMESPACES['wsman']}}}OptimizeEnumeration")
    ET.SubElement(question, f"{{{NAMESPACES['wsman']}}}MaxElements").text = _MOST
    return question


def _read(body: ET.Element) -> tuple[Shell, ...]:
    found = body.findall("wsen:EnumerateResponse/wsman:Items/rsp:Shell", NAMESPACES)
    return tuple(
        Shell(
            owner=shell.findtext("rsp:Owner", "", NAMESPACES),
            seconds=_seconds(shell.findtext("rsp:ShellRunTime", "", NAMESPACES)),
        )
        for shell in found
    )


def _seconds(duration: str) -> float:
    """Of an xs:duration such as P0DT1H5M3S; 0 for what is none."""
    found = _DURATION.fullmatch(duration)
    if found is None:
        return 0.0
    try:
        days, hours, minutes, rest = (float(part or 0) for part in found.groups())
    except ValueError:
        return 0.0
    return days * 86_400 + hours * 3600 + minutes * 60 + rest


def _logon(host: Host, connection: Connection) -> tuple[str | None, bool | None]:
    """What was negotiated, and whether messages are sealed; None where it did not come so far."""
    wire = connection.transport
    if wire.session is None:
        return None, None
    sealed = wire.encryption is not None
    if host.connection.auth not in _CHOOSE:
        return host.connection.auth, sealed
    contexts: dict[str, Any] = getattr(wire.session.auth, "contexts", {})
    for context in contexts.values():
        return getattr(context, "negotiated_protocol", None), sealed
    return None, sealed
