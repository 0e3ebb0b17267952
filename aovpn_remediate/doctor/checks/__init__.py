"""The evaluation of the observations of a host: a finding for each check. Pure; never raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from aovpn_remediate.doctor import cures
from aovpn_remediate.doctor.checks import logon, network, session
from aovpn_remediate.doctor.checks.context import CheckContext
from aovpn_remediate.doctor.observed import Observation, Reason
from aovpn_remediate.engine.reading.identity import clones, refusals
from aovpn_remediate.inventory.model import Host
from aovpn_remediate.results import Facts
from aovpn_remediate.results.examination import Check, Finding, HostHealth, Level

_CHECKS: Mapping[Check, Callable[[CheckContext], Finding | None]] = {
    Check.NAME: network.check_name,
    Check.PORT: network.check_port,
    Check.TLS: network.check_tls,
    Check.LOGON: logon.check_logon,
    Check.ENCRYPTION: logon.check_encryption,
    Check.SHELLS: logon.check_shells,
    Check.OPENING: session.check_opening,
    Check.POWERSHELL: session.check_powershell,
    Check.LANGUAGE: session.check_language,
    Check.RIGHTS: session.check_rights,
    Check.IDENTITY: session.check_identity,
    Check.CLOCK: session.check_clock,
    Check.REBOOT: session.check_reboot,
}
_CHECK_OF_REASON: Mapping[Reason, Check] = {
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
"""The check that reports each reason; any other reason is reported by the logon check."""


def evaluate(host: Host, observed: Observation) -> HostHealth:
    """Evaluate the observations of a host: a finding for each check."""
    context = CheckContext(host, observed)
    return HostHealth(
        host=host.name,
        address=host.address,
        findings=tuple(_finding(check, context) for check in Check),
        seconds=observed.seconds,
        requests=observed.requests,
    )


def with_identities(
    results: Sequence[HostHealth], facts: Mapping[str, Facts]
) -> tuple[HostHealth, ...]:
    """Return the results with the hosts that are one server, or have the id of another one."""
    same, alike = refusals(facts), clones(facts)
    return tuple(_with_identity(host, same, alike) for host in results)


def _with_identity(
    host: HostHealth, same: Mapping[str, str], alike: Mapping[str, str]
) -> HostHealth:
    if host.host in same:
        told, level, cure = same[host.host], Level.FAILED, cures.SAME_SERVER
    elif host.host in alike:
        told, level, cure = alike[host.host], Level.WARNING, cures.CLONE
    else:
        return host
    finding = Finding(check=Check.IDENTITY, level=level, found=told, cure=cure)
    findings = tuple(finding if old.check is Check.IDENTITY else old for old in host.findings)
    return host.model_copy(update={"findings": findings})


def not_examined(host: Host) -> HostHealth:
    """Return the result for a host that was not examined."""
    findings = tuple(Finding(check=check, level=Level.SKIPPED) for check in Check)
    return HostHealth(host=host.name, address=host.address, findings=findings)


def _finding(check: Check, context: CheckContext) -> Finding:
    failure = context.observed.failure
    if failure is not None and _CHECK_OF_REASON.get(failure.reason, Check.LOGON) is check:
        parts = (failure.text, _details(context, failure.reason))
        found = "; ".join(part for part in parts if part)
        return context.finding(check, Level.FAILED, found, cures.BY_REASON[failure.reason])
    return _CHECKS[check](context) or Finding(check=check, level=Level.SKIPPED)


def _details(context: CheckContext, reason: Reason) -> str:
    """Return further details of a failure from other observations."""
    if reason is Reason.QUOTA:
        shells = logon.shells_of_account(context)
        return logon.describe_shells(shells) if shells else ""
    certificate = context.observed.tls.certificate if context.observed.tls else None
    if certificate is None:
        return ""
    match reason:
        case Reason.TLS_NAME:
            return f"the certificate is for {', '.join(certificate.names) or certificate.subject}"
        case Reason.TLS_ISSUER:
            return f"the issuer is {certificate.issuer}"
        case Reason.TLS_DATES:
            return f"valid from {certificate.begins:%Y-%m-%d} to {certificate.ends:%Y-%m-%d}"
    return ""
