"""Each finding about one certificate: when it is there, and when it is not."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes

from aovpn_remediate.errors import UsageError
from aovpn_remediate.inspect.certificates.der import encoded
from aovpn_remediate.inspect.certificates.purposes import (
    ANY,
    CLIENT,
    CONDITIONAL_ACCESS,
    SERVER,
    SMART_CARD,
)
from aovpn_remediate.playbook.loader import shipped_playbooks
from aovpn_remediate.results.certificates import Role
from aovpn_remediate.results.inspection import Finding, Severity
from tests.inspect.certificates.inspected import found, report_on, serious
from tests.inspect.certificates.made import (
    CRL,
    NOW,
    ROOT_LIKE,
    SID,
    SID_URI,
    Made,
    authority,
    client,
    issuing_ca,
    made,
    root_ca,
    server,
    signed_with,
    with_serial,
)

PROBLEM, WARNING, NOTE = Severity
DAY = dt.timedelta(days=1)
LDAP = "ldap:///CN=Issuing%20CA,CN=CDP,DC=corp,DC=example?certificateRevocationList"
OTHER_SID = f"{SID}1"
OTHER_URI = f"{SID_URI}1"
_HOUR: dict[str, Any] = {"not_before": NOW - DAY / 30, "not_after": NOW + DAY / 300}
KDC = "1.3.6.1.5.2.3.5"


def _root(**fields: Any) -> Made:
    return made(dataclasses.replace(ROOT_LIKE, **fields))


def _ca(**fields: Any) -> Made:
    return authority(**{"issuer": root_ca(), **fields})


def _device(**fields: Any) -> Made:
    fields = {"upns": (), "dns": ("pc-1.corp.example",), "subject": "pc-1.corp.example", **fields}
    return client(**fields)


@pytest.mark.parametrize(
    "good",
    [client(), client(uris=(SID_URI,)), server(), _device()],
    ids=["client", "both", "server", "dev"],
)
def test_a_good_one_with_its_chain_has_no_finding(good: Made) -> None:
    report = report_on(good, issuing_ca(), root_ca())
    assert report.findings == ()
    assert report.exit_code == 0


BAD: list[tuple[str, Severity, Made | bytes]] = [
    ("expired", PROBLEM, client(not_after=NOW - DAY)),
    ("expired", PROBLEM, _root(not_after=NOW - dt.timedelta(seconds=1))),
    ("not-yet-valid", PROBLEM, client(not_before=NOW + DAY)),
    ("expiring", WARNING, client(not_before=NOW - 60 * DAY, not_after=NOW + 30 * DAY)),
    ("without-cdp", PROBLEM, client(cdp=())),
    ("without-cdp", PROBLEM, _device(cdp=())),
    ("without-cdp", PROBLEM, _ca(cdp=())),
    ("without-cdp", PROBLEM, client(cdp=(), ekus=(CLIENT, CONDITIONAL_ACCESS))),
    ("without-cdp", WARNING, client(cdp=(), ocsp=("http://ocsp.corp.example",))),
    ("without-cdp", WARNING, server(cdp=())),
    ("without-cdp", WARNING, server(cdp=(), ekus=(CLIENT, SERVER))),
    ("without-cdp", NOTE, server(cdp=(), ocsp=("http://ocsp.corp.example",))),
    ("cdp-not-http", WARNING, client(cdp=(LDAP,))),
    ("cdp-not-http", WARNING, _ca(cdp=(LDAP, "file://pki/issuing.crl"))),
    ("without-aia", NOTE, client(aia=())),
    ("without-aia", NOTE, _ca(aia=(), ocsp=("http://ocsp.corp.example",))),
    ("without-sid", PROBLEM, client(sid=None)),
    ("without-sid", PROBLEM, client(sid=None, upns=())),
    ("without-sid", WARNING, _device(sid=None)),
    ("without-sid", NOTE, server(ekus=(CLIENT, SERVER))),
    ("sids-differ", PROBLEM, client(uris=(OTHER_URI,))),
    ("sids-differ", PROBLEM, client(sid=None, uris=(SID_URI, OTHER_URI))),
    ("sid-malformed", PROBLEM, client(sid="S-1-5-21-x")),
    ("sid-malformed", PROBLEM, client(sid=None, uris=(SID_URI.replace(SID, ""),))),
    (
        "sid-malformed",
        PROBLEM,
        client(uris=(SID_URI.replace(SID, "{{OnPremisesSecurityIdentifier}}"),)),
    ),
    ("sid-malformed", PROBLEM, server(sid="\x01\x05\x00")),
    ("sid-malformed", PROBLEM, client(sid="S-1-5-21-Ä")),
    ("sid-of-entra", WARNING, client(sid="S-1-12-1-1234567890-1234567890-1234567890-1234567890")),
    ("conditional-access", NOTE, client(ekus=(CLIENT, CONDITIONAL_ACCESS))),
    ("without-client-purpose", PROBLEM, client(ekus=(SERVER,))),
    ("without-client-purpose", PROBLEM, client(ekus=(SMART_CARD,))),
    ("without-client-purpose", PROBLEM, client(ekus=(CONDITIONAL_ACCESS,))),
    ("without-vpn-purpose", WARNING, server(ekus=(KDC,))),
    ("without-purposes", WARNING, server(ekus=())),
    ("without-purposes", WARNING, client(ekus=())),
    ("without-signature-usage", WARNING, server(usage=("key_encipherment",))),
    ("without-subject", WARNING, server(subject=None)),
    ("without-subject", WARNING, server(subject=None, ekus=(CLIENT, SERVER))),
    ("without-subject", NOTE, client(subject=None)),
    ("without-subject", WARNING, _ca(subject=None)),
    ("without-upn", WARNING, client(upns=())),
    ("without-dns-name", NOTE, server(dns=())),
    ("without-dns-name", WARNING, server(dns=(), subject=None)),
    ("entra-vpn-root", NOTE, _root(subject="Microsoft VPN root CA gen 1")),
    ("key-weak", WARNING, server(key="rsa1024")),
    ("key-unusual", WARNING, client(key="ed25519")),
    ("key-unusual", WARNING, client(key="k256")),
    ("key-unusual", WARNING, client(key="dsa")),
    ("critical-extension-unknown", PROBLEM, client(extra=(("1.2.3", True, b"\5\0"),))),
    ("part-unreadable", WARNING, client(upns=(), extra=(("2.5.29.17", False, b"\5\0"),))),
    ("serial-odd", NOTE, with_serial(client(), b"\0")),
    ("serial-odd", NOTE, with_serial(client(), b"\xf0")),
    ("serial-odd", NOTE, with_serial(client(), b"\x7f" * 21)),
    ("self-signed", WARNING, server(issuer=None)),
    ("issuer-missing", NOTE, client()),
    ("short-lived", NOTE, client(ekus=(CLIENT, CONDITIONAL_ACCESS), **_HOUR)),
]


def _names(pairs: list[tuple[str, Severity, Made | bytes]]) -> list[str]:
    return [f"{number}-{id_}-{severity}" for number, (id_, severity, _) in enumerate(pairs)]


@pytest.mark.parametrize(("id_", "severity", "one"), BAD, ids=_names(BAD))
def test_a_finding(id_: str, severity: Severity, one: Made | bytes) -> None:
    finding = found(one)[id_]
    assert finding.severity is severity
    assert finding.subject == report_on(one).certificates[0].name
    assert finding.text.endswith(".")
    assert not finding.playbook or finding.playbook in shipped_playbooks()


@pytest.mark.parametrize(
    ("id_", "one"),
    [
        ("expiring", client(not_after=NOW + 31 * DAY)),
        ("expiring", client(not_before=NOW - DAY, not_after=NOW + 3 * DAY)),
        ("expiring", client(ekus=(CLIENT, CONDITIONAL_ACCESS), **_HOUR)),
        ("short-lived", client(**_HOUR)),
        ("short-lived", client(ekus=(CLIENT, CONDITIONAL_ACCESS))),
        ("expired", client(not_after=NOW)),
        ("not-yet-valid", client(not_before=NOW)),
        ("without-cdp", root_ca()),
        ("without-cdp", server(issuer=None, cdp=())),
        ("without-cdp", client(cdp=(LDAP,))),
        ("cdp-not-http", client(cdp=(LDAP, CRL))),
        ("cdp-not-http", client(cdp=("HTTP://pki.corp.example/a.crl",))),
        ("without-aia", root_ca()),
        ("without-sid", server()),
        ("without-sid", issuing_ca()),
        ("without-sid", client(sid=None, uris=(SID_URI,))),
        ("sids-differ", client(uris=(SID_URI, SID_URI))),
        ("sid-malformed", client(uris=(SID_URI,))),
        ("conditional-access", client()),
        ("without-client-purpose", client(ekus=(ANY,))),
        ("without-client-purpose", client(ekus=(SMART_CARD, CLIENT))),
        ("without-purposes", client(ekus=(ANY,))),
        ("without-purposes", issuing_ca()),
        ("without-vpn-purpose", _ca(ekus=(KDC,))),
        ("without-signature-usage", client(usage=())),
        ("without-signature-usage", issuing_ca()),
        ("without-dns-name", server()),
        ("without-upn", _device()),
        ("key-weak", server(key="rsa2048")),
        ("key-unusual", client(key="p384")),
        ("signature-weak", client()),
        ("critical-extension-unknown", client(extra=(("1.2.3", False, b"\5\0"),))),
        ("serial-odd", with_serial(client(), b"\x7f" * 20)),
        ("self-signed", root_ca()),
        ("issuer-missing", root_ca()),
        ("version-old", client()),
    ],
)
def test_no_such_finding(id_: str, one: Made | bytes) -> None:
    assert id_ not in found(one)


def test_days_before_the_end_can_be_told() -> None:
    one = client(not_after=NOW + 45 * DAY)
    assert "expiring" not in found(one)
    assert "expiring" not in found(one, expiring_days=44)
    assert found(one, expiring_days=45)["expiring"].text == (
        "It expires in 45 days, on 2027-01-11 12:00:00 UTC."
    )
    assert "expiring" not in found(client(not_after=NOW + DAY), expiring_days=0)


@pytest.mark.parametrize("days", [-1, 36_501])
def test_a_number_of_days_that_makes_no_sense_is_wrong_usage(days: int) -> None:
    with pytest.raises(UsageError, match="days"):
        report_on(client(), expiring_days=days)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (2 * DAY, "2 days"),
        (DAY + dt.timedelta(hours=1, minutes=5), "1 day 1 hour"),
        (dt.timedelta(minutes=61), "1 hour 1 minute"),
        (dt.timedelta(seconds=59), "less than a minute"),
    ],
)
def test_a_time_is_told_in_words(left: dt.timedelta, words: str) -> None:
    assert f"in {words}, on" in found(client(not_after=NOW + left))["expiring"].text


def test_a_certificate_that_ends_before_it_begins_is_never_valid() -> None:
    der = client().der.replace(b"270923120000Z", b"250923120000Z")
    assert serious(der) == {"never-valid": PROBLEM}


OLD_HASHES = [(hashes.SHA1(), WARNING), (hashes.MD5(), PROBLEM)]  # noqa: S303


@pytest.mark.parametrize(("old", "severity"), OLD_HASHES, ids=["SHA-1", "MD5"])
def test_a_weak_signature(old: hashes.HashAlgorithm, severity: Severity) -> None:
    root = _root(key="rsa2048", subject="Old root")
    weak = signed_with(client(issuer=root), root, old)
    old_root = signed_with(root, root, old)
    assert serious(weak, old_root) == {"signature-weak": severity}
    assert ("MD5", "SHA-1")[severity is WARNING] in found(weak)["signature-weak"].text
    assert report_on(weak, old_root).chains[0].complete
    assert found(old_root) == {}


def test_a_signature_of_an_algorithm_that_nobody_knows() -> None:
    root = _root(key="rsa2048", subject="Odd root")
    sha256, odd = bytes.fromhex("2a864886f70d01010b"), bytes.fromhex("2a864886f70d010102")
    one, its_root = (each.der.replace(sha256, odd) for each in (client(issuer=root), root))
    assert found(one)["signature-weak"].severity is PROBLEM  # MD2
    assert "signature-unchecked" in found(its_root)
    assert not report_on(one).chains[0].complete
    both = report_on(one, its_root)
    assert [len(chain.certificates) for chain in both.chains] == [2]
    assert both.chains[0].complete
    assert "certificate-issuer-missing" not in {finding.id for finding in both.findings}


def test_the_sid_of_the_account_is_compared() -> None:
    assert serious(client(), sid=SID) == {}
    assert serious(client(uris=(SID_URI,)), sid=f" {SID.lower()} ") == {}
    assert serious(client(), sid=OTHER_SID) == {"sid-of-another-account": PROBLEM}
    assert serious(client(sid=None, uris=(SID_URI,)), sid=OTHER_SID) == {
        "sid-of-another-account": PROBLEM
    }
    assert serious(client(uris=(OTHER_URI,)), sid=SID) == {
        "sid-of-another-account": PROBLEM,
        "sids-differ": PROBLEM,
    }
    assert serious(client(sid=None), sid=SID) == {"without-sid": PROBLEM}
    assert serious(server(ekus=(CLIENT, SERVER)), sid=SID) == {"without-sid": WARNING}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is '': it is empty"),
        ("{{OnPremisesSecurityIdentifier}}", "the variable of the profile was not replaced"),
        ("S-1-5-21-1-2-3-", "is 'S-1-5-21-1-2-3-': it is not the text of a SID"),
    ],
)
def test_a_malformed_sid_says_why(text: str, reason: str) -> None:
    finding = found(client(uris=(SID_URI.replace(SID, text),)))["sid-malformed"]
    assert reason in finding.text


def test_thousands_of_faults_of_one_kind_do_not_fill_the_report() -> None:
    many = client(uris=tuple(f"{SID_URI.replace(SID, '')}x{number}" for number in range(500)))
    wrong = client(uris=tuple(f"{SID_URI}{number}" for number in range(500)))
    findings = [*report_on(many).findings, *report_on(wrong, sid=OTHER_SID).findings]
    assert len(findings) < 20
    assert all(len(finding.text) < 1000 for finding in findings)
    names = b"".join(encoded(0x82, b"\xff") for _ in range(500))
    damaged = client(upns=(), extra=(("2.5.29.17", False, encoded(0x30, names)),))
    assert "name 3" in found(damaged)["part-unreadable"].text
    assert "and 497 more" in found(damaged)["part-unreadable"].text


def test_only_the_other_sids_are_named_as_such() -> None:
    finding = found(client(uris=(OTHER_URI,)), sid=SID)["sid-of-another-account"]
    assert f"It names {OTHER_SID}, not {SID}" in finding.text


def test_purposes_are_named_as_windows_does_or_by_their_number() -> None:
    finding = found(server(ekus=(KDC, "1.2.3.4")))["without-vpn-purpose"]
    assert "(KDC Authentication, 1.2.3.4)" in finding.text


def test_a_sid_that_nothing_can_be_compared_with_is_said() -> None:
    assert serious(server(), issuing_ca(), root_ca(), sid=SID) == {"sid-not-compared": WARNING}
    assert serious(server(sid=OTHER_SID), sid=SID) == {"sid-of-another-account": PROBLEM}
    assert report_on(b"", sid=SID).findings == ()


@pytest.mark.parametrize(
    ("one", "role"),
    [
        (client(), Role.CLIENT),
        (client(ekus=()), Role.CLIENT),
        (_device(), Role.CLIENT),
        (server(), Role.SERVER),
        (server(sid=SID), Role.SERVER),
        (server(ekus=(SERVER, CLIENT)), Role.EITHER),
        (server(ekus=()), Role.EITHER),
        (server(ekus=(ANY,)), Role.EITHER),
        (server(ekus=(KDC,)), Role.OTHER),
        (issuing_ca(), Role.CA),
        (root_ca(), Role.CA),
    ],
)
def test_the_role(one: Made, role: Role) -> None:
    assert report_on(one).certificates[0].role is role


def test_a_part_that_is_unreadable_is_not_called_absent() -> None:
    damaged = client(
        sid=None,
        cdp=(),
        upns=(),
        ekus=(),
        aia=(),
        extra=tuple(
            (oid, False, b"\x30\x03\x02")
            for oid in ("2.5.29.17", "2.5.29.31", "2.5.29.37", "1.3.6.1.5.5.7.1.1")
        ),
    )
    report = report_on(damaged)
    ids = [one.id for one in report.findings]
    assert ids.count("certificate-part-unreadable") == 4
    assert set(ids) == {"certificate-part-unreadable", "certificate-issuer-missing"}


def test_every_sentence_is_one() -> None:
    findings: list[Finding] = [finding for _, _, one in BAD for finding in report_on(one).findings]
    for finding in findings:
        assert finding.text[0].isupper() or finding.text.startswith("S-1-")
        assert "\n" not in finding.text + finding.fix
        assert not finding.fix or finding.fix.endswith(".")


def test_the_time_needs_no_zone_and_may_have_any() -> None:
    one = client(not_after=NOW)
    plain = NOW.replace(tzinfo=None)
    far = NOW.astimezone(dt.timezone(dt.timedelta(hours=9)))
    for at in (NOW, plain, far):
        assert "expired" not in found(one, at=at)
        assert "expired" in found(one, at=at + dt.timedelta(seconds=1))
        assert report_on(one, at=at).made_at == "2026-11-27T12:00:00+00:00"
