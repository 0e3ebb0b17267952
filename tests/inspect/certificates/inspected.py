"""Reports on certificates of the tests, judged at their time."""

from __future__ import annotations

from typing import Any

from aovpn_remediate import CertificateReport, inspect_certificates
from aovpn_remediate.results.inspection import Finding, Severity
from tests.inspect.certificates.made import NOW, Made


def report_on(*some: Made | bytes, **options: Any) -> CertificateReport:
    """The report on these, a file each."""
    files = [one if isinstance(one, bytes) else one.der for one in some]
    return inspect_certificates(files, **{"at": NOW, **options})


def found(*some: Made | bytes, **options: Any) -> dict[str, Finding]:
    """The findings by their ids without `certificate-`; each id once."""
    findings = report_on(*some, **options).findings
    by_id = {one.id.removeprefix("certificate-"): one for one in findings}
    assert len(by_id) == len(findings)
    return by_id


def serious(*some: Made | bytes, **options: Any) -> dict[str, Severity]:
    """The problems and warnings."""
    findings = found(*some, **options)
    return {id_: one.severity for id_, one in findings.items() if one.severity is not Severity.NOTE}
