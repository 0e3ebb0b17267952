"""Enumerate: the shells that a user has open on a host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.soap import SHELL, Request

if TYPE_CHECKING:
    from aovpn_remediate.lab.wire.wsman import Caller

_ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"


async def enumerate_shells(caller: Caller, request: Request) -> str:
    """All of them in one answer. Nothing else can be enumerated."""
    if request.resource_uri != SHELL:
        raise refusals.no_endpoint(request.resource_uri)
    shells = caller.host.shells.values()
    items = "".join(shell.describe() for shell in shells if shell.user == caller.user)
    return (
        f'<n:EnumerateResponse xmlns:n="{_ENUMERATION}"><n:EnumerationContext/>'
        f"<w:Items>{items}</w:Items><w:EndOfSequence/></n:EnumerateResponse>"
    )
