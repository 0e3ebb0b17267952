"""The sections of a report of `probe`: names, then addresses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from aovpn_remediate.reports.inspections.sheet import Sheet, sections_of
from aovpn_remediate.reports.words import count
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results.certificates import CertificateFacts
from aovpn_remediate.results.probes import (
    AddressProbe,
    IkeExchange,
    IkeOutcome,
    IkeProbe,
    ProbeReport,
    TlsProbe,
)

Rows = list[tuple[str, str]]

_MOST_NAMES = 8
_MOST_CERTIFICATES = 5


def probe_sheet(report: ProbeReport) -> Sheet:
    """Return the report in sections."""
    names: list[tuple[str, Rows]] = [
        (name.name, [("addresses", ", ".join(name.addresses))])
        for name in report.names
        if name.addresses and name.addresses != (name.name,)
    ]
    addresses = [
        (address.address, [*_rows(address, report.made_at)]) for address in report.addresses
    ]
    heading = listed([name.name for name in report.names], _MOST_NAMES)
    return Sheet("probe", heading, sections_of([*names, *addresses], report), report)


def _rows(address: AddressProbe, now: str) -> Iterator[tuple[str, str]]:
    yield "names", ", ".join(address.names)
    yield from _tls(address.tls, now)
    yield from _ike(address.ike)


def _tls(tls: TlsProbe, now: str) -> Iterator[tuple[str, str]]:
    label = f"TCP {tls.port}"
    yield label, ", ".join(part for part in (tls.protocol or tls.outcome, tls.detail) if part)
    if tls.chain:
        yield from _certificate(tls.chain[0], now)
        yield "chain", _chain(tls)
    if tls.sstp is not None:
        status = "" if tls.sstp.status is None else f"HTTP {tls.sstp.status}"
        told = [status, tls.sstp.server, tls.sstp.detail]
        said = ", ".join(part for part in told if part)
        yield "SSTP", f"{'served' if tls.sstp.speaks else 'not served'} ({said})"


def _certificate(certificate: CertificateFacts, now: str) -> Iterator[tuple[str, str]]:
    yield "certificate", certificate.subject or "(empty subject)"
    names = (*certificate.dns_names, *certificate.ips)
    yield "is for", listed(names, _MOST_NAMES) or "no name"
    yield "issuer", certificate.issuer
    if certificate.not_after is not None:
        left = datetime.fromisoformat(certificate.not_after) - datetime.fromisoformat(now)
        told = "expired" if left.days < 0 else f"{count(left.days, 'day')} left"
        yield "valid until", f"{certificate.not_after[:10]} ({told})"
    yield "thumbprint", certificate.sha1


def _chain(tls: TlsProbe) -> str:
    sent = listed(
        [certificate.subject or "(empty)" for certificate in tls.chain], _MOST_CERTIFICATES, " < "
    )
    judged = tls.chain_detail or "accepted here"
    return f"{sent} ({judged})"


def _ike(ike: IkeProbe) -> Iterator[tuple[str, str]]:
    for exchange in ike.exchanges:
        yield f"UDP {exchange.port}, {exchange.offer}", _exchange(exchange)
    told = [one for one in ike.exchanges if one.outcome is IkeOutcome.ACCEPTED]
    if told:
        yield (
            "fragmentation",
            "supported" if all(o.fragmentation for o in told) else "not supported",
        )
        yield "NAT", _nat(told[0])
    elif ike.answered:
        yield "fragmentation", "cannot be told: no offer was accepted"
    if ike.same_responder is not None:
        same = "reach the same server" if ike.same_responder else "are answered differently"
        yield "both ports", same
    vendors = dict.fromkeys(vendor for one in ike.exchanges for vendor in one.vendor_ids)
    yield "vendor ids", listed([*vendors], _MOST_NAMES)


def _exchange(exchange: IkeExchange) -> str:
    told = exchange.proposal or exchange.refusal or exchange.detail
    again = f"after {', '.join(exchange.retries)}" if exchange.retries else ""
    return ", ".join(part for part in (str(exchange.outcome), told, again) if part)


def _nat(exchange: IkeExchange) -> str:
    told = [
        _side(exchange.nat_here, "this side"),
        _side(exchange.nat_there, "the server"),
    ]
    return ", ".join(part for part in told if part) or "not told by the server"


def _side(behind: bool | None, side: str) -> str:
    if behind is None:
        return ""
    return f"{side} is behind one" if behind else f"none before {side}"
