"""The filter `certificate_file`: what it reads, and what it refuses without telling its content."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from aovpn_remediate.errors import PlaybookError
from aovpn_remediate.playbook.certificate_file import MAX_BYTES, certificate_file
from aovpn_remediate.playbook.loader import load_playbook

_PEM = (Path(__file__).parents[1] / "resources/directory_certificate/example.cer").read_bytes()
_DER = x509.load_pem_x509_certificate(_PEM).public_bytes(Encoding.DER)
_KEY = ec.generate_private_key(ec.SECP256R1()).private_bytes(
    Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
)
_BOOK = "ad-publish-entra-vpn-root"


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "content",
    [_PEM, _DER, _PEM.replace(b"\n", b"\r\n"), b"Bag Attributes\n" + _PEM],
    ids=["PEM", "DER", "PEM of Windows", "PEM after words"],
)
def test_one_certificate_is_read(content: bytes) -> None:
    Path("root.cer").write_bytes(content)
    assert base64.b64decode(certificate_file("root.cer")) == _DER


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not a certificate"),
        (b"root:secret:0:0", "is not a certificate"),
        (_DER[:-1], "is not a certificate"),
        (_DER + b"secret", "is not a certificate"),
        (_DER + _DER, "is not a certificate"),
        (_PEM[:80], "is not a certificate"),
        (_PEM + _PEM, "holds 2 certificates: export one alone"),
        (_PEM + _KEY, "holds something else than a certificate"),
        (_KEY, "holds something else than a certificate"),
        (b"x" * (MAX_BYTES + 1), "is larger than 64 KB"),
    ],
)
def test_anything_else_is_refused_in_a_line(content: bytes, why: str) -> None:
    Path("it's a file").write_bytes(content)
    with pytest.raises(ValueError, match=why) as refused:
        certificate_file("it's a file")
    assert str(refused.value).startswith("'it's a file' ")
    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("none.cer", "is not there: a path is relative to the current folder"),
        (".", "is not a file"),
        ("pipe", "is not a file"),
        ("/dev/zero", "is not a file"),
        ("a\0b", "is not there|null"),
        ("x" * 5000, "cannot be read: File name too long|is not there"),
        (5, "should be the path of a certificate, but is the number 5"),
    ],
)
def test_what_is_no_file_is_not_opened(path: object, why: str) -> None:
    os.mkfifo("pipe")
    with pytest.raises(ValueError, match=why):
        certificate_file(path)


def test_a_playbook_holds_the_certificate_itself() -> None:
    Path("root.cer").write_bytes(_PEM)
    sha1 = "59BA4A4FA3CD3763FBC45B3A4B5C2CFBB504157B"
    for thumbprint in (sha1, sha1.lower(), f"\u200e{sha1[:2]} {sha1[2:4]} {sha1[4:]}"):
        given = {"certificate": "root.cer", "thumbprint": thumbprint}
        [step] = load_playbook(_BOOK).resolve(given).steps
        assert step.resource.target() == {
            "Certificate": base64.b64encode(_DER).decode(),
            "Thumbprint": sha1,
        }


def test_a_thumbprint_that_differs_is_refused_where_it_stands() -> None:
    Path("root.cer").write_bytes(_PEM)
    given = {"certificate": "root.cer", "thumbprint": "AB" * 20}
    with pytest.raises(PlaybookError) as refused:
        load_playbook(_BOOK).resolve(given)
    [line] = str(refused.value).splitlines()
    assert "ad-publish-entra-vpn-root.yaml:" in line
    assert "the thumbprint of the certificate is 59BA4A4F" in line
    assert line.endswith(f"not {'AB' * 20}")
