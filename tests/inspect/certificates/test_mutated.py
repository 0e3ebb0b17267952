"""Thousands of damaged files: a report on each, never anything else."""

from __future__ import annotations

import dataclasses
import functools
import random

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from aovpn_remediate import CertificateReport
from aovpn_remediate.inspect.certificates.der import encoded
from aovpn_remediate.inspect.certificates.facts import certificate_facts
from aovpn_remediate.inspect.certificates.files import CertificateError, read_certificates
from aovpn_remediate.inspect.certificates.purposes import CLIENT, CONDITIONAL_ACCESS
from aovpn_remediate.reports.inspections.certificates import certificate_sheet
from aovpn_remediate.reports.inspections.text import sheet_lines
from aovpn_remediate.results.files import as_json, from_json
from tests.inspect.certificates.inspected import report_on
from tests.inspect.certificates.made import ROOT_LIKE, SID_URI, authority, client, made, p7b
from tests.lengths import some_now

_FILES = 500
"""The number of files of one test."""


@functools.cache
def _whole_files() -> tuple[bytes, ...]:
    """Files in each form, the same bytes in every run: signatures with Ed25519 are not random."""
    root = made(dataclasses.replace(ROOT_LIKE, key="ed25519"))
    ca = authority(issuer=root, key="ed25519")
    user = client(
        issuer=ca,
        uris=(SID_URI,),
        dns=("a.example",),
        emails=("a@example.org",),
        ocsp=("http://ocsp.example",),
        ekus=(CLIENT, CONDITIONAL_ACCESS),
    )
    chain = p7b(user, ca, root)
    nested = chain.replace(b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01", chain[4:13])
    return (
        *(user.der, ca.der, root.der, user.pem, user.pem + ca.pem + root.pem),
        *(chain, nested, encoded(0x30, chain), p7b(user, ca, encoding=Encoding.PEM)),
        user.pem.decode().encode("utf-16"),
        b"".join(user.pem.splitlines()[1:-1]),
    )


def _damaged(chance: random.Random) -> bytes:
    data = bytearray(chance.choice(_whole_files()))
    for _ in range(chance.choice((1, 1, 1, 2, 5))):
        place, length = chance.randrange(len(data) or 1), chance.randrange(1, 60)
        match chance.randrange(7):
            case 0:
                data[place : place + 1] = bytes([chance.randrange(256)])
            case 1 | 2 if data:
                data[place % len(data)] ^= 1 << chance.randrange(8)
            case 3:
                data = data[:place]
            case 4:
                del data[place : place + length]
            case 5:
                data[place:place] = chance.randbytes(chance.randrange(5))
            case _:
                other = chance.choice(_whole_files())
                start = chance.randrange(len(other))
                data[place : place + length] = other[start : start + length]
    return bytes(data)


@pytest.mark.parametrize("seed", some_now(range(20), 0, 1, 2))
def test_a_damaged_file_gets_a_report(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - nothing secret
    read = 0
    for _ in range(_FILES):
        data = _damaged(chance)
        report = report_on(data)
        assert bool(report.unread) != bool(report.certificates)
        assert all(len(one.reason.splitlines()) == 1 for one in report.unread)
        sheet = certificate_sheet(report)
        assert all(line.plain.isprintable() for line in sheet_lines(sheet, 80))
        assert CertificateReport.model_validate(from_json(as_json(report).encode())) == report
        read += len(report.certificates)
    assert read > _FILES / 10, "the damage is such that hardly any certificate is left"


def test_the_reader_raises_its_own_error_alone() -> None:
    chance = random.Random(99)  # noqa: S311
    for _ in range(_FILES):
        try:
            for one in read_certificates(_damaged(chance)):
                certificate_facts(one)
        except CertificateError as error:
            assert str(error)  # noqa: PT017


def test_the_damage_is_the_same_in_each_run() -> None:
    first, second = (_damaged(random.Random(7)) for _ in range(2))  # noqa: S311
    assert first == second
