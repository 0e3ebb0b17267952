"""Comparison of a profile with the certificate of the NPS server."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from aovpn_remediate.inspect.certificates.facts import certificate_facts
from aovpn_remediate.inspect.certificates.files import read_certificates
from aovpn_remediate.inspect.certificates.purposes import SERVER
from aovpn_remediate.inspect.profiles.about import AboutProfile, shown
from aovpn_remediate.inspect.profiles.eap import Method, is_plain_name
from aovpn_remediate.inspect.profiles.values import thumbprint
from aovpn_remediate.results.certificates import CertificateFacts
from aovpn_remediate.results.inspection import Finding

SUBJECT = "NPS certificate"
"""The subject of findings about the certificate itself."""

_MOST_NAMES = 5


@dataclass(frozen=True)
class NpsCertificates:
    """The certificates of NPS servers in a file, and what else of their chain is in it."""

    servers: tuple[CertificateFacts, ...]
    roots: tuple[CertificateFacts, ...]

    def in_right_case(self, written: Sequence[str]) -> dict[str, str]:
        """Return the names to write instead of those that differ from a certificate in case.

        A name that a certificate has as it is written stays, whatever the other ones have.
        """
        exact = {name for server in self.servers for name in names_of(server)}
        found: dict[str, str] = {}
        for server in self.servers:
            pair = case_pair(written, server)
            if pair is not None and pair[0] not in exact:
                found.setdefault(*pair)
        return found


def read_nps_certificates(data: bytes) -> NpsCertificates:
    """Return what a file holds. Raises `CertificateError`."""
    found = [certificate_facts(certificate) for certificate in read_certificates(data)]
    servers = [one for one in found if not one.is_ca] or found[:1]
    return NpsCertificates(tuple(servers), tuple(one for one in found if one.self_signed))


def names_of(certificate: CertificateFacts) -> tuple[str, ...]:
    """Return the names that a client compares: those of the SAN if there are any, else the CN."""
    return certificate.dns_names or certificate.common_names


def judge_certificates(found: NpsCertificates, made_at: str) -> Iterator[Finding]:
    """Yield what keeps NPS from using a certificate."""
    about = AboutProfile(SUBJECT)
    for server in found.servers:
        name = shown(", ".join(names_of(server)[:_MOST_NAMES])) or server.sha1
        if not server.subject and "subject" not in {part.part for part in server.unreadable}:
            yield about.problem(
                "nps-certificate-empty-subject",
                f"the certificate {name} has an empty subject, and NPS does not offer such a "
                "certificate",
                "Issue it with a subject: a template with the DNS name as the common name.",
            )
        if server.ekus and SERVER not in {purpose.oid for purpose in server.ekus}:
            yield about.problem(
                "nps-certificate-without-server-authentication",
                f"the certificate {name} is not for server authentication (EKU {SERVER})",
                "Issue it from a template for servers, such as RAS and IAS Server.",
            )
        if server.not_after and datetime.fromisoformat(server.not_after) < datetime.fromisoformat(
            made_at
        ):
            yield about.problem(
                "nps-certificate-expired",
                f"the certificate {name} has expired ({server.not_after})",
                "Renew it and choose the new one in the network policy on NPS: a renewal does not "
                "change the policy.",
            )


def judge_use(*, compared: bool) -> Iterator[Finding]:
    """Yield a note if no profile has anything that a certificate is compared with."""
    if not compared:
        yield AboutProfile(SUBJECT).note(
            "nps-certificate-not-compared",
            "no profile here has PEAP or EAP-TLS, so that the certificate is compared with nothing",
        )


def judge_names(
    about: AboutProfile, methods: Sequence[Method], nps: NpsCertificates
) -> Iterator[Finding]:
    """Yield where the names and roots of a profile are not those of the certificates."""
    for method in methods:
        if not method.validates:
            continue
        for server in nps.servers:
            if method.names:
                yield from _names(about, method, server)
        yield from _roots(about, method, nps)


def _names(about: AboutProfile, method: Method, server: CertificateFacts) -> Iterator[Finding]:
    names = names_of(server)
    if set(method.names) & set(names):
        return
    certificate = shown("; ".join(names[:_MOST_NAMES])) or "no name"
    pair = case_pair(method.names, server)
    if pair is not None:
        yield about.warning(
            "server-name-case",
            f"{method.name} trusts {shown(pair[0])}, and the certificate is for {shown(pair[1])}: "
            "the case differs, which matters on Windows 11 21H2 (build 22000) alone (error 853)",
            f"Write {shown(pair[1])} in ServerNames, or issue the certificate with the other case.",
        )
    elif not all(is_plain_name(name) for name in method.names):
        yield about.note(
            "server-name-not-compared",
            f"no name that {method.name} trusts is {certificate} letter for letter; whether a "
            "regular expression among them fits was not looked at",
        )
    else:
        yield about.problem(
            "server-name-not-in-certificate",
            f"{method.name} trusts {shown('; '.join(method.names))}, and the certificate is for "
            f"{certificate}: clients refuse the server (error 853)",
            "Write the name of the certificate in ServerNames, in each place.",
        )


def _roots(about: AboutProfile, method: Method, nps: NpsCertificates) -> Iterator[Finding]:
    written = {found for root in method.roots if (found := thumbprint(root))}
    given = {root.sha1.lower(): root for root in nps.roots}
    if not written:
        return
    if not given:
        yield about.note(
            "trusted-root-not-compared",
            f"the TrustedRootCA of {method.name} is compared with nothing: the file of the "
            "certificate holds no root",
        )
    elif not written & given.keys():
        root = next(iter(given.values()))
        yield about.problem(
            "trusted-root-not-of-certificate",
            f"{method.name} does not trust {shown(root.subject)} ({root.sha1.lower()}), the root "
            "of the certificate",
            "Add its thumbprint as TrustedRootCA, in each place.",
        )


def case_pair(written: Sequence[str], server: CertificateFacts) -> tuple[str, str] | None:
    """Return a written name and one of a certificate that differ in case alone.

    There is none for a certificate with a name that is written as it is.
    """
    names = names_of(server)
    if set(written) & set(names):
        return None
    plain = {name.lower(): name for name in reversed(names) if is_plain_name(name)}
    pairs = ((each, plain.get(each.lower())) for each in written if is_plain_name(each))
    return next(((each, name) for each, name in pairs if name), None)
