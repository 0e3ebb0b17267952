"""Findings about IKE: whether it answers, what it accepts, fragmentation, one server or two."""

from __future__ import annotations

from collections.abc import Iterator

from aovpn_remediate.inspect.about import About
from aovpn_remediate.probe.words import PROVES_NOTHING, without_answer
from aovpn_remediate.resources.texts import listed
from aovpn_remediate.results.inspection import Finding
from aovpn_remediate.results.probes import (
    AddressProbe,
    IkeExchange,
    IkeOutcome,
    IkeProbe,
    OfferName,
)

_FRAGMENTATION = "rras-ikev2-fragmentation"
_POLICY = (
    "Set-VpnServerConfiguration -CustomPolicy on the server (AES-GCM-128, SHA256, group 14; "
    "Windows Server 2016: AES-128) and Set-VpnConnectionIPsecConfiguration or the profile's "
    "CryptographySuite on the clients: both sides have to be the same."
)
_NAT_PATH = "; clients behind a NAT go on over this port"
_MOST_WORDS = 4


def ike_findings(address: AddressProbe) -> Iterator[Finding]:
    """Return the findings about both ports."""
    about, ike = About(address.address), address.ike
    yield from _ports(about, ike)
    yield from _offers(about, ike)
    yield from _fragmentation(about, ike)
    if ike.same_responder is False:
        yield about.warning(
            "ike-ports-differ",
            f"{_port_names(ike)} are answered differently, as by two servers.",
            "Have the load balancer send both ports of a client to the same server.",
        )


def _ports(about: About, ike: IkeProbe) -> Iterator[Finding]:
    by_port: dict[int, list[IkeExchange]] = {}
    for exchange in ike.exchanges:
        by_port.setdefault(exchange.port, []).append(exchange)
    for place, (port, exchanges) in enumerate(by_port.items()):
        if not any(exchange.answered for exchange in exchanges):
            yield _no_answer(about, port, exchanges, nat=place > 0)


def _no_answer(about: About, port: int, exchanges: list[IkeExchange], *, nat: bool) -> Finding:
    clearest = min(exchanges, key=lambda exchange: list(IkeOutcome).index(exchange.outcome))
    text = f"UDP {port}: {without_answer(clearest)}{_NAT_PATH if nat else ''}"
    if clearest.outcome is IkeOutcome.SILENT:
        text += f"; {PROVES_NOTHING}"
    return about.warning(
        f"ike-{clearest.outcome.value}",
        f"{text}.",
        "Probe again from another network; see that UDP 500 and 4500 are let through to the "
        "server, and that Get-NetUDPEndpoint shows them there.",
    )


def _offers(about: About, ike: IkeProbe) -> Iterator[Finding]:
    """Judge the offers by the port that both went to; silence about one of them is no consent."""
    port = ike.exchanges[0].port
    by_offer = {one.offer: one for one in reversed(ike.exchanges) if one.port == port}
    default, hardened = by_offer.get(OfferName.DEFAULT), by_offer.get(OfferName.HARDENED)
    if default is None or hardened is None or not (default.answered or hardened.answered):
        return
    accepted = tuple(one.outcome is IkeOutcome.ACCEPTED for one in (default, hardened))
    if accepted == (True, False):
        yield about.warning(
            "ike-default-only",
            f"IKE accepts Windows' default offer alone ({default.proposal}); too weak today: "
            f"{listed(default.weak, _MOST_WORDS)}. The hardened one: {_told(hardened)}.",
            _POLICY,
        )
    elif accepted == (False, False):
        yield about.warning(
            "ike-offers-refused",
            "IKE accepts neither Windows' default offer nor the hardened one "
            f"({_told(default)}; {_told(hardened)}): clients need the policy of this server.",
            "Compare Get-VpnServerConfiguration on the server with the profile's "
            "CryptographySuite.",
        )
    else:
        yield _hardened(about, default_too=accepted[0])


def _told(exchange: IkeExchange) -> str:
    return exchange.refusal or without_answer(exchange)


def _hardened(about: About, *, default_too: bool) -> Finding:
    text = (
        "IKE accepts the hardened offer, and still Windows' weak default too."
        if default_too
        else "IKE accepts the hardened offer alone: clients with Windows' default settings cannot "
        "connect."
    )
    id_ = "ike-both-offers" if default_too else "ike-hardened-only"
    return about.note(id_, text)


def _fragmentation(about: About, ike: IkeProbe) -> Iterator[Finding]:
    told = [one.fragmentation for one in ike.exchanges if one.fragmentation is not None]
    if not told:
        return
    if all(told):
        yield about.note(
            "ike-fragmentation",
            "IKE fragmentation is on: the answer carries IKEV2_FRAGMENTATION_SUPPORTED.",
        )
    else:
        yield about.warning(
            "ike-no-fragmentation",
            "IKE fragmentation is off: the answer lacks IKEV2_FRAGMENTATION_SUPPORTED, and "
            "firewalls that drop IP fragments keep clients with certificates from connecting.",
            "Apply the playbook, which restarts RemoteAccess. Windows Server 2016 cannot.",
            playbook=_FRAGMENTATION,
        )


def _port_names(ike: IkeProbe) -> str:
    ports = dict.fromkeys(exchange.port for exchange in ike.exchanges)
    return " and ".join(f"UDP {port}" for port in ports)
