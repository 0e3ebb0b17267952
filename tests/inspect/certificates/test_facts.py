"""The facts of a certificate, and those of damaged ones."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import replace

import pytest

from aovpn_remediate.inspect.certificates.der import encoded
from aovpn_remediate.inspect.certificates.facts import certificate_facts
from aovpn_remediate.inspect.certificates.files import CertificateError, read_certificates
from aovpn_remediate.inspect.certificates.purposes import CLIENT, CONDITIONAL_ACCESS
from aovpn_remediate.results.certificates import CertificateFacts
from tests.inspect.certificates.made import (
    CRL,
    NOW,
    ROOT_LIKE,
    SID,
    SID_URI,
    Made,
    client,
    issuing_ca,
    made,
    root_ca,
    server,
    sid_extension,
    with_serial,
    with_subject,
)


def facts(one: Made | bytes) -> CertificateFacts:
    [certificate] = read_certificates(one if isinstance(one, bytes) else one.der)
    return certificate_facts(certificate)


def unreadable(one: Made | bytes) -> dict[str, str]:
    return {part.part: part.reason for part in facts(one).unreadable}


def test_a_certificate_of_a_user() -> None:
    alice = client(
        uris=(SID_URI, "https://example.org"),
        emails=("alice@example.org",),
        ekus=(CLIENT, CONDITIONAL_ACCESS, "1.2.3.4"),
        ocsp=("http://ocsp.corp.example",),
        usage=("digital_signature", "key_agreement", "decipher_only"),
    )
    found = facts(alice)
    assert found.subject == "CN=alice"
    assert found.common_names == ("alice",)
    assert found.issuer == "CN=Issuing CA"
    assert (found.serial, found.version) == ("1A2B3C", 3)
    assert found.sha1 == hashlib.sha1(alice.der, usedforsecurity=False).hexdigest().upper()
    assert found.sha256 == hashlib.sha256(alice.der).hexdigest().upper()
    assert found.not_before == "2026-11-17T12:00:00+00:00"
    assert found.not_after == "2027-09-23T12:00:00+00:00"
    assert found.upns == ("alice@corp.example",)
    assert found.uris == (SID_URI, "https://example.org")
    assert found.emails == ("alice@example.org",)
    assert [(one.oid, one.name) for one in found.ekus] == [
        (CLIENT, "Client Authentication"),
        (CONDITIONAL_ACCESS, "AAD Conditional Access"),
        ("1.2.3.4", ""),
    ]
    assert found.key_usage == ("digitalSignature", "keyAgreement", "decipherOnly")
    assert (found.is_ca, found.path_length) == (False, None)
    assert found.cdp == (CRL,)
    assert found.aia == ("http://pki.corp.example/issuing.crt",)
    assert found.ocsp == ("http://ocsp.corp.example",)
    assert (found.sid_in_extension, found.sids_in_uris) == (SID, (SID,))
    assert found.key is not None
    assert (found.key.type, found.key.bits, found.key.curve) == ("ec", 256, "secp256r1")
    assert (found.signature_algorithm, found.signature_hash) == ("ecdsa-with-SHA256", "sha256")
    assert not found.self_signed
    assert found.aki == facts(issuing_ca()).ski
    assert found.unknown_critical == ()
    assert found.unreadable == ()


def test_a_ca_and_a_root() -> None:
    root = facts(root_ca())
    assert (root.is_ca, root.self_signed) == (True, True)
    assert root.key_usage == ("keyCertSign", "cRLSign")
    assert facts(made(replace(ROOT_LIKE, path_length=0))).path_length == 0


def test_a_server_has_names_and_an_rsa_key() -> None:
    found = facts(server())
    assert found.dns_names == ("nps-01.corp.example",)
    assert found.key is not None
    assert (found.key.type, found.key.bits) == ("rsa", 2048)
    assert found.sid_in_extension is None
    assert found.sids_in_uris == ()


def test_no_subject_and_no_extension() -> None:
    bare = made(replace(ROOT_LIKE, subject=None, basic=False, usage=(), identifiers=False))
    found = facts(bare)
    assert (found.subject, found.common_names) == ("", ())
    assert (found.ski, found.aki, found.ekus, found.key_usage) == ("", "", (), ())
    assert not found.unreadable


@pytest.mark.parametrize(
    ("kind", "expected"), [("dsa", ("dsa", 2048)), ("ed25519", ("ed25519", None))]
)
def test_other_keys(kind: str, expected: tuple[str, int | None]) -> None:
    key = facts(client(key=kind)).key
    assert key is not None
    assert (key.type, key.bits) == expected


def _with_extension(oid: str, value: bytes, *, critical: bool = False) -> Made:
    return client(extra=((oid, critical, value),), cdp=(CRL,))


@pytest.mark.parametrize(
    ("oid", "part"),
    [
        ("2.5.29.17", "alternative names"),
        ("2.5.29.18", None),
        ("1.3.6.1.5.5.7.1.1", "authority information access"),
    ],
)
def test_a_damaged_extension_hides_no_other(oid: str, part: str | None) -> None:
    one = client(upns=(), aia=(), extra=((oid, False, b"\x30\x05\x02"),))
    assert list(unreadable(one)) == ([part] if part else [])
    assert facts(one).cdp == (CRL,)
    assert facts(one).sid_in_extension == SID


def test_an_extension_that_is_there_twice() -> None:
    one = client()
    doubled = one.der.replace(b"\x55\x1d\x1f", b"\x55\x1d\x25")  # CDP becomes a second EKU
    assert unreadable(doubled) == {"purposes (EKU)": "it is there more than once"}
    assert [purpose.oid for purpose in facts(doubled).ekus] == [CLIENT]


def _names(*names: bytes) -> Made:
    value = encoded(0x30, b"".join(names))
    return client(upns=(), extra=(("2.5.29.17", False, value),))


def test_one_damaged_name_hides_no_other() -> None:
    one = _names(
        encoded(0x82, b"a.example"),
        encoded(0x82, b"\xff\xfe"),
        encoded(0x87, b"\x0a\0\0\1"),
        encoded(0x87, b"\x0a\0\1"),
        encoded(0xA4, b"\x30\0"),
        encoded(0xA0, b"\x06\1"),
        encoded(0xA0, b"\x06\1\x2a\xa0\0"),
        encoded(0x86, SID_URI.encode()),
    )
    found = facts(one)
    assert found.dns_names == ("a.example",)
    assert found.ips == ("10.0.0.1",)
    assert found.sids_in_uris == (SID,)
    reasons = [part.reason[:6] for part in found.unreadable]
    assert reasons == ["name 2", "name 4", "name 6", "name 7"]


def test_a_upn_of_another_type_of_string() -> None:
    oid = bytes.fromhex("060a2b060104018237140203")
    for tag, encoding in ((0x0C, "utf-8"), (0x16, "ascii"), (0x1E, "utf-16-be")):
        value = encoded(0xA0, encoded(tag, "bob@corp.example".encode(encoding)))
        assert facts(_names(encoded(0xA0, oid + value))).upns == ("bob@corp.example",)


def test_thousands_of_names_are_not_all_read() -> None:
    found = facts(_names(*[encoded(0x82, b"a.example")] * 3000))
    assert len(found.dns_names) == 2000
    assert [part.reason for part in found.unreadable] == ["there are more than 2000 names"]


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"\x30\0",
        b"\x04\x02ab",
        sid_extension(SID)[:-3],
        sid_extension(SID).replace(b"\x19\x02\x01", b"\x19\x02\x02"),
    ],
)
def test_a_damaged_extension_of_a_sid_is_there_but_unreadable(value: bytes) -> None:
    one = client(sid=None, extra=(("1.3.6.1.4.1.311.25.2", False, value),))
    assert facts(one).sid_in_extension == ""
    assert list(unreadable(one)) == ["SID extension"]


def test_critical_extensions_that_nobody_knows() -> None:
    assert facts(_with_extension("1.2.3", b"\5\0", critical=True)).unknown_critical == ("1.2.3",)
    assert facts(_with_extension("1.2.3", b"\5\0")).unknown_critical == ()
    known = _with_extension("1.3.6.1.4.1.311.21.10", b"\x30\0", critical=True)
    assert facts(known).unknown_critical == ()


def test_a_key_of_a_type_that_nobody_knows() -> None:
    ec = bytes.fromhex("06072a8648ce3d0201")
    found = facts(client().der.replace(ec, ec[:-1] + b"\x63"))
    assert found.key is not None
    assert (found.key.type, found.key.bits) == ("1.2.840.10045.2.99", None)


def test_a_curve_that_nobody_knows() -> None:
    p256 = bytes.fromhex("06082a8648ce3d030107")
    assert list(unreadable(client().der.replace(p256, p256[:-1] + b"\x63"))) == ["key"]


def test_a_point_that_is_not_on_the_curve() -> None:
    point = client().certificate.public_key().public_numbers()  # type: ignore[union-attr]
    x = point.x.to_bytes(32, "big")  # type: ignore[union-attr]
    assert list(unreadable(client().der.replace(x, b"\1" * 32))) == ["key"]


def test_an_algorithm_that_nobody_knows() -> None:
    ecdsa = bytes.fromhex("06082a8648ce3d040302")
    found = facts(client().der.replace(ecdsa, ecdsa[:-1] + b"\x63"))
    assert found.signature_algorithm == "1.2.840.10045.4.3.99"
    assert found.signature_hash == ""
    assert [part.part for part in found.unreadable] == ["signature algorithm"]


@pytest.mark.parametrize("text", [b"990231000000Z", b"XX1117120000Z", b"261117120000+"])
def test_an_absurd_date(text: bytes) -> None:
    data = client().der.replace(b"261117120000Z", text)
    assert data != client().der
    with pytest.raises(CertificateError, match="damaged"):
        read_certificates(data)


def test_the_last_year_of_all() -> None:
    last = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)
    assert facts(client(not_after=last)).not_after == "9999-12-31T23:59:59+00:00"
    assert facts(client(not_before=NOW.replace(year=1950))).not_before is not None


@pytest.mark.parametrize(
    ("content", "shown"), [(b"\0", "00"), (b"\xff", "-01"), (b"\x7f" * 200, "7F" * 200)]
)
def test_odd_serial_numbers(content: bytes, shown: str) -> None:
    assert facts(with_serial(client(), content)).serial == shown


def _rdn(*attributes: tuple[bytes, int, bytes]) -> bytes:
    """Attributes as the last byte of their OID below 2.5.4, the tag and the content of a value."""
    parts = [
        encoded(0x30, encoded(0x06, b"\x55\x04" + oid) + encoded(tag, content))
        for oid, tag, content in attributes
    ]
    return encoded(0x31, b"".join(sorted(parts)))


def test_a_subject_is_shown_as_windows_does_whatever_it_holds() -> None:
    parts = (
        _rdn((b"\x06", 0x13, b"AT")),
        _rdn(),
        _rdn((b"\x0a", 0x0C, 'Ä, "B"'.encode()), (b"\x0b", 0x1E, "Ü".encode("utf-16-be"))),
        _rdn((b"\x03", 0x14, b"J\xf6rg"), (b"\x03", 0x0C, b"\xff")),
        _rdn((b"\x2d", 0x03, b"\0\1")),
        _rdn((b"\x03", 0x0C, b"")),
    )
    found = facts(with_subject(client(), b"".join(parts)))
    assert found.subject.split(", ", 2) == [
        "CN=",
        "2.5.4.45=#03020001",
        '2.5.4.3=#0c01ff+CN=Jörg, OU=Ü+O=Ä\\, \\"B\\", C=AT',
    ]
    assert found.common_names == ("", "Jörg")
    assert not found.unreadable


def test_the_identifier_of_the_issuer_is_read_without_its_other_fields() -> None:
    value = encoded(0x30, encoded(0x80, b"\xab\xcd") + encoded(0x82, b"\7"))
    found = facts(client(identifiers=False, extra=(("2.5.29.35", False, value),)))
    assert (found.aki, found.unreadable) == ("ABCD", ())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("3003010100", (False, None)),
        ("30030101ff", (True, None)),
        ("30060101ff020103", (True, 3)),
        ("3000", (False, None)),
    ],
)
def test_basic_constraints_in_the_forms_that_cas_write(
    value: str, expected: tuple[bool, int | None]
) -> None:
    found = facts(client(basic=False, extra=(("2.5.29.19", True, bytes.fromhex(value)),)))
    assert (found.is_ca, found.path_length) == expected
    assert not found.unreadable


@pytest.mark.parametrize("value", ["", "0500", "30060101ff0201ff", "3003010100020101", "30020500"])
def test_basic_constraints_that_nobody_understands(value: str) -> None:
    one = client(basic=False, extra=(("2.5.29.19", True, bytes.fromhex(value)),))
    assert list(unreadable(one)) == ["basic constraints"]
    assert not facts(one).is_ca


def test_hundreds_of_extensions_are_not_read() -> None:
    some = tuple((f"1.2.3.{number}", True, b"\5\0") for number in range(101))
    few = facts(client(extra=some[: 100 - 9]))
    assert (len(few.unknown_critical), few.unreadable) == (91, ())
    many = facts(client(extra=some))
    assert [(one.part, one.reason) for one in many.unreadable] == [
        ("extensions", "there are 110 of them")
    ]
    assert many.cdp == ()
