"""Certificates made by another program: the same facts, the same chains."""

from __future__ import annotations

import functools
import shutil
import subprocess
from pathlib import Path

import pytest

from aovpn_remediate import inspect_certificates
from aovpn_remediate.results.certificates import CertificateReport, Role
from aovpn_remediate.results.inspection import Severity
from tests.inspect.certificates.made import SID, SID_URI

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")

_SETTINGS = f"""
[req]
distinguished_name = dn
prompt = no
utf8 = yes
[dn]
CN = unused
[root]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[issuing]
basicConstraints = critical, CA:true, pathlen:0
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid, issuer
crlDistributionPoints = URI:http://pki.example/root.crl
authorityInfoAccess = caIssuers;URI:http://pki.example/root.crt
[user]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = clientAuth, 1.3.6.1.4.1.311.87
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = @names
crlDistributionPoints = URI:ldap:///CN=x?y,URI:http://pki.example/issuing.crl
authorityInfoAccess = OCSP;URI:http://ocsp.example, caIssuers;URI:http://pki.example/issuing.crt
1.3.6.1.4.1.311.25.2 = ASN1:SEQUENCE:sid
[names]
otherName = msUPN;UTF8:bjorn@corp.example
URI = {SID_URI}
IP.1 = 10.0.0.7
IP.2 = 2001:db8::1
[sid]
name = IMPLICIT:0, SEQUENCE:sid_name
[sid_name]
type = OID:1.3.6.1.4.1.311.25.2.1
value = EXPLICIT:0, OCTETSTRING:{SID}
[bare]
basicConstraints = CA:false
"""
_DAYS = {"root": 4000, "issuing": 2000, "user": 300, "bare": 300}


