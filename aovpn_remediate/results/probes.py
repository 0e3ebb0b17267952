"""What `probe` has found out about VPN servers from the outside."""

from __future__ import annotations

from enum import StrEnum

from aovpn_remediate.results.common import Data


class OfferName(StrEnum):
    """An offer of cryptography for IKE."""

    DEFAULT = "default"
    """The offer of a Windows client without a policy of its own: group 2 and no other."""
    HARDENED = "hardened"
    """AES with SHA256 or better and group 14 or better."""


class IkeOutcome(StrEnum):
    """The end of one IKE_SA_INIT exchange."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """An error came back; the server is there."""
    INVALID = "invalid"
    """Something came back that is no answer."""
    CLOSED = "closed"
    """The network said that nothing listens on the port."""
    SILENT = "silent"
    """Nothing came back, which proves nothing."""
    UNREACHABLE = "unreachable"
    """Nothing could be sent from here."""


class IkeExchange(Data):
    """One offer to one port."""

    port: int
    offer: OfferName
    outcome: IkeOutcome
    detail: str = ""
    """The reason of an outcome without an answer."""
    proposal: str = ""
    """The algorithms that were chosen, in words."""
    weak: tuple[str, ...] = ()
    """Those of them that are no longer good enough."""
    refusal: str = ""
    """The name of the error notify."""
    fragmentation: bool | None = None
    """True if the answer carries IKEV2_FRAGMENTATION_SUPPORTED; None without an answer."""
    nat_here: bool | None = None
    """True if the server sees this side behind a NAT."""
    nat_there: bool | None = None
    """True if the server is behind a NAT, or says so to have UDP encapsulation."""
    vendor_ids: tuple[str, ...] = ()
    notifies: tuple[str, ...] = ()
    requests: int = 0
    """The number of packets that were sent."""
    retries: tuple[str, ...] = ()
    """The answers that asked for the request again: COOKIE, INVALID_KE_PAYLOAD."""

    @property
    def answered(self) -> bool:
        """True if an IKE responder answered."""
        return self.outcome in (IkeOutcome.ACCEPTED, IkeOutcome.REFUSED)


class IkeProbe(Data):
    """IKE on one address."""

    exchanges: tuple[IkeExchange, ...]
    """Both offers to the IKE port, then one of them to the port for NAT traversal."""
    same_responder: bool | None = None
    """True if both ports are proven to reach one server, False if different ones answered."""

    @property
    def answered(self) -> bool:
        """True if an IKE responder answered on a port."""
        return any(exchange.answered for exchange in self.exchanges)
