"""The observations of a host: plain data, None for anything that was not reached."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, auto

from aovpn_remediate.results import Facts


class Reason(Enum):
    """The reason why an examination ended; each has a suggested fix."""

    NAME_UNKNOWN = auto()
    REFUSED = auto()
    SILENT = auto()
    NO_ROUTE = auto()
    NOT_WINRM = auto()
    """Another service than WinRM answered."""
    UNREACHABLE = auto()
    """Not reachable for another reason, such as a proxy."""

    TLS_DATES = auto()
    TLS_NAME = auto()
    TLS_ISSUER = auto()
    NO_TLS = auto()

    SETTING = auto()
    """A setting in the inventory cannot be used."""
    SECRET = auto()
    CREDENTIAL = auto()
    NOT_TRIED = auto()
    """The credential was refused by other hosts, so it was not tried on this one."""
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
    """There is no PowerShell on this machine."""
    SLOW = auto()
    SCRIPT = auto()
    """PowerShell started, but did not run the script."""
    LOST = auto()
    OTHER = auto()


@dataclass(frozen=True)
class Failure:
    """The failure that ended the examination of a host, with a text of one line."""

    reason: Reason
    text: str


@dataclass(frozen=True)
class Certificate:
    """The certificate that a host presents. Times have a zone."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins: datetime
    ends: datetime


@dataclass(frozen=True)
class Tls:
    """A TLS handshake. `refused` is the failure of verification; None if it succeeded."""

    certificate: Certificate | None
    refused: Failure | None = None


@dataclass(frozen=True)
class Shell:
    """A shell that is open on the host, and for how many seconds."""

    owner: str
    seconds: float


@dataclass(frozen=True)
class LogonDetails:
    """The protocol and encryption of a logon, and the shells on the host; None if not known."""

    protocol: str | None = None
    """`kerberos`, `ntlm`, `credssp`, `basic` or `certificate`"""
    encrypted: bool | None = None
    """True if WinRM itself encrypted the messages."""
    shells: tuple[Shell, ...] | None = None
    shells_error: str = ""
    """The reason why the shells are not known."""


@dataclass(frozen=True)
class SessionFacts:
    """The facts read by PowerShell on the host, and the time that the session took to open."""

    facts: Facts
    open_seconds: float
    clock: float | None = None
    """Seconds by which the host's clock is ahead of this machine's."""
    clock_error: float = 0.0
    """The accuracy of `clock`, in seconds either way."""


@dataclass(frozen=True)
class Observation:
    """The observations of one host."""

    at: datetime
    """The time of the observation by this machine's clock, with a zone."""
    addresses: tuple[str, ...] | None = None
    port_open: bool = False
    tls: Tls | None = None
    session: SessionFacts | None = None
    logon: LogonDetails | None = None
    failure: Failure | None = None
    seconds: float = field(default=0.0, compare=False)
    requests: int = 0
