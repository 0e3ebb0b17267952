"""Certificates together: their order, and what one of them means for another."""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
from typing import Any

import pytest

from aovpn_remediate.inspect.certificates.given import MOST_CERTIFICATES
from aovpn_remediate.inspect.certificates.purposes import ANY, CLIENT, SERVER
from aovpn_remediate.results.inspection import Severity
from tests.inspect.certificates.inspected import found, report_on, serious
from tests.inspect.certificates.made import (
    NOW,
    ROOT_LIKE,
    Made,
    authority,
    client,
    issuing_ca,
    made,
    p7b,
    root_ca,
    server,
)

PROBLEM, WARNING, NOTE = Severity


def _root(**fields: Any) -> Made:
    return made(dataclasses.replace(ROOT_LIKE, **fields))


def _order(*some: Made | bytes) -> list[str]:
    return [one.facts.subject for one in report_on(*some).certificates]


@pytest.mark.parametrize("places", list(itertools.permutations(range(3))))
def test_a_chain_is_put_in_order(places: tuple[int, ...]) -> None:
    chain_made = (client(), issuing_ca(), root_ca())
    some = [chain_made[place] for place in places]
    assert _order(*some) == ["CN=alice", "CN=Issuing CA", "CN=Root CA"]
    report = report_on(*some)
    [chain] = report.chains
    assert chain.complete
    assert chain.certificates == tuple(one.name for one in report.certificates)
    assert report.findings == ()


def test_the_files_of_a_list_are_put_in_order() -> None:
    report = report_on(p7b(root_ca(), client(), issuing_ca()))
    names = ["alice", "Issuing CA", "Root CA"]
    assert [one.name for one in report.certificates] == [f"{n} (certificate 1)" for n in names]


def test_two_leaves_share_their_issuers() -> None:
    one, other = client(), server()
    report = report_on(issuing_ca(), other, root_ca(), one)
    assert [len(chain.certificates) for chain in report.chains] == [3, 3]
    assert len(report.certificates) == 4
    assert report.findings == ()


def test_a_chain_without_its_root_names_it() -> None:
    report = report_on(client(), issuing_ca())
    [chain] = report.chains
    assert (chain.complete, chain.missing) == (False, "CN=Root CA")
    [finding] = report.findings
    assert (finding.id, finding.severity) == ("certificate-issuer-missing", NOTE)
    assert "CN=Root CA" in finding.text


def test_a_chain_with_a_gap_names_the_missing_issuer_and_the_unrelated_root() -> None:
    findings = found(client(), root_ca())
    assert {id_: one.severity for id_, one in findings.items()} == {
        "issuer-missing": WARNING,
        "unrelated": WARNING,
    }
    assert "CN=Issuing CA" in findings["issuer-missing"].text
    assert findings["unrelated"].subject == "Root CA (certificate 2)"


def test_a_ca_that_issued_nothing_here_is_unrelated() -> None:
    other = _root(subject="Other CA")
    assert serious(client(), issuing_ca(), root_ca(), other) == {"unrelated": WARNING}
    assert serious(issuing_ca(), root_ca(), other) == {}


def test_a_ca_of_the_same_name_with_another_key_did_not_sign_it() -> None:
    other = authority(issuer=root_ca(), key="p384")
    findings = found(client(), other, root_ca())
    assert findings["issuer-of-another-key"].severity is PROBLEM
    assert "key identifier" in findings["issuer-of-another-key"].text
    assert "unrelated" not in findings
    assert serious(client(), other, issuing_ca(), root_ca()) == {"unrelated": WARNING}


def test_of_two_certificates_of_one_key_the_later_one_is_taken() -> None:
    later = authority(issuer=root_ca(), not_after=NOW + dt.timedelta(days=299))
    early = authority(issuer=root_ca(), not_after=NOW + dt.timedelta(days=200))
    for some in itertools.permutations((client(), early, later)):
        report = report_on(*some)
        chain = next(one for one in report.chains if "alice" in one.certificates[0])
        facts = {one.name: one.facts for one in report.certificates}
        assert facts[chain.certificates[1]].not_after == "2027-09-22T12:00:00+00:00"


def test_a_signature_that_was_changed() -> None:
    changed = bytearray(root_ca().der)
    changed[-1] ^= 1
    assert serious(bytes(changed)) == {"signature-wrong": PROBLEM}
    leaf = bytearray(client().der)
    leaf[-1] ^= 1
    assert "issuer-of-another-key" in serious(bytes(leaf), issuing_ca())


def test_a_duplicate_is_judged_once() -> None:
    one = client()
    report = report_on(one, one.pem * 2, issuing_ca(), root_ca())
    assert len(report.certificates) == 3
    assert report.certificates[0].files == ("certificate 1", "certificate 2")
    assert [one.id for one in report.findings] == ["certificate-duplicate"]
    assert report.exit_code == 0
    twice = report_on(one.pem * 2)
    assert "certificate-duplicate" in {one.id for one in twice.findings}


