"""Certificates that a host in the lab shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aovpn_remediate.lab.certificates import Authority, TlsFiles
from aovpn_remediate.results.examination import Check, Finding, HostHealth, Level
from tests.doctor.certificates import self_signed
from tests.doctor.conftest import ADDRESS, MakeWard


def tls(found: HostHealth) -> Finding:
    """The finding, which is the only one that is not well."""
    others = {f.level for f in found.findings if f.check is not Check.TLS}
    assert others <= {Level.OK, Level.SKIPPED}
    return found[Check.TLS]


def test_a_trusted_one(make_ward: MakeWard, folder: Path) -> None:
    files = Authority(folder).server(ADDRESS)
    found = make_ward(tls=files).one(scheme="https", ca_file=str(files.ca))
    assert found.level is Level.OK
    assert found[Check.TLS].found == "certificate 30 days"
    assert found[Check.ENCRYPTION].found == "TLS"


def test_messages_that_are_encrypted_in_it_as_well(make_ward: MakeWard, folder: Path) -> None:
    files = Authority(folder).server(ADDRESS)
    found = make_ward(tls=files).one(scheme="https", ca_file=str(files.ca), encryption="always")
    assert found[Check.ENCRYPTION].found == "TLS and encrypted messages"


def test_one_that_ends_soon(make_ward: MakeWard, folder: Path) -> None:
    files = self_signed(folder, ADDRESS, begins=-1, ends=5.1)
    found = tls(make_ward(tls=files).one(scheme="https", ca_file=str(files.ca)))
    assert found.level is Level.WARNING
    assert found.found.startswith("the certificate ends in 5 days, on 20")
    assert found.value == pytest.approx(5.1, abs=0.1)
    assert "renew" in found.cure


@pytest.mark.parametrize(
    ("begins", "ends", "words"),
    [(-10, -1, "certificate has expired"), (2, 9, "certificate is not yet valid")],
)
def test_one_that_is_not_valid_today(
    make_ward: MakeWard, folder: Path, begins: float, ends: float, words: str
) -> None:
    files = self_signed(folder, ADDRESS, begins=begins, ends=ends)
    ward = make_ward(tls=files)
    now = datetime.now(UTC)
    first, last = (f"{now + timedelta(days=days):%Y-%m-%d}" for days in (begins, ends))
    span = f"it is from {first} to {last}"
    found = tls(ward.one(scheme="https", ca_file=str(files.ca)))
    assert found.level is Level.FAILED
    assert found.found == f"the certificate is refused: {words}; {span}"
    assert "CertificateThumbprint" in found.cure
    assert ward.lab.requests == []


def test_one_for_another_name(make_ward: MakeWard, folder: Path) -> None:
    files = Authority(folder).server("other.example")
    found = tls(make_ward(tls=files).one(scheme="https", ca_file=str(files.ca)))
    assert found.level is Level.FAILED
    assert ADDRESS in found.found
    assert "other.example" in found.found
    assert found.cure.startswith("set `address` to a name in the certificate")


def test_one_of_an_unknown_authority(make_ward: MakeWard, folder: Path) -> None:
    another = Authority(folder / "another").ca
    files = Authority(folder).server(ADDRESS)
    found = tls(make_ward(tls=files).one(scheme="https", ca_file=str(another)))
    assert found.level is Level.FAILED
    assert "in certificate chain; its issuer is" in found.found
    assert "aovpn-remediate lab" in found.found
    assert "`ca_file`" in found.cure


@pytest.mark.parametrize("known", [True, False])
def test_one_that_nobody_verifies(make_ward: MakeWard, folder: Path, known: bool) -> None:
    files = Authority(folder).server(ADDRESS)
    authority = files.ca if known else Authority(folder / "another").ca
    found = tls(make_ward(tls=files).one(scheme="https", verify=False, ca_file=str(authority)))
    assert found.level is Level.WARNING
    assert ("it would be trusted" in found.found) == known
    assert found.value == pytest.approx(30, abs=0.1)


def test_a_file_of_authorities_that_is_none(
    make_ward: MakeWard, folder: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    files: TlsFiles = Authority(folder).server(ADDRESS)
    found = make_ward(tls=files).one(scheme="https", ca_file=str(wrong))
    assert found[Check.LOGON].level is Level.FAILED
    assert "wrong.pem" in found[Check.LOGON].found


def test_a_port_without_tls(make_ward: MakeWard) -> None:
    found = tls(make_ward().one(scheme="https", connect_timeout=1))
    assert found.level is Level.FAILED
    assert found.found.startswith(f"no TLS with {ADDRESS}")
    assert "`scheme`" in found.cure
