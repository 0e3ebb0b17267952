"""Certificates that a host in the lab presents."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from aovpn_remediate.lab.certificates import Authority, TlsFiles
from aovpn_remediate.results.examination import Check, Finding, HostHealth, Level
from tests.doctor.certificates import self_signed
from tests.doctor.conftest import ADDRESS, MakeLabFleet


def tls(found: HostHealth) -> Finding:
    """Return the TLS finding; no other check may have a problem."""
    others = {f.level for f in found.findings if f.check is not Check.TLS}
    assert others <= {Level.OK, Level.SKIPPED}
    return found[Check.TLS]


def test_a_trusted_certificate(make_lab_fleet: MakeLabFleet, folder: Path) -> None:
    files = Authority(folder).server(ADDRESS)
    found = make_lab_fleet(tls=files).one(scheme="https", ca_file=str(files.ca))
    assert found.level is Level.OK
    assert found[Check.TLS].found == "certificate valid for 30 days"
    assert found[Check.ENCRYPTION].found == "TLS"


def test_messages_encrypted_inside_tls(make_lab_fleet: MakeLabFleet, folder: Path) -> None:
    files = Authority(folder).server(ADDRESS)
    found = make_lab_fleet(tls=files).one(
        scheme="https", ca_file=str(files.ca), encryption="always"
    )
    assert found[Check.ENCRYPTION].found == "TLS and encrypted messages"


def test_a_certificate_that_expires_soon(make_lab_fleet: MakeLabFleet, folder: Path) -> None:
    files = self_signed(folder, ADDRESS, begins=-1, ends=5.1)
    found = tls(make_lab_fleet(tls=files).one(scheme="https", ca_file=str(files.ca)))
    assert found.level is Level.WARNING
    assert found.found.startswith("the certificate expires in 5 days, on 20")
    assert found.value == pytest.approx(5.1, abs=0.1)
    assert "renew" in found.cure


@pytest.mark.parametrize(
    ("begins", "ends", "verdict"),
    [(-10, -1, "certificate has expired"), (2, 9, "certificate is not yet valid")],
)
def test_a_certificate_that_is_not_valid_today(
    make_lab_fleet: MakeLabFleet, folder: Path, begins: float, ends: float, verdict: str
) -> None:
    files = self_signed(folder, ADDRESS, begins=begins, ends=ends)
    fleet = make_lab_fleet(tls=files)
    now = datetime.now(UTC)
    first, last = (f"{now + timedelta(days=days):%Y-%m-%d}" for days in (begins, ends))
    span = f"valid from {first} to {last}"
    found = tls(fleet.one(scheme="https", ca_file=str(files.ca)))
    assert found.level is Level.FAILED
    assert found.found == f"the certificate is not accepted: {verdict}; {span}"
    assert "CertificateThumbprint" in found.cure
    assert fleet.lab.requests == []


def test_a_certificate_for_another_name(make_lab_fleet: MakeLabFleet, folder: Path) -> None:
    files = Authority(folder).server("other.example")
    found = tls(make_lab_fleet(tls=files).one(scheme="https", ca_file=str(files.ca)))
    assert found.level is Level.FAILED
    assert ADDRESS in found.found
    assert "other.example" in found.found
    assert found.cure.startswith("set `address` to a name in the certificate")


def test_a_certificate_of_an_unknown_authority(make_lab_fleet: MakeLabFleet, folder: Path) -> None:
    another = Authority(folder / "another").ca
    files = Authority(folder).server(ADDRESS)
    found = tls(make_lab_fleet(tls=files).one(scheme="https", ca_file=str(another)))
    assert found.level is Level.FAILED
    assert "in certificate chain; the issuer is" in found.found
    assert "aovpn-remediate lab" in found.found
    assert "`ca_file`" in found.cure


@pytest.mark.parametrize("known", [True, False])
def test_a_certificate_that_is_not_verified(
    make_lab_fleet: MakeLabFleet, folder: Path, known: bool
) -> None:
    files = Authority(folder).server(ADDRESS)
    authority = files.ca if known else Authority(folder / "another").ca
    found = tls(make_lab_fleet(tls=files).one(scheme="https", verify=False, ca_file=str(authority)))
    assert found.level is Level.WARNING
    assert ("although the certificate is trusted" in found.found) == known
    assert found.value == pytest.approx(30, abs=0.1)


def test_a_ca_file_without_a_certificate(
    make_lab_fleet: MakeLabFleet, folder: Path, tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("no certificate")
    files: TlsFiles = Authority(folder).server(ADDRESS)
    found = make_lab_fleet(tls=files).one(scheme="https", ca_file=str(wrong))
    assert found[Check.LOGON].level is Level.FAILED
    assert "wrong.pem" in found[Check.LOGON].found


def test_a_port_without_tls(make_lab_fleet: MakeLabFleet) -> None:
    found = tls(make_lab_fleet().one(scheme="https", connect_timeout=1))
    assert found.level is Level.FAILED
    assert found.found.startswith(f"the TLS handshake with {ADDRESS}")
    assert "`scheme`" in found.cure
