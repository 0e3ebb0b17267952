"""Findings about addresses that should be alike: those of one service behind a load balancer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from aovpn_remediate.inspect.about import About
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results.inspection import Finding
from aovpn_remediate.results.probes import AddressProbe, IkeOutcome, OfferName, TlsOutcome

ALL = "all addresses"
"""The subject of these findings."""
_MOST_ADDRESSES = 4


@dataclass(frozen=True)
class _Trait:
    """A thing that one server has; None where it is not known."""

    id: str
    name: str
    of: Callable[[AddressProbe], str | None]
    fix: str
    playbook: str = ""


def difference_findings(addresses: Sequence[AddressProbe]) -> Iterator[Finding]:
    """Return a finding for each thing in which addresses differ that tell it."""
    for trait in _TRAITS:
        groups: dict[str, list[str]] = {}
        for address in addresses:
            value = trait.of(address)
            if value is not None:
                groups.setdefault(value, []).append(address.address)
        if len(groups) > 1:
            yield _finding(trait, groups)


def _finding(trait: _Trait, groups: dict[str, list[str]]) -> Finding:
    told = "; ".join(
        f"{value} on {listed(where, _MOST_ADDRESSES)}" for value, where in groups.items()
    )
    return About(ALL).warning(
        f"addresses-differ-{trait.id}",
        f"The addresses differ in {trait.name}: {told}.",
        trait.fix,
        trait.playbook,
    )


def _certificate(address: AddressProbe) -> str | None:
    return address.tls.chain[0].sha1 if address.tls.chain else None


def _protocol(address: AddressProbe) -> str | None:
    return address.tls.protocol or None


def _sstp(address: AddressProbe) -> str | None:
    tls = address.tls
    if tls.outcome is not TlsOutcome.ANSWERED or tls.sstp is None:
        return None if tls.reached else "closed"
    return "served" if tls.sstp.speaks else "not served"


def _offer(name: OfferName) -> Callable[[AddressProbe], str | None]:
    def told(address: AddressProbe) -> str | None:
        if not address.ike.answered:
            return None
        exchange = next((one for one in address.ike.exchanges if one.offer is name), None)
        if exchange is None:
            return None
        refused = f"refused ({exchange.refusal})" if exchange.refusal else "without an answer"
        return exchange.proposal or refused

    return told


def _fragmentation(address: AddressProbe) -> str | None:
    for exchange in address.ike.exchanges:
        if exchange.outcome is IkeOutcome.ACCEPTED:
            return "on" if exchange.fragmentation else "off"
    return None


def _answers_ike(address: AddressProbe) -> str | None:
    return "answered" if address.ike.answered else "without an answer"


_POLICY = "Set the same IPsec policy on all servers (Get-VpnServerConfiguration)."
_TRAITS = (
    _Trait(
        "certificate",
        "the certificate of TLS",
        _certificate,
        "Set the same certificate on all servers, or see that each one is accepted by clients.",
    ),
    _Trait("protocol", "the protocol of TLS", _protocol, "Set the same protocols on all servers."),
    _Trait("sstp", "SSTP", _sstp, "See on the servers that differ what owns the port."),
    _Trait(
        "ike",
        "IKE",
        _answers_ike,
        "See that the load balancer sends UDP 500 and 4500 to each server, and that it answers.",
    ),
    _Trait("default-offer", "Windows' default offer", _offer(OfferName.DEFAULT), _POLICY),
    _Trait("hardened-offer", "the hardened offer", _offer(OfferName.HARDENED), _POLICY),
    _Trait(
        "fragmentation",
        "IKE fragmentation",
        _fragmentation,
        "Apply the playbook to the servers where it is off.",
        "rras-ikev2-fragmentation",
    ),
)
