"""Findings from what servers answered: each with its reason and what to do."""

from __future__ import annotations

import re
from typing import Any

import pytest

from aovpn_remediate.probe.findings import findings_of, unread_of
from aovpn_remediate.results.certificates import CertificateFacts, Purpose
from aovpn_remediate.results.inspection import Finding, Severity
from aovpn_remediate.results.probes import (
    AddressProbe,
    ChainProblem,
    IkeExchange,
    IkeOutcome,
    IkeProbe,
    NameProbe,
    ProbeReport,
    SstpProbe,
    TlsOutcome,
    TlsProbe,
)

_NAME, _ADDRESS = "vpn.example.com", "192.0.2.1"
_NOW = "2026-11-27T10:00:00+00:00"


def _certificate(**changes: Any) -> CertificateFacts:
    facts: dict[str, Any] = {
        "subject": f"CN={_NAME}",
        "common_names": (_NAME,),
        "issuer": "CN=Issuing CA",
        "serial": "01",
        "sha1": "A" * 40,
        "sha256": "B" * 64,
        "not_before": "2026-01-01T00:00:00+00:00",
        "not_after": "2027-06-01T00:00:00+00:00",
        "dns_names": (_NAME,),
    }
    return CertificateFacts(**{**facts, **changes})


def _tls(**changes: Any) -> TlsProbe:
    facts: dict[str, Any] = {
        "port": 443,
        "outcome": TlsOutcome.ANSWERED,
        "protocol": "TLSv1.3",
        "chain": (_certificate(),),
        "sstp": SstpProbe(speaks=True, status=200),
    }
    return TlsProbe(**{**facts, **changes})


def _exchange(offer: str, outcome: str, **changes: Any) -> IkeExchange:
    accepted = outcome == IkeOutcome.ACCEPTED
    facts: dict[str, Any] = {
        "port": 500,
        "offer": offer,
        "outcome": outcome,
        "proposal": "3DES, SHA1, MODP1024 (group 2)" if accepted else "",
        "weak": ("3DES", "SHA1", "MODP1024") if accepted and offer == "default" else (),
        "fragmentation": True if accepted else None,
        "refusal": "NO_PROPOSAL_CHOSEN" if outcome == "refused" else "",
    }
    return IkeExchange(**{**facts, **changes})


def _ike(hardened: str = "accepted", default: str = "refused", nat: str = "accepted") -> IkeProbe:
    return IkeProbe(
        exchanges=(
            _exchange("hardened", hardened),
            _exchange("default", default),
            _exchange("hardened", nat, port=4500),
        ),
        same_responder=True,
    )


def _report(**changes: Any) -> ProbeReport:
    facts: dict[str, Any] = {
        "address": _ADDRESS,
        "names": (_NAME,),
        "tls": _tls(),
        "ike": _ike(),
    }
    address = AddressProbe(**{**facts, **changes})
    name = NameProbe(name=_NAME, addresses=(_ADDRESS,))
    return ProbeReport(made_at=_NOW, names=(name,), addresses=(address,))


def _found(**changes: Any) -> dict[str, Finding]:
    return {one.id: one for one in findings_of(_report(**changes))}


_NOTES = {"ike-hardened-only", "ike-fragmentation"}


def test_nothing_is_wrong_with_a_right_server() -> None:
    found = _found()
    assert set(found) == _NOTES
    assert {one.severity for one in found.values()} == {Severity.NOTE}


