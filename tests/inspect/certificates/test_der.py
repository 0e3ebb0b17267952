"""Elements of DER: what is written is read, and nothing beyond the data is."""

from __future__ import annotations

import pytest
from cryptography import x509

from aovpn_remediate.inspect.certificates.der import (
    Element,
    element_at,
    elements,
    encoded,
    oid_text,
    string_text,
)


@pytest.mark.parametrize("size", [0, 1, 127, 128, 255, 256, 65_535, 65_536])
def test_what_is_written_is_read(size: int) -> None:
    whole = encoded(0x04, b"x" * size)
    assert element_at(b"ab" + whole + b"more", 2) == Element(0x04, b"x" * size, whole)
    assert [one.content for one in elements(whole + encoded(0x05, b""))] == [b"x" * size, b""]
    with pytest.raises(ValueError, match="ends within"):
        element_at(whole[:-1])


@pytest.mark.parametrize(
    ("size", "start"), [(127, "047f"), (128, "048180"), (256, "04820100"), (65_536, "0483010000")]
)
def test_a_length_has_its_shortest_form(size: int, start: str) -> None:
    assert encoded(0x04, b"x" * size).startswith(bytes.fromhex(start))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "ends within"),
        ("04", "ends within"),
        ("0481", "ends within"),
        ("0480", "no length"),
        ("0485000000000078", "longer than any file"),
    ],
)
def test_what_is_no_element(data: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        element_at(bytes.fromhex(data))


def test_the_longest_length_that_is_read() -> None:
    assert element_at(bytes.fromhex("04840000000178")).content == b"x"


@pytest.mark.parametrize(
    "text", ["0.9.2342.19200300.100.1.25", "1.3.6.1.4.1.311.87", "2.5.29.17", "2.999.128.127"]
)
def test_an_object_identifier(text: str) -> None:
    name = x509.RegisteredID(x509.ObjectIdentifier(text))
    content = element_at(x509.SubjectAlternativeName([name]).public_bytes()).children()[0].content
    assert oid_text(content) == text


@pytest.mark.parametrize("content", [b"", b"\x2a\x80", b"\x2a" + b"\x01" * 128])
def test_what_is_no_object_identifier(content: bytes) -> None:
    with pytest.raises(ValueError, match="object identifier"):
        oid_text(content)
    assert oid_text(b"\x2a" + b"\x01" * 127).startswith("1.2.1.1")


@pytest.mark.parametrize(
    ("tag", "encoding"),
    [(0x0C, "utf-8"), (0x16, "ascii"), (0x14, "latin-1"), (0x1C, "utf-32-be"), (0x1E, "utf-16-be")],
)
def test_the_text_of_a_string(tag: int, encoding: str) -> None:
    text = "abc" if encoding == "ascii" else "Äbc"
    assert string_text(Element(tag, text.encode(encoding), b"")) == text


def test_what_is_no_string() -> None:
    with pytest.raises(ValueError, match="no text"):
        string_text(Element(0x03, b"\0a", b""))
