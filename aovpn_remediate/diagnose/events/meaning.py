"""Events as evidence: by provider and id, their fields by name or, of classic events, by position.

Fields and positions: the manifests of the providers, and for classic events the message tables of
`mprmsg.dll` and RasClient. Words of a message are never read, but for fixed tokens.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace

from aovpn_remediate.diagnose.events.record import Event
from aovpn_remediate.diagnose.evidence import Evidence, What, code_of

_REFUSED = "ESTS_TOKEN_ERROR"
_USER_OF_REFUSAL = re.compile(r"\bfor User\s+(\S+)", re.IGNORECASE)
_STATUS = slice(8, 16)
"""The hexadecimal digits of the second DWORD of the binary data of event 21, little-endian."""
_DROPPED = 6274
_REFUSALS = (6273, _DROPPED)
"""Denied, and dropped; 6272, granted, is no evidence of a fault."""
_ABOUT_A_CERTIFICATE = (21, 39, 40, 41, 45)
"""The events of a domain controller about the certificate of an account."""
_ABOUT_TICKETS = (201, 202, 203, 204, 206, 207, 208, 209)
"""Those about the tickets of a service; the account is their second field."""
_ABOUT_ITSELF = (19, 20, 32, 107, 205)
"""Those about its own certificate and configuration."""
_RAS_USER = {20255: 2, 20269: 1, 20270: 1, 20271: 1, 20253: 2}
"""The position of the user in an event of RemoteAccess."""
_RAS_CONNECTION = {20255: 0, 20269: 0, 20270: 0, 20271: 0, 20276: 0, 20252: 0, 20253: 1}


def evidence_of(event: Event) -> tuple[Evidence, ...]:
    """Return what an event tells; nothing for one that no rule could use."""
    read = _READERS.get(event.provider.casefold())
    return tuple(read(event)) if read is not None else ()


def _at(event: Event, position: int) -> str:
    return event.data[position] if 0 <= position < len(event.data) else ""


def _of_ras_client(event: Event) -> Iterator[Evidence]:
    if event.id not in (20226, 20227):
        return
    with suppress(ValueError):
        code = code_of(_at(event, 3))
        yield Evidence(
            What.CLIENT_ERROR,
            code,
            host=event.host,
            user=_at(event, 1),
            machine=event.host,
            connection=_at(event, 0),
            at=event.at,
        )


def _of_nps(event: Event) -> Iterator[Evidence]:
    if event.id not in _REFUSALS:
        return
    user = event.named.get("SubjectUserName", "") or _at(event, 1)
    machine = event.named.get("SubjectMachineName", "").strip("-")
    seen = Evidence(What.NPS_EVENT, event.id, event.host, user, machine, at=event.at)
    try:
        reason = code_of(event.named.get("ReasonCode", "") or _reason_by_position(event))
    except ValueError:
        yield seen
        return
    # The reason of a denial says all that its event does.
    if event.id == _DROPPED:
        yield seen
    yield replace(seen, what=What.NPS_REASON, code=reason)


def _reason_by_position(event: Event) -> str:
    """Return the reason of a record without names: the third field from the end."""
    return _at(event, len(event.data) - 3)


def _of_kdc(event: Event) -> Iterator[Evidence]:
    if event.id in _ABOUT_TICKETS:
        yield Evidence(What.KDC_EVENT, event.id, event.host, _at(event, 1), at=event.at)
    elif event.id in _ABOUT_ITSELF:
        yield Evidence(What.KDC_EVENT, event.id, event.host, at=event.at)
    elif event.id in _ABOUT_A_CERTIFICATE:
        yield from _about_certificate(event)


def _about_certificate(event: Event) -> Iterator[Evidence]:
    user = event.named.get("AccountName", "") or event.named.get("Username", "")
    user = user or _at(event, 1 if event.id == 21 else 0)  # noqa: PLR2004
    yield Evidence(What.KDC_EVENT, event.id, host=event.host, user=user, at=event.at)
    with suppress(ValueError):
        status = int.from_bytes(bytes.fromhex(event.binary[_STATUS]), "little")
        if status:
            yield Evidence(What.KDC_STATUS, status, host=event.host, user=user, at=event.at)


def _of_remote_access(event: Event) -> Iterator[Evidence]:
    yield Evidence(
        What.RRAS_EVENT,
        event.id,
        host=event.host,
        user=_at(event, _RAS_USER[event.id]) if event.id in _RAS_USER else "",
        connection=_at(event, _RAS_CONNECTION[event.id]) if event.id in _RAS_CONNECTION else "",
        at=event.at,
    )


def _of_mfa(event: Event) -> Iterator[Evidence]:
    text = " ".join((*event.data, event.text))
    if _REFUSED in text:
        user = _USER_OF_REFUSAL.search(text)
        name = user[1] if user else ""
        yield Evidence(What.MESSAGE, _REFUSED, host=event.host, user=name, at=event.at)


def _plain(what: What) -> Callable[[Event], Iterator[Evidence]]:
    def read(event: Event) -> Iterator[Evidence]:
        yield Evidence(what, event.id, host=event.host, at=event.at)

    return read


_READERS: Mapping[str, Callable[[Event], Iterator[Evidence]]] = {
    "rasclient": _of_ras_client,
    "microsoft-windows-security-auditing": _of_nps,
    "microsoft-windows-kerberos-key-distribution-center": _of_kdc,
    "kdc": _of_kdc,
    "kdcsvc": _of_kdc,
    "nps": _plain(What.NPS_EVENT),
    "remoteaccess": _of_remote_access,
    "microsoft-windows-mprmsg": _of_remote_access,
    "microsoft-azuremfa-authz": _of_mfa,
    "authzadminch": _of_mfa,
    "microsoft-windows-rassstp": _plain(What.SSTP_EVENT),
    "microsoft-intune-certificateconnectors": _plain(What.CONNECTOR_EVENT),
}
"""By the name of the provider, in lower case."""