_TLS: dict[str, tuple[TlsProbe, Severity, str]] = {
    "tcp-no-answer": (
        TlsProbe(port=443, outcome=TlsOutcome.SILENT, detail="no answer within 5 s"),
        Severity.WARNING,
        "TCP 443 cannot be reached: no answer within 5 s",
    ),
    "tls-failed": (
        TlsProbe(port=443, outcome=TlsOutcome.NO_TLS, detail="the TLS handshake failed"),
        Severity.PROBLEM,
        "open, but the TLS handshake failed",
    ),
    "tls-old-protocol": (_tls(protocol="TLSv1.1"), Severity.WARNING, "TLSv1.1 at most"),
    "sstp-not-served": (
        _tls(sstp=SstpProbe(speaks=False, status=404, server="Microsoft-IIS/10.0")),
        Severity.PROBLEM,
        r"owns TCP 443: it answers SSTP with HTTP 404 instead of 200 \(Microsoft-IIS/10.0\)",
    ),
    "sstp-silent": (
        _tls(sstp=SstpProbe(speaks=False, detail="no answer within 5 s", silent=True)),
        Severity.WARNING,
        "no answer within 5 s",
    ),
    "certificate-unreadable": (
        _tls(chain=(), certificates_unread="certificate 1 of the chain: damaged"),
        Severity.PROBLEM,
        "damaged",
    ),
    "certificate-self-signed": (
        _tls(chain_problem=ChainProblem.SELF_SIGNED, chain_detail="self-signed certificate"),
        Severity.PROBLEM,
        "self-signed",
    ),
    "certificate-untrusted": (
        _tls(chain_problem=ChainProblem.UNTRUSTED_ROOT, chain_detail="self-signed in chain"),
        Severity.WARNING,
        "self-signed in chain",
    ),
    "certificate-chain-incomplete": (
        _tls(chain_problem=ChainProblem.ISSUER_MISSING, chain_detail="unable to get issuer"),
        Severity.WARNING,
        "the server sent it alone, and CN=Issuing CA is neither in the chain nor trusted here",
    ),
    "certificate-not-accepted": (
        _tls(chain_problem=ChainProblem.OTHER, chain_detail="EE certificate key too weak"),
        Severity.WARNING,
        "key too weak",
    ),
    "certificate-expired": (
        _tls(chain=(_certificate(not_after="2026-11-27T09:59:59+00:00"),)),
        Severity.PROBLEM,
        "expired on 2026-11-27",
    ),
    "certificate-expires-soon": (
        _tls(chain=(_certificate(not_after="2026-12-27T09:59:59+00:00"),)),
        Severity.WARNING,
        "expires on 2026-12-27, in 29 days",
    ),
    "certificate-not-yet-valid": (
        _tls(chain=(_certificate(not_before="2026-11-28T00:00:00+00:00"),)),
        Severity.PROBLEM,
        "not valid before 2026-11-28",
    ),
    "chain-certificate-expired": (
        _tls(
            chain=(
                _certificate(),
                _certificate(subject="CN=Old CA", not_after="2026-01-01T00:00:00+00:00"),
            )
        ),
        Severity.PROBLEM,
        "CN=Old CA of the chain expired",
    ),
    "certificate-purpose": (
        _tls(chain=(_certificate(ekus=(Purpose(oid="1.3.6.1.5.5.7.3.2"),)),)),
        Severity.PROBLEM,
        "not for server authentication",
    ),
    "certificate-name": (
        _tls(chain=(_certificate(dns_names=("old.example.com", "*.vpn.example.com")),)),
        Severity.PROBLEM,
        r"not for vpn.example.com: it is for old.example.com, \*.vpn.example.com",
    ),
    "certificate-name-in-subject-only": (
        _tls(chain=(_certificate(dns_names=()),)),
        Severity.WARNING,
        "in its subject alone",
    ),
    "chain-not-shown": (_tls(chain_is_whole=False), Severity.NOTE, "only the server's own"),
}


@pytest.mark.parametrize("id_", _TLS)
def test_each_fault_of_tls_is_one_finding(id_: str) -> None:
    tls, severity, text = _TLS[id_]
    found = _found(tls=tls)
    assert set(found) == {id_, *_NOTES}
    assert found[id_].severity is severity
    assert found[id_].subject == _ADDRESS
    assert re.search(text, found[id_].text)


def test_thirty_days_are_enough() -> None:
    ends = "2026-12-27T10:00:00+00:00"
    assert set(_found(tls=_tls(chain=(_certificate(not_after=ends),)))) == _NOTES


