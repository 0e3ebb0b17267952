"""Reports of `inspect certificate` for people, with hostile names in them."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given, settings

from aovpn_remediate import CertificateReport, inspect_certificates
from aovpn_remediate.reports.inspections.certificates import certificate_sheet
from aovpn_remediate.reports.inspections.html import sheet_page
from aovpn_remediate.reports.inspections.text import sheet_lines
from aovpn_remediate.results.files import as_json, from_json
from tests.inspect.certificates.made import (
    NOW,
    SID,
    SID_URI,
    Made,
    client,
    issuing_ca,
    root_ca,
    server,
)
from tests.reports.hostile import NASTY, texts

_TAGS = re.compile(r"<[^>]*>")


def _text(report: CertificateReport, width: int | None = None) -> list[str]:
    return [line.plain.rstrip() for line in sheet_lines(certificate_sheet(report), width)]


def _report(*some: Made, sid: str = "") -> CertificateReport:
    names = ("alice.cer", "issuing.cer", "root.cer", "more.cer")
    files = dict(zip(names, (one.der for one in some), strict=False))
    return inspect_certificates(files, at=NOW, sid=sid)


def test_the_text_of_a_chain() -> None:
    alice = client(uris=(SID_URI,))
    lines = _text(_report(alice, issuing_ca(), root_ca(), sid=SID))
    assert lines[:12] == [
        "alice (alice.cer)",
        "  use              client (a user or a device)",
        "  subject          CN=alice",
        "  issuer           CN=Issuing CA",
        "  chain            Issuing CA (issuing.cer) < Root CA (root.cer)",
        "  valid            2026-11-17 12:00:00 UTC to 2027-09-23 12:00:00 UTC",
        "  UPN              alice@corp.example",
        f"  URIs             {SID_URI}",
        "  purposes         Client Authentication",
        "  key usage        digitalSignature",
        f"  SID              {SID} (extension and URI), the one asked for",
        "  CRL (CDP)        http://pki.corp.example/issuing.crl",
    ]
    assert [line for line in lines if line and line[0] != " "] == [
        "alice (alice.cer)",
        "Issuing CA (issuing.cer)",
        "Root CA (root.cer)",
        "Inspect certificate: nothing found.",
    ]
    assert "  issuer         itself" in lines


def test_the_text_of_findings() -> None:
    report = inspect_certificates(
        {"alice.cer": client(sid=None, cdp=()).der, "x.cer": b"x,"}, at=NOW
    )
    lines = _text(report)
    assert "  SID              none" in lines
    assert "  CRL (CDP)        none" in lines
    words = " ".join(" ".join(lines).split())
    assert "problem It names no CRL distribution point (CDP): NPS cannot check it" in words
    assert "playbook: nps-ignore-no-revocation-check" in words
    assert "playbook: connector-sid-extension" in words
    assert lines[-1] == "Inspect certificate: 2 problems, 1 note, 1 could not be looked at."
    assert all(len(line) <= 80 for line in _text(report, 80) if " " in line.strip())


def test_places_of_a_sid_are_told_apart() -> None:
    other = SID_URI.replace(SID, f"{SID}1")
    lines = _text(_report(client(uris=(other,)), sid=SID))
    assert f"  SID              {SID} (extension), {SID}1 (URI)" in lines


def test_what_is_not_there_has_no_row() -> None:
    lines = _text(_report(server()))
    assert not [line for line in lines if line.startswith(("  UPN", "  SID", "  OCSP", "  chain"))]


def test_many_and_long_names_are_cut() -> None:
    lines = _text(_report(server(dns=tuple(f"{'a' * 60}{n}.{'b' * 200}" for n in range(500)))))
    assert max(map(len, lines)) < 3000
    assert "and 492 more" in next(line for line in lines if line.startswith("  DNS names"))


def _with(text: str) -> CertificateReport:
    some = client(subject=f"a{text}", upns=(f"{text}@x", "b"), sid=f"S{text}")
    return inspect_certificates({f"{text}.cer": some.der, f"{text}.txt": b"?"}, at=NOW)


@pytest.mark.parametrize("text", [text for text in NASTY if "\ud800" not in text])
def test_hostile_names_stay_text(text: str) -> None:
    _check(_with(text))


@settings(max_examples=40)
@given(texts)
def test_any_name_stays_text(text: str) -> None:
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        return  # no certificate can have it
    _check(_with(text))


def _check(report: CertificateReport) -> None:
    assert report.certificates
    assert all(line.isprintable() for line in _text(report))
    page = sheet_page(certificate_sheet(report))
    clean = sheet_page(certificate_sheet(_with("x")))
    shapes = [[tag.split()[0] for tag in _TAGS.findall(each)] for each in (page, clean)]
    assert set(shapes[0]) <= set(shapes[1]) | {"<p", "</p>"}
    assert all(letter.isprintable() or letter == "\n" for letter in unescape(page))
    assert CertificateReport.model_validate(from_json(as_json(report).encode())) == report


def test_the_page_says_what_the_text_says() -> None:
    report = _report(client(sid=None), issuing_ca(), root_ca())
    words = " ".join(unescape(_TAGS.sub(" ", sheet_page(certificate_sheet(report)))).split())
    assert "3 certificates 1 problem." in words
    assert "2026-11-27 12:00:00 UTC" in words
    for finding in report.findings:
        assert finding.text in words
        assert f"Fix: {finding.fix}" in words
        assert f"Playbook: {finding.playbook}" in words


def test_the_document_names_its_kind_and_has_the_facts_whole() -> None:
    report = _report(client())
    document = from_json(as_json(report).encode())
    assert (document["kind"], document["schema_version"]) == ("certificates", 1)
    assert document["made_at"] == "2026-11-27T12:00:00+00:00"
    assert document["made_by"]
    [one] = document["certificates"]
    assert one["files"] == ["alice.cer"]
    assert one["role"] == "client"
    assert one["facts"]["sid_in_extension"] == SID
    assert CertificateReport.model_validate(document) == report
