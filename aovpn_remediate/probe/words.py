"""Outcomes in words, for findings and for what could not be looked at. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from aovpn_remediate.results.probes import IkeExchange, IkeOutcome, IkeProbe, TlsProbe

PROVES_NOTHING = (
    "silence proves nothing: a firewall, a lost packet and a server that ignores the request, as "
    "after several of them within a minute, look the same from here"
)
_OUTCOMES: Mapping[IkeOutcome, str] = {
    IkeOutcome.SILENT: "no answer",
    IkeOutcome.CLOSED: "closed",
    IkeOutcome.INVALID: "no answer of IKE",
    IkeOutcome.UNREACHABLE: "unreachable",
}


def tls_silence(tls: TlsProbe) -> str:
    """Return the outcome of a port that was not reached: `TCP 443: the connection is refused`."""
    return f"TCP {tls.port}: {tls.detail}"


def ike_silence(ike: IkeProbe) -> str:
    """Return the outcomes of both ports where nothing answered."""
    ports = {exchange.port: exchange for exchange in reversed(ike.exchanges)}
    told = [f"UDP {port}: {without_answer(ports[port])}" for port in sorted(ports)]
    silent = any(exchange.outcome is IkeOutcome.SILENT for exchange in ike.exchanges)
    return "; ".join([*told, *([PROVES_NOTHING] if silent else [])])


def without_answer(exchange: IkeExchange) -> str:
    """Return the outcome of an exchange that nobody answered: `closed (...)`."""
    word = _OUTCOMES[exchange.outcome]
    return f"{word} ({exchange.detail})" if exchange.detail else word
