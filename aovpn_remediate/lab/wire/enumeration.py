"""WS-Enumeration of a user's open shells on a host, and of the commands in a shell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from aovpn_remediate.lab.wire import refusals
from aovpn_remediate.lab.wire.soap import SHELL, WSMAN, Request

if TYPE_CHECKING:
    from aovpn_remediate.lab.wire.hosts import Caller
    from aovpn_remediate.lab.wire.shells import Shell

_ENUMERATION = "http://schemas.xmlsoap.org/ws/2004/09/enumeration"


async def enumerate_open(caller: Caller, request: Request) -> str:
    """Return all shells or commands in one answer. Raises `Refusal` for any other resource."""
    if request.resource_uri == SHELL:
        items = [
            shell.describe() for shell in caller.host.shells.values() if _is_own(caller, shell)
        ]
    elif request.resource_uri == f"{SHELL}/Command":
        items = list(_commands(caller, request))
    else:
        raise refusals.no_endpoint(request.resource_uri)
    return (
        f'<n:EnumerateResponse xmlns:n="{_ENUMERATION}"><n:EnumerationContext/>'
        f"<w:Items>{''.join(items)}</w:Items><w:EndOfSequence/></n:EnumerateResponse>"
    )


def _commands(caller: Caller, request: Request) -> Iterator[str]:
    shell_id = request.body.findtext(f".//{{{WSMAN}}}Selector") or ""
    shell = caller.host.shells.get(shell_id.upper())
    if shell is None or not _is_own(caller, shell):
        return
    for command_id in filter(None, shell.outputs):
        ids = f"<rsp:ShellId>{shell.id}</rsp:ShellId><rsp:CommandId>{command_id}</rsp:CommandId>"
        yield f'<rsp:Command xmlns:rsp="{SHELL}">{ids}</rsp:Command>'


def _is_own(caller: Caller, shell: Shell) -> bool:
    return shell.user == caller.user
