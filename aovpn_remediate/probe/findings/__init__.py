"""What is wrong with the servers of a report, from what they answered. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.probe.findings.certificate import certificate_findings
from aovpn_remediate.probe.findings.compare import difference_findings
from aovpn_remediate.probe.findings.ike import ike_findings
from aovpn_remediate.probe.findings.tls import tls_findings
from aovpn_remediate.probe.words import ike_silence, tls_silence
from aovpn_remediate.results.inspection import Finding, Unread
from aovpn_remediate.results.probes import ProbeReport


def findings_of(report: ProbeReport) -> Iterator[Finding]:
    """Return the findings about each address that answered, then those about all of them."""
    answered = [address for address in report.addresses if address.answered]
    for address in answered:
        yield from tls_findings(address)
        yield from certificate_findings(address, report.made_at)
        yield from ike_findings(address)
    yield from difference_findings(answered)


def unread_of(report: ProbeReport) -> Iterator[Unread]:
    """Return the names without an address, and the addresses where nothing at all answered."""
    for name in report.names:
        if not name.addresses:
            yield Unread(subject=name.name, reason=name.reason)
    for address in report.addresses:
        if not address.answered:
            reason = f"{tls_silence(address.tls)}; {ike_silence(address.ike)}"
            yield Unread(subject=address.address, reason=reason)
