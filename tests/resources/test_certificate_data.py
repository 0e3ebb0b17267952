"""Certificates of a host that may send anything."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from aovpn_remediate.resources.certificate_data import Access, Parsed, parsed


@pytest.fixture(scope="module")
def der() -> bytes:
    """A certificate with two units, an address and extensions."""
    key = ec.generate_private_key(ec.SECP256R1())
    parts = [(NameOID.COMMON_NAME, "Ä"), (NameOID.EMAIL_ADDRESS, "a@b.c")]
    parts += [(NameOID.ORGANIZATIONAL_UNIT_NAME, unit) for unit in ("One", "Two")]
    name = x509.Name([x509.NameAttribute(oid, text) for oid, text in parts])
    names = x509.SubjectAlternativeName([x509.DNSName("a.example")])
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2025, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2051, 1, 1, tzinfo=UTC))
        .add_extension(names, critical=True)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.DER)


def of(der: bytes) -> Parsed | None:
    return parsed(base64.b64encode(der).decode())


def test_each_part_of_a_subject_counts_in_any_case(der: bytes) -> None:
    found = of(der)
    assert found is not None
    assert found.has({"CN": "ä", "OU": "TWO", "E": "A@b.c"})
    assert found.has({"OU": "one"})
    assert not found.has({"OU": "One, OU=Two"})
    assert not found.has({"CN": "ä", "OU": "three"})
    assert found.ends.year == 2051


@pytest.mark.parametrize("raw", ["", "!", "AAAA", "A", "\u00e9", "=" * 9])
def test_what_is_no_certificate_is_none(raw: str) -> None:
    assert parsed(raw) is None


def test_a_certificate_that_was_cut_or_changed_is_one_or_none(der: bytes) -> None:
    assert not [n for n in range(len(der)) if of(der[:n]) is not None]
    rest = random.Random(7)  # noqa: S311 - the same bytes each time
    outcomes = set()
    for _ in range(2000):
        changed = bytearray(der)
        changed[rest.randrange(len(der))] = rest.randrange(256)
        outcomes.add(of(bytes(changed)) is None)
    assert outcomes == {True, False}


@pytest.mark.parametrize(
    ("account", "rules", "reads"),
    [
        ("S-1-5-20", [("S-1-5-20", True, 0x120089)], True),
        ("S-1-5-20", [("S-1-5-20", True, 0x120080)], False),
        ("S-1-5-20", [("S-1-5-32-545", True, 0x1)], True),
        ("S-1-5-20", [("S-1-5-32-544", True, 0x1F01FF)], False),
        ("S-1-5-18", [("S-1-5-32-544", True, 0x1F01FF)], True),
        ("S-1-5-20", [("S-1-5-20", True, 0x10000000), ("S-1-5-11", False, 1)], False),
        ("S-1-5-20", [("S-1-5-20", True, 1), ("S-1-5-11", False, 2)], True),
        ("S-1-5-21-1-2-3-4", [("S-1-5-32-545", True, 1)], False),
        ("S-1-5-21-1-2-3-4", [("S-1-1-0", True, 1)], True),
        ("S-1-5-20", [], False),
    ],
)
def test_who_may_read(account: str, rules: list[tuple[str, bool, int]], reads: bool) -> None:
    listed = [dict(zip(("sid", "allow", "rights"), rule, strict=True)) for rule in rules]
    assert Access.model_validate({"rules": listed}).lets_read(account) is reads
