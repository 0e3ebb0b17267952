"""Certificates for the lab: a certificate authority, and the servers and clients it signs."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

_VALID = dt.timedelta(days=30)
# A peer whose clock is slightly behind must accept a new certificate.
_BEFORE = dt.timedelta(hours=1)


@dataclass(frozen=True)
class TlsFiles:
    """The PEM files of a server. Clients may log on with certificates issued by `client_ca`."""

    certificate: Path
    key: Path
    ca: Path
    client_ca: Path | None = None


@dataclass(frozen=True)
class ClientFiles:
    """The PEM files of a client."""

    certificate: Path
    key: Path


class Authority:
    """A certificate authority: its certificate is in `ca.pem`, its key only in memory."""

    def __init__(self, folder: Path) -> None:
        """Create the authority, and the folder if it does not exist."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.ca = folder / "ca.pem"
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = _name("aovpn-remediate lab")
        identifier = x509.SubjectKeyIdentifier.from_public_key(self._key.public_key())
        builder = (
            self._builder("aovpn-remediate lab", self._key.public_key())
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(identifier, critical=False)
        )
        self.ca.write_bytes(self._signed(builder))

    def server(self, *names: str) -> TlsFiles:
        """Issue a server certificate for these names (default: localhost and 127.0.0.1)."""
        names = names or ("localhost", "127.0.0.1")
        files = self._issue("server", names[0], names, ExtendedKeyUsageOID.SERVER_AUTH)
        return TlsFiles(files.certificate, files.key, self.ca, client_ca=self.ca)

    def client(self, user: str) -> ClientFiles:
        """Issue a client certificate that logs on as this user of the lab."""
        stem = "client-" + re.sub(r"[^A-Za-z0-9.-]", "_", user)
        return self._issue(stem, user, (), ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issue(
        self, stem: str, subject: str, names: tuple[str, ...], purpose: ObjectIdentifier
    ) -> ClientFiles:
        key = ec.generate_private_key(ec.SECP256R1())
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        builder = (
            self._builder(subject, key.public_key())
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
            .add_extension(issuer, critical=False)
        )
        if names:
            alternative = x509.SubjectAlternativeName([_general_name(name) for name in names])
            builder = builder.add_extension(alternative, critical=False)
        files = ClientFiles(self.folder / f"{stem}.pem", self.folder / f"{stem}.key")
        files.certificate.write_bytes(self._signed(builder))
        files.key.touch(mode=0o600)
        files.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return files

    def _builder(
        self, subject: str, public_key: ec.EllipticCurvePublicKey
    ) -> x509.CertificateBuilder:
        now = dt.datetime.now(dt.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(_name(subject))
            .issuer_name(self._name)
            .public_key(public_key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _BEFORE)
            .not_valid_after(now + _VALID)
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key, hashes.SHA256()).public_bytes(Encoding.PEM)


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
