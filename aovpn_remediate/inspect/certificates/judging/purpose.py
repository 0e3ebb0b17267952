"""Rules for the use of a certificate in a VPN: purposes, key usage and names."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.inspect.certificates import parts
from aovpn_remediate.inspect.certificates.judging.finding import note, problem, warning
from aovpn_remediate.inspect.certificates.parts import readable
from aovpn_remediate.inspect.certificates.purposes import ANY, CLIENT, CONDITIONAL_ACCESS
from aovpn_remediate.results.certificates import InspectedCertificate, Role
from aovpn_remediate.results.inspection import Finding

_ENTRA_ROOT = "Microsoft VPN root CA gen 1"
_LEAVES = (Role.CLIENT, Role.SERVER, Role.EITHER)


def judge_purpose(one: InspectedCertificate) -> Iterator[Finding]:
    """Judge what it may be used for."""
    oids = {purpose.oid for purpose in one.facts.ekus}
    if readable(one.facts, parts.EKU):
        yield from _purposes(one, oids)
    if CONDITIONAL_ACCESS in oids:
        yield note(
            one,
            "conditional-access",
            "Entra ID issued it for conditional access (1.3.6.1.4.1.311.87): it lives for an hour "
            "and names no CRL distribution point.",
            "NPS needs the root of Entra in NTAuth (playbook ad-publish-entra-vpn-root), "
            "IgnoreNoRevocationCheck (nps-ignore-no-revocation-check) and, last of all, this OID "
            "as the only one that its policy admits.",
            "nps-allowed-certificate-oid",
        )
    usage = one.facts.key_usage
    if one.role in _LEAVES and usage and "digitalSignature" not in usage:
        yield warning(
            one,
            "without-signature-usage",
            f"Its key usage ({', '.join(usage)}) leaves out digital signature, which TLS with "
            "ephemeral keys and IKEv2 need.",
            "Add digital signature to the template, and issue it again.",
        )


def _purposes(one: InspectedCertificate, oids: set[str]) -> Iterator[Finding]:
    if one.role is Role.CA:
        return
    if not oids:
        yield warning(
            one,
            "without-purposes",
            "It names no purposes (EKU): NPS asks for Client Authentication in the certificates of "
            "clients, and offers only those with Server Authentication as its own.",
            "Issue it from a template that names the purpose.",
        )
    elif one.role is Role.CLIENT and not oids & {CLIENT, ANY}:
        yield problem(
            one,
            "without-client-purpose",
            f"It belongs to a user or a device, but its purposes ({_named(one)}) leave out Client "
            "Authentication: NPS refuses it with reason 73, 267 or 283.",
            "Add Client Authentication (1.3.6.1.5.5.7.3.2) to the template or profile, and issue "
            "it again.",
        )
    elif one.role is Role.OTHER:
        yield warning(
            one,
            "without-vpn-purpose",
            f"Its purposes ({_named(one)}) are neither Client nor Server Authentication: no VPN "
            "client, NPS or SSTP server can use it.",
            "Choose another certificate, or issue one with the purpose that is needed.",
        )


def judge_names(one: InspectedCertificate) -> Iterator[Finding]:
    """Judge the names in it: NPS looks at the subject and at the alternative names."""
    if not readable(one.facts, parts.SUBJECT):
        return
    if not one.facts.subject:
        yield from _no_subject(one)
    if not readable(one.facts, parts.NAMES):
        return
    if one.role is Role.CLIENT and not one.facts.upns and not one.facts.dns_names:
        yield warning(
            one,
            "without-upn",
            "Its alternative names have neither a UPN, by which NPS finds a user, nor a DNS name, "
            "by which it finds a computer.",
            "Add the UPN (for a computer its full DNS name) to the alternative names, and issue it "
            "again.",
        )
    if one.role is Role.SERVER and not one.facts.dns_names:
        yield from _no_dns_name(one)
    if one.role is Role.CA and _ENTRA_ROOT in one.facts.common_names:
        yield note(
            one,
            "entra-vpn-root",
            "By its name it is the root of Entra's VPN certificates, which Active Directory has to "
            "publish in NTAuth.",
            "Publish it, pinned by its thumbprint.",
            "ad-publish-entra-vpn-root",
        )


def _no_subject(one: InspectedCertificate) -> Iterator[Finding]:
    if one.role is Role.CLIENT:
        yield note(one, "without-subject", "Its subject is empty; its alternative names count.")
        return
    text = {
        Role.CA: "Its subject is empty: nothing that it issues can name it.",
        Role.OTHER: "Its subject is empty.",
    }.get(
        one.role,
        "Its subject is empty: NPS cannot use it and does not offer it in its policies (SSTP can "
        "use it).",
    )
    yield warning(
        one, "without-subject", text, "Issue it with a subject, such as its first DNS name as CN."
    )


def _no_dns_name(one: InspectedCertificate) -> Iterator[Finding]:
    if one.facts.common_names:
        yield note(
            one,
            "without-dns-name",
            "Its alternative names have no DNS name: clients compare the common name.",
        )
    else:
        yield warning(
            one,
            "without-dns-name",
            "It has no DNS name and no common name: clients can compare nothing with the name of "
            "the server.",
            "Issue it with the name that clients connect to.",
        )


def _named(one: InspectedCertificate) -> str:
    return ", ".join(purpose.name or purpose.oid for purpose in one.facts.ekus[:6])
