"""Inspection and correction of VPN profiles from Python: bytes in, a report out."""

from __future__ import annotations

from dataclasses import dataclass

from aovpn_remediate.api.provenance import now, tool_version
from aovpn_remediate.inspect.certificates.files import CertificateError
from aovpn_remediate.inspect.profiles.correct import correct
from aovpn_remediate.inspect.profiles.diff import corrections_diff
from aovpn_remediate.inspect.profiles.documents import File, read_file
from aovpn_remediate.inspect.profiles.judge import judge
from aovpn_remediate.inspect.profiles.nps import (
    SUBJECT,
    NpsCertificates,
    judge_certificates,
    judge_use,
    read_nps_certificates,
)
from aovpn_remediate.results.inspection import Unread
from aovpn_remediate.results.profiles import ProfileReport


@dataclass(frozen=True)
class CorrectedProfile:
    """A corrected copy with the report about the original and the corrections."""

    data: bytes | None
    """The copy; None where the file or the certificate could not be read."""
    report: ProfileReport


def inspect_profile(
    data: bytes, *, nps_certificate: bytes | None = None, name: str = "profile"
) -> ProfileReport:
    """Return what VPN profiles say, and what is wrong with them; nothing is changed.

    `data` is a ProfileXML, EAP XML, or an export of Intune with OMA-URI settings;
    `nps_certificate` the certificate of the NPS server, or its chain, in DER, PEM or PKCS#7. What
    cannot be read is in `unread` of the report, never an exception. `name` is how the report names
    a profile that has no name of its own.
    """
    nps, unread = _certificates(nps_certificate)
    return _report(read_file(data, name), nps, unread)


def fix_profile(
    data: bytes, *, nps_certificate: bytes | None = None, name: str = "profile"
) -> CorrectedProfile:
    """Return a corrected copy: routes, the case of server names, the order of elements.

    All else is kept as it is written. `corrections` of the report says what was done, `remaining`
    what needs a person; the findings are those of the original. A corrected route sends more into
    the tunnel than its address says: `adds` of its correction names the range.
    """
    nps, unread = _certificates(nps_certificate)
    file = read_file(data, name)
    report = _report(file, nps, unread)
    if unread or not report.profiles:
        return CorrectedProfile(None, report)
    done = correct(data, file, name, nps)
    of_certificate = tuple(f for f in report.findings if f.subject == SUBJECT)
    changes = {
        "corrected": True,
        "corrections": done.corrections,
        "remaining": (*judge(done.file, nps).findings, *of_certificate),
        "diff": corrections_diff(file, done.file),
    }
    return CorrectedProfile(done.data, report.model_copy(update=changes))


def _certificates(data: bytes | None) -> tuple[NpsCertificates | None, tuple[Unread, ...]]:
    """Return the certificates, or the reason why they could not be read."""
    if data is None:
        return None, ()
    try:
        return read_nps_certificates(data), ()
    except CertificateError as error:
        return None, (Unread(subject=SUBJECT, reason=str(error)),)


def _report(file: File, nps: NpsCertificates | None, unread: tuple[Unread, ...]) -> ProfileReport:
    judgement = judge(file, nps)
    made_at = now()
    compared = any(profile.server_validation for profile in judgement.profiles)
    of_certificate = (
        (*judge_certificates(nps, made_at), *judge_use(compared=compared)) if nps else ()
    )
    return ProfileReport(
        made_by=tool_version(),
        made_at=made_at,
        profiles=judgement.profiles,
        other_settings=file.other_settings,
        findings=(*judgement.findings, *of_certificate),
        unread=(*judgement.unread, *unread),
    )
