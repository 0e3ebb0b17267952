"""Evidence: an error code, a reason, an event, with whom and when it concerns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

_BITS = 2**32
_CODE = re.compile(r"[+-]?[0-9]{1,10}|0[xX][0-9a-fA-F]{1,8}")


class What(StrEnum):
    """The kinds of evidence. Their values are the names in the rules."""

    CLIENT_ERROR = "client_error"
    NPS_REASON = "nps_reason"
    NPS_EVENT = "nps_event"
    NPS_LOG = "nps_log"
    KDC_EVENT = "kdc_event"
    KDC_STATUS = "kdc_status"
    RRAS_EVENT = "rras_event"
    SSTP_EVENT = "sstp_event"
    CONNECTOR_EVENT = "connector_event"
    NETSH_ERROR = "netsh_error"
    CLIENT_BUILD = "client_build"
    CLIENT_EDITION = "client_edition"
    PROFILE = "profile"
    """A finding of `inspect profile`, by its id."""
    PROBE = "probe"
    """A finding of `probe`, by its id."""
    MESSAGE = "message"


NAMES: dict[What, str] = {
    What.CLIENT_ERROR: "error {} at the client",
    What.NPS_REASON: "reason {} in an event of NPS",
    What.NPS_EVENT: "event {} of NPS",
    What.NPS_LOG: "{} in the Security log",
    What.KDC_EVENT: "event {} of the Kerberos service of a domain controller",
    What.KDC_STATUS: "status {} in event 21 of a domain controller",
    What.RRAS_EVENT: "event {} of RemoteAccess",
    What.SSTP_EVENT: "event {} of RasSstp",
    What.CONNECTOR_EVENT: "event {} of the certificate connector",
    What.NETSH_ERROR: "error {} of netsh",
    What.CLIENT_BUILD: "build {} at the client",
    What.CLIENT_EDITION: "edition {} at the client",
    What.PROFILE: "the finding {} of `inspect profile`",
    What.PROBE: "the finding {} of `probe`",
    What.MESSAGE: "{}",
}
LOOKED_FOR = (What.PROFILE, What.PROBE)
"""Kinds of which all findings are known as soon as one is."""
NO_NPS_EVENTS = "no event 6272, 6273 or 6274"
"""The evidence of an NPS that logs none of its decisions."""
NOTHING_MORE = "nothing more"
"""The last finding of a kind that is `LOOKED_FOR`, so that there is always one."""


@dataclass(frozen=True)
class Evidence:
    """One thing that was seen. `code` is unsigned; messages have a name in place of a code."""

    what: What
    code: int | str
    host: str = ""
    user: str = ""
    machine: str = ""
    connection: str = ""
    """The id that RasClient and RRAS give a connection (CoId)."""
    at: datetime | None = None

    def __str__(self) -> str:
        where = f" on {self.host}" if self.host else ""
        return f"{describe(self.what, self.code)}{where}"


def describe(what: What, code: int | str) -> str:
    """Return a kind of evidence in words, such as `error 853 at the client`."""
    shown = spelled(code) if isinstance(code, int) else code
    return NAMES[what].format(shown)


def code_of(text: str) -> int:
    """Return a code, given as 853, 0x800B0101 or -2146762495, as unsigned 32 bits.

    Raises `ValueError` with the reason for other text.
    """
    text = text.strip()
    if not _CODE.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no code: give a number, such as 853 or 0x800B0101")
    number = int(text, 0) if text[:2].casefold() == "0x" else int(text, 10)
    if not -_BITS // 2 <= number < _BITS:
        raise ValueError(f"{text} does not fit into 32 bits")
    return number % _BITS


def spelled(code: int) -> str:
    """Return a code as people look for it: 853, but 0x800B0101 with its negative form."""
    if code < _BITS // 2:
        return str(code)
    return f"0x{code:08X} ({code - _BITS})"
