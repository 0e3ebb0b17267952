"""TLS of the lab: the server context, and the hash that binds a logon to the certificate."""

from __future__ import annotations

import ssl

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from aovpn_remediate.lab.certificates import TlsFiles


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """Make a server context that accepts client certificates if there is a `client_ca`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    if files.client_ca is not None:
        context.load_verify_locations(files.client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def endpoint_hash(files: TlsFiles) -> bytes:
    """Return the `tls-server-end-point` channel binding (RFC 5929)."""
    certificate = x509.load_pem_x509_certificate(files.certificate.read_bytes())
    algorithm = certificate.signature_hash_algorithm
    if algorithm is None or algorithm.name in ("md5", "sha1"):
        algorithm = hashes.SHA256()
    digest = hashes.Hash(algorithm)
    digest.update(certificate.public_bytes(Encoding.DER))
    return digest.finalize()
