"""From what was seen of a host to a finding for each check. Pure: it never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks import logon, session
from aovpn_remediate.doctor.checks import network as way
from aovpn_remediate.doctor.checks.case import Case
from aovpn_remediate.doctor.observed import Observation, Reason
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results.examination import Check, Finding, HostHealth, Level

_LOOKS: Mapping[Check, Callable[[Case], Finding | None]] = {
    Check.NAME: way.name,
    Check.PORT: way.port,
    Check.TLS: way.tls,
    Check.LOGON: logon.logon,
    Check.ENCRYPTION: logon.encryption,
    Check.SHELLS: logon.shells,
    Check.OPENING: session.opening,
    Check.POWERSHELL: session.powershell,
    Check.LANGUAGE: session.language,
    Check.RIGHTS: session.rights,
    Check.CLOCK: session.clock,
    Check.REBOOT: session.reboot,
}
_BLAMED: Mapping[Reason, Check] = {
    Reason.NAME_UNKNOWN: Check.NAME,
    Reason.REFUSED: Check.PORT,
    Reason.SILENT: Check.PORT,
    Reason.NO_ROUTE: Check.PORT,
    Reason.NOT_WINRM: Check.PORT,
    Reason.UNREACHABLE: Check.PORT,
    Reason.LOST: Check.PORT,
    Reason.TLS_DATES: Check.TLS,
    Reason.TLS_NAME: Check.TLS,
    Reason.TLS_ISSUER: Check.TLS,
    Reason.NO_TLS: Check.TLS,
    Reason.UNENCRYPTED: Check.ENCRYPTION,
    Reason.QUOTA: Check.SHELLS,
    Reason.DENIED: Check.RIGHTS,
    Reason.ENDPOINT: Check.POWERSHELL,
    Reason.NO_POWERSHELL: Check.POWERSHELL,
    Reason.SLOW: Check.OPENING,
    Reason.OTHER: Check.OPENING,
    Reason.SCRIPT: Check.LANGUAGE,
}
"""Where a trouble is found; in the logon where nothing else is said."""


def judge(host: Host, seen: Observation) -> HostHealth:
    """What is well on a host, what is not, and the cure."""
    case = Case(host, seen)
    return HostHealth(
        host=host.name,
        address=host.address,
        findings=tuple(_finding(check, case) for check in Check),
        seconds=seen.seconds,
        requests=seen.requests,
    )


def not_begun(host: Host) -> HostHealth:
    """A host that was not looked at."""
    asked = tuple(Finding(check=check, level=Level.SKIPPED) for check in Check)
    return HostHealth(host=host.name, address=host.address, findings=asked)


def _finding(check: Check, case: Case) -> Finding:
    trouble = case.seen.trouble
    if trouble is not None and _BLAMED.get(trouble.reason, Check.LOGON) is check:
        found = "; ".join(part for part in (trouble.what, _more(case, trouble.reason)) if part)
        return case.finding(check, Level.FAILED, found, cures.OF_REASON[trouble.reason])
    return _LOOKS[check](case) or Finding(check=check, level=Level.SKIPPED)


def _more(case: Case, reason: Reason) -> str:
    """What else is known about a trouble."""
    if reason is Reason.QUOTA:
        shells = logon.mine(case)
        return logon.shells_open(shells) if shells else ""
    certificate = case.seen.tls.certificate if case.seen.tls else None
    if certificate is None:
        return ""
    match reason:
        case Reason.TLS_NAME:
            return f"it is for {', '.join(certificate.names) or certificate.subject}"
        case Reason.TLS_ISSUER:
            return f"its issuer is {certificate.issuer}"
        case Reason.TLS_DATES:
            return f"it is from {certificate.begins:%Y-%m-%d} to {certificate.ends:%Y-%m-%d}"
    return ""
