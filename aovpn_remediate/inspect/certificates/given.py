"""The certificates of all files, each once, with a name of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509

from aovpn_remediate.inspect.certificates.facts import certificate_facts
from aovpn_remediate.inspect.certificates.files import CertificateError, read_certificates
from aovpn_remediate.inspect.certificates.roles import role_of
from aovpn_remediate.results.certificates import CertificateFacts, InspectedCertificate
from aovpn_remediate.results.inspection import Unread

MOST_CERTIFICATES = 500
"""The most certificates of all files together."""
_LONGEST_NAME = 64


@dataclass(frozen=True)
class Given:
    """A certificate, and what was read of it."""

    certificate: x509.Certificate
    inspected: InspectedCertificate
    repeated: tuple[str, ...] = ()
    """The files, in which it was there again: one may stand twice."""

    @property
    def name(self) -> str:
        """The name that no other one has."""
        return self.inspected.name

    @property
    def facts(self) -> CertificateFacts:
        """All that it says."""
        return self.inspected.facts


def gather(files: Sequence[tuple[str, bytes]]) -> tuple[list[Given], list[Unread]]:
    """Return the certificates of files, given as names and contents, and the files without any."""
    found: dict[x509.Certificate, list[str]] = {}
    unread = []
    for name, data in files:
        try:
            certificates = read_certificates(data)
            if len({*found, *certificates}) > MOST_CERTIFICATES:
                raise CertificateError(  # noqa: TRY301 - told as the others are
                    f"with it there would be more than {MOST_CERTIFICATES} certificates"
                )
        except CertificateError as error:
            unread.append(Unread(subject=name, reason=str(error)))
        else:
            for certificate in certificates:
                found.setdefault(certificate, []).append(name)
    return _named(found), unread


def _named(found: dict[x509.Certificate, list[str]]) -> list[Given]:
    facts = {certificate: certificate_facts(certificate) for certificate in found}
    names = {one: f"{_label(facts[one])} ({files[0]})" for one, files in found.items()}
    again = Counter(names.values())
    return [
        Given(
            certificate,
            InspectedCertificate(
                name=_distinct(names[certificate], facts[certificate], again),
                files=tuple(dict.fromkeys(files)),
                role=role_of(facts[certificate]),
                facts=facts[certificate],
            ),
            tuple(files[1:]),
        )
        for certificate, files in found.items()
    ]


def _distinct(name: str, facts: CertificateFacts, again: Counter[str]) -> str:
    return f"{name} {facts.sha1}" if again[name] > 1 else name


def _label(facts: CertificateFacts) -> str:
    names = (*facts.common_names, facts.subject, *facts.upns, *facts.dns_names)
    label = next((name for name in names if name.strip()), "without a name")
    return label if len(label) <= _LONGEST_NAME else f"{label[:_LONGEST_NAME]}..."
