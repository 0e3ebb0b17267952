"""What was seen of a host, before anybody judges it: plain data, None where it was not reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from aovpn_remediate.results import Facts


class Reason(Enum):
    """Why an attempt ended; each has a cure of its own."""

    NAME_UNKNOWN = auto()
    REFUSED = auto()
    SILENT = auto()
    NO_ROUTE = auto()
    NOT_WINRM = auto()
    """Something answers, and it is not WinRM."""
    UNREACHABLE = auto()
    """For another reason, such as a proxy."""

    TLS_DATES = auto()
    TLS_NAME = auto()
    TLS_ISSUER = auto()
    NO_TLS = auto()

    SETTING = auto()
    """Something in the inventory that cannot be used."""
    SECRET = auto()
    CREDENTIAL = auto()
    NOT_TRIED = auto()
    """The credential was refused elsewhere, so that it was not tried here."""
    NOT_OFFERED = auto()
    SPN = auto()
    SKEW = auto()
    KDC = auto()
    TICKET = auto()
    UNENCRYPTED = auto()
    QUOTA = auto()
    DENIED = auto()
    ENDPOINT = auto()
    NO_POWERSHELL = auto()
    """On this machine."""
    SLOW = auto()
    SCRIPT = auto()
    """PowerShell is there and did not run the script."""
    LOST = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Trouble:
    """What ended the examination of a host, in one line."""

    reason: Reason
    what: str


@dataclass(frozen=True)
class Certificate:
    """The certificate that a host shows. Times have a zone."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Tls:
    """A TLS handshake. `refused` is what a client that verifies says; None where it is content."""

    certificate: Certificate | None
    refused: Trouble | None = None


@dataclass(frozen=True)
class Shell:
    """A shell that is open on the host, and the seconds for which it has been."""

    owner: str
    seconds: float


@dataclass(frozen=True)
class Wire:
    """The logon as it came out, and the shells on the host. Each may not be known."""

    logon: str | None = None
    """`kerberos`, `ntlm`, `credssp`, `basic`, `certificate`"""
    sealed: bool | None = None
    """Whether messages were encrypted by WinRM itself."""
    shells: tuple[Shell, ...] | None = None
    trouble: str = ""
    """Why the shells are not known."""


@dataclass(frozen=True)
class HostApply:
    """What PowerShell on the host answered, and how long it took to be there."""

    facts: Facts
    open_seconds: float
    clock: float | None = None
    """Seconds by which the host's clock is ahead of ours."""
    clock_error: float = 0.0
    """By how much that may be wrong either way."""


@dataclass(frozen=True)
class Observation:
    """One host."""

    at: datetime
    """By our clock, with a zone."""
    addresses: tuple[str, ...] | None = None
    port_open: bool = False
    tls: Tls | None = None
    visit: HostApply | None = None
    wire: Wire | None = None
    trouble: Trouble | None = None
    seconds: float = field(default=0.0, compare=False)
    requests: int = 0
