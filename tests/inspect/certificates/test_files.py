"""Certificates in every form in which they come, and what is no certificate."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)

from aovpn_remediate.inspect.certificates.files import (
    MAX_BYTES,
    MAX_CERTIFICATES,
    CertificateError,
    read_certificates,
)
from tests.inspect.certificates.made import NOW, client, issuing_ca, key_of, p7b, root_ca

ALICE = client()
CHAIN = (ALICE, issuing_ca(), root_ca())
PEM = ALICE.pem.decode()
_BODY = "".join(PEM.splitlines()[1:-1])
_KEY = key_of("p256", "alice")
_RSA = key_of("rsa2048", "of a key that is no certificate")


def _reason(data: bytes) -> str:
    with pytest.raises(CertificateError) as caught:
        read_certificates(data)
    text = str(caught.value)
    assert len(text.splitlines()) == 1
    return text


FORMS = {
    "DER": ALICE.der,
    "DER with a line end after it": ALICE.der + b"\r\n",
    "PEM": ALICE.pem,
    "PEM with CRLF": ALICE.pem.replace(b"\n", b"\r\n"),
    "PEM on one line": "".join(PEM.splitlines()).encode(),
    "PEM in UTF-8 with a BOM": b"\xef\xbb\xbf" + ALICE.pem,
    "PEM in UTF-16 with a BOM": PEM.encode("utf-16"),
    "PEM in UTF-16-LE": PEM.encode("utf-16-le"),
    "PEM in UTF-16-BE": PEM.encode("utf-16-be"),
    "PEM in text of another code page": b"Zertifikat f\xfcr Alice\r\n\r\n" + ALICE.pem + b"--\n",
    "PEM with other labels": ALICE.pem.replace(b" CERTIFICATE-", b" X509 CERTIFICATE-"),
    "base64": _BODY.encode(),
    "base64 in lines": base64.encodebytes(ALICE.der),
    "base64 in UTF-16": _BODY.encode("utf-16"),
    "PKCS#7": p7b(ALICE),
    "PKCS#7 PEM": p7b(ALICE, encoding=Encoding.PEM),
    "PKCS#7 as certutil -encode writes it": p7b(ALICE, encoding=Encoding.PEM).replace(
        b"PKCS7", b"CERTIFICATE"
    ),
    "PKCS#7 base64": base64.encodebytes(p7b(ALICE)),
    "PKCS#7 with a line end after it": p7b(ALICE) + b"\n",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_certificate_is_read_in_each_form(form: str) -> None:
    assert read_certificates(FORMS[form]) == (ALICE.certificate,)


@pytest.mark.parametrize(
    "data",
    [
        b"".join(one.pem for one in CHAIN),
        b"\r\nBag Attributes\r\n".join(one.pem for one in CHAIN),
        p7b(*CHAIN, encoding=Encoding.PEM),
        p7b(*CHAIN),
        p7b(*CHAIN[:2], encoding=Encoding.PEM) + CHAIN[2].pem,
    ],
    ids=["PEM", "PEM with text between", "PKCS#7 PEM", "PKCS#7", "PKCS#7 and PEM"],
)
def test_several_are_read(data: bytes) -> None:
    assert set(read_certificates(data)) == {one.certificate for one in CHAIN}


def _private(key: Any, encoding: Encoding, form: PrivateFormat, *, secret: bool = False) -> bytes:
    encryption = BestAvailableEncryption(b"secret") if secret else NoEncryption()
    data: bytes = key.private_bytes(encoding, form, encryption)
    return data


KEYS = {
    "PFX": pkcs12.serialize_key_and_certificates(
        b"alice", _KEY, ALICE.certificate, None, NoEncryption()
    ),
    "PKCS#8": _private(_KEY, Encoding.DER, PrivateFormat.PKCS8),
    "PKCS#8 of RSA": _private(_RSA, Encoding.DER, PrivateFormat.PKCS8),
    "PKCS#8 with a password": _private(_KEY, Encoding.DER, PrivateFormat.PKCS8, secret=True),
    "RSA": _private(_RSA, Encoding.DER, PrivateFormat.TraditionalOpenSSL),
    "EC": _private(_KEY, Encoding.DER, PrivateFormat.TraditionalOpenSSL),
    "PEM": _private(_KEY, Encoding.PEM, PrivateFormat.PKCS8),
    "PEM of RSA": _private(_RSA, Encoding.PEM, PrivateFormat.TraditionalOpenSSL),
    "PEM with a password": _private(_KEY, Encoding.PEM, PrivateFormat.PKCS8, secret=True),
    "after its certificate": ALICE.pem + _private(_KEY, Encoding.PEM, PrivateFormat.PKCS8),
    "PFX in base64": base64.encodebytes(
        pkcs12.serialize_key_and_certificates(
            b"alice", _KEY, ALICE.certificate, None, NoEncryption()
        )
    ),
}


@pytest.mark.parametrize("form", KEYS)
def test_a_private_key_is_refused_unread(form: str) -> None:
    reason = _reason(KEYS[form])
    assert "only public certificates are wanted, and the key was not read" in reason


def _crl() -> x509.CertificateRevocationList:
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(root_ca().certificate.subject)
        .last_update(NOW)
        .next_update(NOW.replace(year=2027))
        .sign(root_ca().key, hashes.SHA256())
    )


def _request() -> x509.CertificateSigningRequest:
    builder = x509.CertificateSigningRequestBuilder()
    return builder.subject_name(ALICE.certificate.subject).sign(_KEY, hashes.SHA256())


ELSE: list[tuple[bytes, str]] = [
    (b"", "it is empty"),
    (b"\r\n \0\n", "it is empty"),
    (b"\0" * (MAX_BYTES + 1), "it is larger than 1 MB"),
    (b"hello", "it is text, not a certificate"),
    (b"hello, world", "it is not a certificate (DER, PEM, base64 or PKCS#7)"),
    (b"\r\n<!DOCTYPE html><html>", "it is a web page"),
    (b"\xef\xbb\xbf<html lang='de'>", "it is a web page"),
    (b"<?xml version='1.0'?>", "it is not a certificate"),
    (b"\xff\xfeA", "it is neither a certificate nor text"),
    (b"\0\0\0\0CERT\3\0\0\0", "it is a serialized certificate store (.sst)"),
    (b"\x30\x00", "it is an empty sequence"),
    (ALICE.der[:300], "cut off"),
    (ALICE.der[:1], "cut off"),
    (ALICE.pem[:300], "the block 'CERTIFICATE' does not end: the file is cut off"),
    (ALICE.pem.replace(b"MII", b"M*I"), "a block 'CERTIFICATE' is not base64"),
    (ALICE.der + b"more", "4 bytes follow the certificate"),
    (ALICE.der + root_ca().der, f"{len(root_ca().der)} bytes follow the certificate"),
    (p7b(ALICE)[:-40], "cut off"),
    (p7b(ALICE).replace(ALICE.der[4:8], b"\x30\x01\0\0"), "it is PKCS#7, but damaged"),
    (_crl().public_bytes(Encoding.DER), "it is a certificate revocation list (CRL)"),
    (_crl().public_bytes(Encoding.PEM), "it holds a certificate revocation list (CRL)"),
    (_request().public_bytes(Encoding.DER), "it is a certificate request (CSR)"),
    (_request().public_bytes(Encoding.PEM), "it holds a certificate request (CSR)"),
    (
        _KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        "it is a public key",
    ),
    (
        _RSA.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1),
        "it is a public key",
    ),
    (
        _KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        "it holds a public key",
    ),
    (b"-----BEGIN DH PARAMETERS-----\nMAA=\n-----END DH PARAMETERS-----", "no certificate"),
    (ALICE.pem * (MAX_CERTIFICATES + 1), f"it holds more than {MAX_CERTIFICATES} certificates"),
]


@pytest.mark.parametrize(("data", "reason"), ELSE, ids=[str(n) for n in range(len(ELSE))])
def test_all_else_is_one_line(data: bytes, reason: str) -> None:
    assert reason in _reason(data)


def test_the_limits_themselves_are_allowed() -> None:
    assert read_certificates(ALICE.pem + b"\n" * (MAX_BYTES - len(ALICE.pem)))
    assert len(read_certificates(ALICE.pem * MAX_CERTIFICATES)) == MAX_CERTIFICATES


def test_a_file_of_beginnings_alone_is_refused_at_once() -> None:
    assert "does not end" in _reason(b"-----BEGIN CERTIFICATE-----\n" * 30_000)