def _openssl(folder: Path, *words: str) -> None:
    subprocess.run(["openssl", *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A root, an issuing CA, a user, and one without anything, issued by openssl."""
    folder = tmp_path_factory.mktemp("openssl")
    (folder / "settings").write_text(_SETTINGS, "utf-8")
    new_key = ("-newkey", "rsa:2048", "-nodes", "-config", "settings")
    _openssl(
        folder,
        *("req", "-x509", *new_key, "-keyout", "root.key", "-out", "root.pem"),
        *("-subj", "/O=Example/CN=Root", "-extensions", "root", "-days", "4000", "-sha1"),
    )
    issue = functools.partial(_issue, folder, new_key)
    issue("issuing", "/O=Example/CN=Issuing", "root")
    issue("user", '/DC=example/DC=corp/CN=Bjørn, \\/ "B"/emailAddress=b@corp.example', "issuing")
    issue("bare", "/", "issuing")
    return folder


def _issue(folder: Path, new_key: tuple[str, ...], name: str, subject: str, issuer: str) -> None:
    _openssl(
        folder,
        *("req", *new_key, "-utf8", "-keyout", f"{name}.key", "-out", f"{name}.csr"),
        *("-subj", subject),
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", f"{name}.csr", "-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"),
        *("-CAcreateserial", "-out", f"{name}.pem", "-days", str(_DAYS[name])),
        *("-extfile", "settings", "-extensions", name),
    )


def _report(folder: Path, *names: str) -> CertificateReport:
    return inspect_certificates({name: (folder / name).read_bytes() for name in names}, sid=SID)


def test_the_facts_are_those_that_openssl_put_in(folder: Path) -> None:
    report = _report(folder, "user.pem")
    [one] = report.certificates
    facts = one.facts
    assert not facts.unreadable
    assert facts.subject == 'E=b@corp.example, CN=Bjørn\\, / \\"B\\", DC=corp, DC=example'
    assert facts.upns == ("bjorn@corp.example",)
    assert facts.ips == ("10.0.0.7", "2001:db8::1")
    assert (facts.sid_in_extension, facts.sids_in_uris) == (SID, (SID,))
    assert [purpose.name for purpose in facts.ekus] == [
        "Client Authentication",
        "AAD Conditional Access",
    ]
    assert facts.cdp == ("ldap:///CN=x?y", "http://pki.example/issuing.crl")
    assert (facts.aia, facts.ocsp) == (
        ("http://pki.example/issuing.crt",),
        ("http://ocsp.example",),
    )
    shown = subprocess.run(
        ["openssl", "x509", "-in", "user.pem", "-noout", "-serial", "-fingerprint", "-sha256"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.replace(":", "")
    assert f"serial={facts.serial}\n" in shown
    assert facts.sha256 in shown


def test_the_chain_is_followed_to_a_root_with_an_old_signature(folder: Path) -> None:
    report = _report(folder, "root.pem", "user.pem", "issuing.pem")
    assert [one.role for one in report.certificates] == [Role.CLIENT, Role.CA, Role.CA]
    assert report.chains[0].complete
    assert {one.severity for one in report.findings} == {Severity.NOTE}
    assert report.exit_code == 0


def test_an_empty_subject_and_no_extension(folder: Path) -> None:
    found = {one.id for one in _report(folder, "bare.pem").findings}
    assert {"certificate-without-subject", "certificate-without-cdp"} <= found


@pytest.mark.parametrize(
    ("words", "number"),
    [
        (("x509", "-in", "user.pem", "-outform", "DER"), 1),
        (("x509", "-in", "user.pem", "-text"), 1),
        (("x509", "-in", "user.pem", "-trustout", "-addtrust", "clientAuth"), 1),
        (("crl2pkcs7", "-nocrl", "-certfile", "user.pem", "-certfile", "issuing.pem"), 2),
        (("crl2pkcs7", "-nocrl", "-certfile", "user.pem", "-outform", "DER"), 1),
    ],
)
def test_each_form_that_openssl_writes(folder: Path, words: tuple[str, ...], number: int) -> None:
    _openssl(folder, *words, "-out", "written")
    report = _report(folder, "written")
    assert not report.unread
    assert len(report.certificates) == number


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("pkcs12 -export -inkey user.key -in user.pem -passout pass:x", "PFX"),
        ("pkcs8 -topk8 -in user.key -passout pass:x -outform DER", "private key"),
        ("rsa -in user.key -traditional -aes256 -passout pass:abcd", "private key"),
        ("ecparam -name prime256v1 -genkey -noout", "private key"),
        ("req -in user.csr -outform DER", "certificate request"),
    ],
)
def test_all_else_that_openssl_writes_is_refused(folder: Path, words: str, reason: str) -> None:
    _openssl(folder, *words.split(), "-out", "written")
    [unread] = _report(folder, "written").unread
    assert reason in unread.reason


def test_a_key_with_parameters_of_its_own_curve(folder: Path) -> None:
    curve = ("ecparam", "-name", "prime256v1", "-genkey", "-param_enc", "explicit", "-noout")
    _openssl(folder, *curve, "-out", "explicit.key")
    _openssl(
        folder,
        *("req", "-x509", "-key", "explicit.key", "-config", "settings", "-subj", "/CN=x"),
        *("-out", "explicit.pem"),
    )
    report = _report(folder, "explicit.pem")
    key = report.certificates[0].facts.key
    assert key is not None
    assert key.curve == "explicit parameters"
    assert "certificate-key-unusual" in {one.id for one in report.findings}


def test_certificates_of_the_first_version(folder: Path) -> None:
    new_key = ("-newkey", "rsa:2048", "-nodes", "-config", "settings")
    for name, issuer in (("old-root", None), ("old", "old-root")):
        request = ("req", *new_key, "-keyout", f"{name}.key", "-out", f"{name}.csr")
        _openssl(folder, *request, "-subj", f"/CN={name}")
        signer: tuple[str, ...] = ("-signkey", f"{name}.key")
        if issuer:
            signer = ("-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key", "-CAcreateserial")
        _openssl(folder, "x509", "-req", "-in", f"{name}.csr", *signer, "-out", f"{name}.pem")
    report = _report(folder, "old.pem", "old-root.pem")
    assert [one.facts.version for one in report.certificates] == [1, 1]
    assert [one.role for one in report.certificates] == [Role.EITHER, Role.CA]
    found = [(one.subject, one.id) for one in report.findings]
    assert ("old (old.pem)", "certificate-version-old") in found
    assert "old-root (old-root.pem)" not in {subject for subject, _ in found}


def test_a_list_of_revoked_certificates_of_the_first_version(folder: Path) -> None:
    (folder / "index").write_text("")
    (folder / "ca").write_text("[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\n")
    made = ("ca", "-config", "ca", "-gencrl", "-keyfile", "root.key", "-cert", "root.pem")
    _openssl(folder, *made, "-crldays", "9", "-out", "crl.pem")
    _openssl(folder, "crl", "-in", "crl.pem", "-outform", "DER", "-out", "crl.der")
    for name in ("crl.pem", "crl.der"):
        [unread] = _report(folder, name).unread
        assert "a certificate revocation list (CRL)" in unread.reason


def test_a_key_that_windows_refuses(folder: Path) -> None:
    _openssl(
        folder,
        *("req", "-x509", "-newkey", "rsa:512", "-nodes", "-config", "settings"),
        *("-subj", "/CN=short", "-keyout", "short.key", "-out", "short.pem"),
    )
    found = {one.id: one for one in _report(folder, "short.pem").findings}
    assert found["certificate-key-weak"].severity is Severity.PROBLEM
    assert "has 512 bits" in found["certificate-key-weak"].text
