"""Certificates made for the tests: good ones unless a test asks for something else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import AuthorityInformationAccessOID as Access
from cryptography.x509.oid import NameOID

from aovpn_remediate.inspect.certificates.der import element_at, encoded
from aovpn_remediate.inspect.certificates.purposes import CLIENT, SERVER
from aovpn_remediate.resources.certificate_data import quietly

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.UTC)
SID = "S-1-5-21-1004336348-1177238915-682003330-1105"
SID_URI = f"tag:microsoft.com,2022-09-14:sid:{SID}"
CRL = "http://pki.corp.example/issuing.crl"
UPN_OID = x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3")
SID_EXTENSION = x509.ObjectIdentifier("1.3.6.1.4.1.311.25.2")
_SID_NAME = bytes.fromhex("060a2b060104018237190201")
_USAGES = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment"),
    *("key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


@dataclass(frozen=True)
class Wanted:
    """What a certificate is to say."""

    subject: str | None = "alice"
    key: str = "p256"
    issuer: Made | None = None
    issuer_name: str | None = None
    """A name of an issuer that is not the one who signs."""
    not_before: dt.datetime = NOW - dt.timedelta(days=10)
    not_after: dt.datetime = NOW + dt.timedelta(days=300)
    serial: int = 0x1A2B3C
    dns: tuple[str, ...] = ()
    upns: tuple[str, ...] = ()
    uris: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    sid: str | None = None
    ekus: tuple[str, ...] = ()
    usage: tuple[str, ...] = ("digital_signature",)
    ca: bool = False
    path_length: int | None = None
    basic: bool = True
    cdp: tuple[str, ...] = (CRL,)
    aia: tuple[str, ...] = ("http://pki.corp.example/issuing.crt",)
    ocsp: tuple[str, ...] = ()
    identifiers: bool = True
    extra: tuple[tuple[str, bool, bytes], ...] = ()
    """Extensions as OID, critical, content."""


CLIENT_LIKE = Wanted(ekus=(CLIENT,), upns=("alice@corp.example",), sid=SID)
SERVER_LIKE = Wanted(
    subject="nps-01.corp.example", ekus=(SERVER,), dns=("nps-01.corp.example",), key="rsa2048"
)
CA_LIKE = Wanted(subject="Issuing CA", ca=True, usage=("key_cert_sign", "crl_sign"), ekus=())
ROOT_LIKE = dataclasses.replace(CA_LIKE, subject="Root CA", cdp=(), aia=())


def client(**fields: Any) -> Made:
    """A certificate of a user, issued by an issuing CA."""
    return made(dataclasses.replace(CLIENT_LIKE, **{"issuer": issuing_ca(), **fields}))


def server(**fields: Any) -> Made:
    """A certificate of an NPS or a VPN server, issued by an issuing CA."""
    return made(dataclasses.replace(SERVER_LIKE, **{"issuer": issuing_ca(), **fields}))


@functools.cache
def issuing_ca() -> Made:
    """The issuing CA, issued by the root."""
    return authority(issuer=root_ca())


@functools.cache
def root_ca() -> Made:
    """The root."""
    return made(ROOT_LIKE)


def authority(**fields: Any) -> Made:
    """A CA."""
    return made(dataclasses.replace(CA_LIKE, **fields))


def made(wanted: Wanted) -> Made:
    """A certificate; it is self-signed without an issuer."""
    key = key_of(wanted.key, wanted.subject or "")
    subject = _name(wanted.subject)
    signer = wanted.issuer.key if wanted.issuer else key
    issuer = wanted.issuer.certificate.subject if wanted.issuer else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_name(wanted.issuer_name) if wanted.issuer_name else issuer)
        .public_key(key.public_key())
        .serial_number(wanted.serial)
        .not_valid_before(wanted.not_before)
        .not_valid_after(wanted.not_after)
    )
    for extension, critical in _extensions(wanted, key, signer):
        builder = builder.add_extension(extension, critical=critical)
    algorithm = None if isinstance(signer, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Made(builder.sign(signer, algorithm), key)


def _extensions(wanted: Wanted, key: Any, signer: Any) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    names = _names(wanted)
    if names:
        found.append((x509.SubjectAlternativeName(names), False))
    if wanted.sid is not None:
        value = sid_extension(wanted.sid)
        found.append((x509.UnrecognizedExtension(SID_EXTENSION, value), False))
    if wanted.ekus:
        oids = [x509.ObjectIdentifier(oid) for oid in wanted.ekus]
        found.append((x509.ExtendedKeyUsage(oids), False))
    if wanted.usage:
        found.append((_usage(wanted.usage), True))
    if wanted.basic:
        length = wanted.path_length if wanted.ca else None
        found.append((x509.BasicConstraints(ca=wanted.ca, path_length=length), True))
    if wanted.identifiers:
        own = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        issuers = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
        found += [(own, False), (issuers, False)]
    found += _places(wanted)
    for oid, critical, value in wanted.extra:
        found.append((x509.UnrecognizedExtension(x509.ObjectIdentifier(oid), value), critical))
    return found


def _places(wanted: Wanted) -> list[tuple[x509.ExtensionType, bool]]:
    found: list[tuple[x509.ExtensionType, bool]] = []
    if wanted.cdp:
        places = [x509.UniformResourceIdentifier(place) for place in wanted.cdp]
        point = x509.DistributionPoint(places, None, None, None)
        found.append((x509.CRLDistributionPoints([point]), False))
    access = [
        x509.AccessDescription(method, x509.UniformResourceIdentifier(place))
        for method, places_of in ((Access.CA_ISSUERS, wanted.aia), (Access.OCSP, wanted.ocsp))
        for place in places_of
    ]
    if access:
        found.append((x509.AuthorityInformationAccess(access), False))
    return found


def _names(wanted: Wanted) -> list[x509.GeneralName]:
    return [
        *(x509.DNSName(name) for name in wanted.dns),
        *(
            x509.OtherName(UPN_OID, encoded(0x0C, upn.encode("utf-8", "surrogatepass")))
            for upn in wanted.upns
        ),
        *(x509.UniformResourceIdentifier(uri) for uri in wanted.uris),
        *(x509.RFC822Name(email) for email in wanted.emails),
    ]


def sid_extension(text: str) -> bytes:
    """The content of the extension as Windows writes it."""
    name = encoded(0xA0, encoded(0x04, text.encode()))
    return encoded(0x30, encoded(0xA0, _SID_NAME + name))


def _usage(names: tuple[str, ...]) -> x509.KeyUsage:
    usages: Mapping[str, bool] = {usage: usage in names for usage in _USAGES}
    return x509.KeyUsage(**usages)


def _name(common_name: str | None) -> x509.Name:
    if common_name is None:
        return x509.Name([])
    # The library says that a name is longer than the standard has it.
    with quietly():
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name, _validate=False)])


@functools.cache
def key_of(kind: str, owner: str) -> Any:
    """A key of a kind: the same one for the same owner, of some kinds in every run."""
    secret = hashlib.sha256(owner.encode("utf-8", "surrogatepass")).digest()
    if kind.startswith("rsa"):
        return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))
    if kind == "ed25519":
        return ed25519.Ed25519PrivateKey.from_private_bytes(secret)
    if kind == "dsa":
        return dsa.generate_private_key(2048)
    curves: Mapping[str, Callable[[], ec.EllipticCurve]] = {
        "p256": ec.SECP256R1,
        "p384": ec.SECP384R1,
        "k256": ec.SECP256K1,
    }
    return ec.derive_private_key(int.from_bytes(secret[:31], "big"), curves[kind]())


def p7b(*some: Made, encoding: Encoding = Encoding.DER) -> bytes:
    """A list of certificates as PKCS#7."""
    return pkcs7.serialize_certificates([one.certificate for one in some], encoding)


