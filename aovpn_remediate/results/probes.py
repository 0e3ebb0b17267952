"""What `probe` has found out about VPN servers from the outside."""

from __future__ import annotations

from enum import StrEnum

from aovpn_remediate.results.certificates import CertificateFacts
from aovpn_remediate.results.common import Data
from aovpn_remediate.results.inspection import Inspection


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


class TlsOutcome(StrEnum):
    """The end of the attempt to speak TLS over TCP."""

    ANSWERED = "answered"
    NO_TLS = "no_tls"
    """The port is open, and what is behind it does not finish a TLS handshake."""
    CLOSED = "closed"
    SILENT = "silent"
    UNREACHABLE = "unreachable"


class ChainProblem(StrEnum):
    """The reason why the chain is not accepted here."""

    SELF_SIGNED = "self_signed"
    UNTRUSTED_ROOT = "untrusted_root"
    ISSUER_MISSING = "issuer_missing"
    """The chain ends before a certificate that is trusted here."""
    DATES = "dates"
    OTHER = "other"


class SstpProbe(Data):
    """The answer to SSTP_DUPLEX_POST."""

    speaks: bool
    status: int | None = None
    """The status of HTTP; None where what came is not HTTP, or nothing came."""
    server: str = ""
    """The name that the HTTP server gives itself."""
    detail: str = ""
    silent: bool = False
    """True if no answer came in time."""


class TlsProbe(Data):
    """TLS on one address."""

    port: int
    outcome: TlsOutcome
    detail: str = ""
    protocol: str = ""
    """Such as `TLSv1.3`, the best that both sides know."""
    chain: tuple[CertificateFacts, ...] = ()
    """The certificates as the server sent them, its own first."""
    chain_is_whole: bool = True
    """False if this Python shows only the first certificate."""
    chain_detail: str = ""
    """The reason why the chain is not accepted, in words of OpenSSL."""
    chain_problem: ChainProblem | None = None
    certificates_unread: str = ""
    """The reason why a certificate could not be read."""
    sstp: SstpProbe | None = None

    @property
    def reached(self) -> bool:
        """True if the port was open."""
        return self.outcome in (TlsOutcome.ANSWERED, TlsOutcome.NO_TLS)


class NameProbe(Data):
    """The answer of DNS for one name that was given."""

    name: str
    addresses: tuple[str, ...] = ()
    reason: str = ""
    """The reason why there are none."""


class AddressProbe(Data):
    """Everything that one address answered."""

    address: str
    names: tuple[str, ...] = ()
    """The names that its certificate is to have; none if only the address was given."""
    tls: TlsProbe
    ike: IkeProbe

    @property
    def answered(self) -> bool:
        """True if anything answered."""
        return self.tls.reached or self.ike.answered


class ProbeReport(Inspection):
    """What VPN servers answer to anybody."""

    names: tuple[NameProbe, ...]
    addresses: tuple[AddressProbe, ...]