def test_a_long_name_is_cut_in_titles() -> None:
    [whole, cut] = report_on(client(subject="a" * 64), client(subject="a" * 65)).certificates
    assert whole.name == f"{'a' * 64} (certificate 1)"
    assert cut.name == f"{'a' * 64}... (certificate 2)"


def test_certificates_of_one_name_keep_apart() -> None:
    some = client(serial=1).pem + client(serial=2).pem
    names = [one.name for one in report_on(some).certificates]
    assert len(set(names)) == 2
    assert all(name.startswith("alice (certificate 1) ") for name in names)


@pytest.mark.parametrize(
    "issuer",
    [
        authority(issuer=root_ca(), ca=False),
        authority(issuer=root_ca(), usage=("crl_sign",)),
    ],
    ids=["no CA", "signs no certificates"],
)
def test_an_issuer_that_is_no_ca(issuer: Made) -> None:
    assert serious(client(issuer=issuer), issuer, root_ca())["issuer-not-a-ca"] is PROBLEM


def test_a_root_of_old_without_extensions_is_a_ca() -> None:
    old = _root(basic=False, usage=())
    assert "issuer-not-a-ca" in serious(client(issuer=old), old)


@pytest.mark.parametrize(("limit", "too_long"), [(0, True), (1, False), (None, False)])
def test_the_length_of_a_path(limit: int | None, *, too_long: bool) -> None:
    root = _root(path_length=limit)
    ca = authority(issuer=root)
    leaf = client(issuer=ca)
    assert serious(leaf, ca, root) == ({"path-too-long": PROBLEM} if too_long else {})
    assert serious(ca, root) == ({"path-too-long": PROBLEM} if too_long else {})
    assert serious(client(issuer=root), root) == {}


def test_a_certificate_that_outlives_its_issuer() -> None:
    ca = authority(issuer=root_ca(), not_after=NOW + dt.timedelta(days=100))
    finding = found(client(issuer=ca), ca, root_ca())["outlives-its-issuer"]
    assert finding.severity is WARNING
    assert "Issuing CA (certificate 2), expires before it does, on 2027-03-07" in finding.text
    assert "outlives-its-issuer" not in found(client(), issuing_ca(), root_ca())


@pytest.mark.parametrize(
    ("allowed", "forbidden"),
    [((SERVER,), True), ((CLIENT, SERVER), False), ((ANY,), False), ((), False)],
)
def test_a_ca_that_forbids_the_purpose(allowed: tuple[str, ...], *, forbidden: bool) -> None:
    ca = authority(issuer=root_ca(), ekus=allowed)
    expected = {"forbids-purpose": PROBLEM} if forbidden else {}
    assert serious(client(issuer=ca), ca, root_ca()) == expected


def test_key_identifiers_that_differ() -> None:
    ca = authority(issuer=root_ca(), identifiers=False, extra=(("2.5.29.14", False, b"\4\1\7"),))
    assert serious(client(issuer=ca), ca, root_ca()) == {"identifiers-differ": WARNING}


def test_among_many_certificates_of_one_name_the_key_identifier_finds_the_issuer() -> None:
    others = [_root(subject="Root CA", serial=number) for number in range(1, 40)]
    ca = authority(subject="Root CA", issuer=root_ca(), key="p384", serial=99)
    leaf = client(issuer=ca)
    report = report_on(leaf, *others, ca)
    [issuer] = [one for one in report.certificates if one.facts.serial == "63"]
    assert report.chains[0].certificates[1] == issuer.name


def test_two_cas_that_issued_each_other() -> None:
    one, other = _root(subject="One"), _root(subject="Two")
    crossed = [
        authority(subject="One", issuer=other),
        authority(subject="Two", issuer=one),
    ]
    report = report_on(*crossed)
    assert len(report.certificates) == 2
    assert [len(chain.certificates) for chain in report.chains] == [2]


def test_a_file_that_cannot_be_read_stops_no_other() -> None:
    report = report_on(b"hello", client(), b"")
    assert [one.subject for one in report.unread] == ["certificate 1", "certificate 3"]
    assert len(report.certificates) == 1
    assert report.exit_code == 1


def test_there_is_a_limit_for_all_files_together() -> None:
    files = [
        b"".join(client(serial=100 * file + number + 1).pem for number in range(100))
        for file in range(MOST_CERTIFICATES // 100 + 1)
    ]
    report = report_on(*files)
    assert len(report.certificates) == MOST_CERTIFICATES
    [unread] = report.unread
    assert f"more than {MOST_CERTIFICATES} certificates" in unread.reason
