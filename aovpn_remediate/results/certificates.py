"""Certificates as they were read: plain texts, whole; and the report of their inspection."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from aovpn_remediate.results.common import Data
from aovpn_remediate.results.inspection import Inspection


class Unreadable(Data):
    """A part of a certificate that cannot be understood, with the reason."""

    part: str
    reason: str


class Purpose(Data):
    """A purpose (EKU) of a certificate; the name is empty for one that is not known."""

    oid: str
    name: str = ""


class PublicKey(Data):
    """The public key: `rsa`, `ec`, `ed25519`, or the OID of what is not known."""

    type: str
    bits: int | None = None
    curve: str = ""


class CertificateFacts(Data):
    """One certificate. A part that is in `unreadable` is empty here."""

    subject: str
    """As Windows writes it: `CN=nps-01, O=Example`, the nearest part first; may be empty."""
    common_names: tuple[str, ...] = ()
    issuer: str
    serial: str
    """Hexadecimal, as Windows shows it."""
    version: int | None = None
    sha1: str
    """The thumbprint, as Windows names the certificate: 40 digits, upper case."""
    sha256: str
    not_before: str | None = None
    """ISO 8601, UTC."""
    not_after: str | None = None
    dns_names: tuple[str, ...] = ()
    upns: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    ips: tuple[str, ...] = ()
    ekus: tuple[Purpose, ...] = ()
    """None at all where it does not limit its purposes."""
    key_usage: tuple[str, ...] = ()
    """As RFC 5280 names them, such as `digitalSignature`; none where it does not limit them."""
    is_ca: bool = False
    path_length: int | None = None
    cdp: tuple[str, ...] = ()
    """The places of its CRL."""
    aia: tuple[str, ...] = ()
    """The places of the certificate of its issuer."""
    ocsp: tuple[str, ...] = ()
    sid_in_extension: str | None = None
    """The text in the extension 1.3.6.1.4.1.311.25.2, of whatever form; None without one."""
    sids_in_uris: tuple[str, ...] = ()
    """What follows `tag:microsoft.com,2022-09-14:sid:` in its URIs, of whatever form."""
    key: PublicKey | None = None
    signature_algorithm: str = ""
    """Such as `sha256WithRSAEncryption`."""
    signature_hash: str = ""
    """Such as `sha256`; empty where the algorithm has none of its own."""
    self_signed: bool = False
    """True if its own key has signed it, which was checked."""
    ski: str = ""
    """The identifier of its key: hexadecimal."""
    aki: str = ""
    """The identifier of the key that is to have signed it."""
    unknown_critical: tuple[str, ...] = ()
    """The OIDs of critical extensions that nothing here knows."""
    unreadable: tuple[Unreadable, ...] = ()


class Role(StrEnum):
    """What a certificate is for, as its purposes and names tell."""

    CLIENT = "client"
    """A user, or a device that logs on."""
    SERVER = "server"
    """NPS, or a VPN server."""
    EITHER = "client or server"
    """A computer that may use it as both."""
    CA = "ca"
    OTHER = "other"
    """Neither client nor server."""


class InspectedCertificate(Data):
    """One certificate of the files that were given."""

    name: str
    """The subject of its findings; no other certificate of the report has it."""
    files: tuple[str, ...]
    """The files that it is in."""
    role: Role
    facts: CertificateFacts


class Chain(Data):
    """A certificate that issued none of the others, and those above it."""

    certificates: tuple[str, ...]
    """The names, from the leaf up."""
    complete: bool
    """True if the last one is a root."""
    missing: str = ""
    """The issuer of the last one, which was not given."""


class CertificateReport(Inspection):
    """The result of `inspect certificate`."""

    kind: Literal["certificates"] = "certificates"
    schema_version: Literal[1] = 1
    certificates: tuple[InspectedCertificate, ...] = ()
    """Chain by chain, from the leaf up."""
    chains: tuple[Chain, ...] = ()
    sid: str = ""
    """The SID to compare with, if one was given."""
