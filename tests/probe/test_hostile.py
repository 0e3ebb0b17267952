"""Certificates and banners made to do harm: their text is shown, and does nothing."""

from __future__ import annotations

import datetime as dt
import json
import ssl

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.cli.conftest import cli
from tests.probe.conftest import Site
from tests.probe.ike.responder import accepting
from tests.probe.tls.servers import saying

_NASTY = "\x1b[31m<script>alert(1)</script>\u202egnp\r\nProbe: 0 problems."
_BANNER = b"HTTP/1.1 404 x\r\nServer: \x1b]0;t\x07<img src=x onerror=alert(1)>\xff\r\n\r\n"


def _context(common_name: str) -> ssl.SSLContext:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("<b>.example.com\n\x1b[2J")]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(Encoding.PEM)
    pem += key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with trustme.Blob(pem).tempfile() as file:
        context.load_cert_chain(file)
    return context


@pytest.fixture
def hostile(site: Site) -> Site:
    site.serve(
        context=_context(_NASTY), answer=saying(_BANNER), ike=accepting(vendor=b"\x1b[31m<b>")
    )
    return site


def test_text_has_no_control_characters(hostile: Site) -> None:
    result = cli("probe", "127.0.0.1", *hostile.options)
    assert result.exit_code == 3
    assert all(line.isprintable() for line in result.stdout.splitlines())
    assert "<U+001B>" in result.stdout
    assert result.stdout.count("\nProbe: ") == 1


def test_a_page_has_no_markup_of_theirs(hostile: Site) -> None:
    page = cli("probe", "127.0.0.1", *hostile.options, "--format", "html").stdout
    assert "<script>alert" not in page
    assert "<img" not in page
    assert "<b>.example" not in page
    assert "&lt;script" in page
    assert "\x1b" not in page


def test_json_is_plain(hostile: Site) -> None:
    text = cli("probe", "127.0.0.1", *hostile.options, "--format", "json").stdout
    assert text.isascii()
    [address] = json.loads(text)["addresses"]
    assert address["tls"]["chain"][0]["common_names"] == [_NASTY]