def with_serial(one: Made, content: bytes) -> bytes:
    """The same certificate with another serial number, so that its signature is wrong."""
    return _with_field(one, 1, encoded(0x02, content))


def with_subject(one: Made, content: bytes) -> bytes:
    """The same certificate with another subject, so that its signature is wrong."""
    return _with_field(one, 5, encoded(0x30, content))


def _with_field(one: Made, place: int, field: bytes) -> bytes:
    signed, *signature = element_at(one.der).children()
    fields = [each.whole for each in signed.children()]
    fields[place] = field
    parts = [encoded(0x30, b"".join(fields)), *(part.whole for part in signature)]
    return encoded(0x30, b"".join(parts))


_SHA256 = bytes.fromhex("2a864886f70d01010b")
_WITH_RSA = {"sha1": b"\x05", "md5": b"\x04"}


def signed_with(one: Made, issuer: Made, algorithm: hashes.HashAlgorithm) -> bytes:
    """The same certificate, signed with an old algorithm by the RSA key of its issuer."""
    oid = _SHA256[:-1] + _WITH_RSA[algorithm.name]
    signed = one.certificate.tbs_certificate_bytes.replace(_SHA256, oid)
    signature = issuer.key.sign(signed, padding.PKCS1v15(), algorithm)
    named = encoded(0x30, encoded(0x06, oid) + b"\x05\0")
    return encoded(0x30, signed + named + encoded(0x03, b"\0" + signature))