def test_a_chain_that_ends_too_early_names_its_last_certificate() -> None:
    tls = _tls(
        chain=(_certificate(), _certificate(subject="CN=Issuing CA", issuer="CN=Root")),
        chain_problem=ChainProblem.ISSUER_MISSING,
        chain_detail="unable to get issuer",
    )
    text = _found(tls=tls)["certificate-chain-incomplete"].text
    assert "ends with CN=Issuing CA, and CN=Root is neither" in text


def test_dates_that_no_sent_certificate_explains_are_told_all_the_same() -> None:
    tls = _tls(chain_problem=ChainProblem.DATES, chain_detail="certificate has expired")
    assert "certificate-not-accepted" in _found(tls=tls)


def test_another_purpose_and_any_purpose() -> None:
    for oid in ("1.3.6.1.5.5.7.3.1", "2.5.29.37.0"):
        purposes = (Purpose(oid="1.3.6.1.5.5.7.3.2"), Purpose(oid=oid))
        assert set(_found(tls=_tls(chain=(_certificate(ekus=purposes),)))) == _NOTES


@pytest.mark.parametrize(
    ("ike", "ids"),
    [
        (_ike("refused", "accepted"), {"ike-default-only", "ike-fragmentation"}),
        (_ike("accepted", "accepted"), {"ike-both-offers", "ike-fragmentation"}),
        (_ike("refused", "refused", "refused"), {"ike-offers-refused"}),
        (_ike("accepted", "silent"), _NOTES),
        (_ike("silent", "accepted"), {"ike-default-only", "ike-fragmentation"}),
        (_ike("refused", "silent", "refused"), {"ike-offers-refused"}),
        (_ike("silent", "silent", "accepted"), {"ike-silent", "ike-fragmentation"}),
        (_ike("silent", "silent", "silent"), {"ike-silent"}),
        (_ike("closed", "closed", "closed"), {"ike-closed"}),
        (_ike("invalid", "silent", "unreachable"), {"ike-invalid", "ike-unreachable"}),
        (_ike("accepted", "refused", "silent"), {*_NOTES, "ike-silent"}),
    ],
)
def test_the_outcomes_of_ike_are_told(ike: IkeProbe, ids: set[str]) -> None:
    found = _found(ike=ike)
    assert set(found) == ids
    if "ike-silent" in ids:
        assert "silence proves nothing" in found["ike-silent"].text


def test_the_weak_default_has_the_way_to_a_policy() -> None:
    found = _found(ike=_ike("refused", "accepted"))["ike-default-only"]
    assert "too weak today: 3DES, SHA1, MODP1024. The hardened one: NO_PROPOSAL" in found.text
    assert "Set-VpnServerConfiguration" in found.fix
    assert found.severity is Severity.WARNING


def test_a_lack_of_fragmentation_names_the_playbook() -> None:
    exchanges = (_exchange("hardened", "accepted", fragmentation=False),)
    found = _found(ike=IkeProbe(exchanges=exchanges))["ike-no-fragmentation"]
    assert found.playbook == "rras-ikev2-fragmentation"
    assert found.severity is Severity.WARNING


def test_two_servers_behind_the_ports_are_a_finding() -> None:
    ike = _ike().model_copy(update={"same_responder": False})
    assert "UDP 500 and UDP 4500" in _found(ike=ike)["ike-ports-differ"].text
    assert "ike-ports-differ" not in _found(ike=_ike().model_copy(update={"same_responder": None}))


def test_an_address_that_answers_nothing_is_no_finding() -> None:
    tls = TlsProbe(port=443, outcome=TlsOutcome.CLOSED, detail="the connection is refused")
    report = _report(tls=tls, ike=_ike("silent", "silent", "silent"))
    assert not [*findings_of(report)]
    [unread] = unread_of(report)
    assert unread.reason.startswith(
        "TCP 443: the connection is refused; UDP 500: no answer; UDP 4500: no answer; silence"
    )
