"""Inspection of certificates from Python: offline, from their bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from aovpn_remediate.api.provenance import tool_version
from aovpn_remediate.inspect.certificates.inspection import inspect_files
from aovpn_remediate.results.certificates import CertificateReport


def inspect_certificate(
    data: bytes,
    *,
    name: str = "certificate",
    sid: str | None = None,
    at: datetime | None = None,
    expiring_days: int | None = None,
) -> CertificateReport:
    """Report on the certificates in one file: DER, PEM, base64 or PKCS#7, one or several.

    `sid` is compared with the SID in certificates of users and devices; validity is judged `at` a
    time (now; without a zone it is UTC), where `expiring_days` count as soon. What cannot be read
    is in `unread` of the report, with the reason. Raises `UsageError` for a `sid` that is none, and
    for `expiring_days` below 0 or above a century.
    """
    return inspect_certificates({name: data}, sid=sid, at=at, expiring_days=expiring_days)


def inspect_certificates(
    files: Mapping[str, bytes] | Sequence[bytes],
    *,
    sid: str | None = None,
    at: datetime | None = None,
    expiring_days: int | None = None,
) -> CertificateReport:
    """Report on the certificates in several files, and on the chains that they make.

    Files have names, or are numbered; the rest is as for `inspect_certificate`.
    """
    if not isinstance(files, Mapping):
        files = {f"certificate {number}": data for number, data in enumerate(files, start=1)}
    at = at or datetime.now(UTC)
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    report = inspect_files(list(files.items()), at, sid=sid or "", expiring_days=expiring_days)
    return report.model_copy(update={"made_by": tool_version()})
