"""netsh for RRAS: it works, or it fails as on Windows Server 2025; read only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer

_USE_OTHERS = (
    "netsh ras cannot be used on this server: use the RemoteAccess cmdlets or the RRAS console, "
    "and do not rely on scripts that call it"
)


class _Probe(HostAnswer):
    fault: Literal["none", "1702", "exit", "empty", "deadline"]
    code: int | None
    said: Annotated[str, Field(max_length=200)]


class NetshHealth(DeclaredResource):
    """A state is `{works, fault}`: true, or false with the fault in a few words."""

    kind = "netsh_health"
    summary = "netsh can be used to configure RRAS (read only)"
    read_only = True
    scripts = ("netsh.ps1",)
    title_text = "netsh ras"
    answer = _Probe
    example: ClassVar[Mapping[str, Any]] = {"works": True}

    works: Literal[True]
    """netsh tells the WAN ports of RRAS: no error 1702, another exit code, silence or delay."""

    def unreadable(self, found: _Probe) -> None:
        """Every answer tells."""

    def state_of(self, found: _Probe) -> State:
        """Return the fault as a person would write it."""
        return {"works": found.fault == "none", "fault": _in_words(found)}

    def wanted(self, actual: State) -> State:
        """Return a state without a fault."""
        del actual
        return {"works": True, "fault": ""}

    def show(self, state: State) -> str:
        """`works`, or `broken: Win32 error 1702 ...`."""
        found = state or {}
        return "works" if found["works"] else f"broken: {found['fault']}"

    def manual(self, answer: Answer, actual: State) -> str:
        """Say how to go on without netsh."""
        del answer, actual
        return _USE_OTHERS


def _in_words(found: _Probe) -> str:
    match found.fault:
        case "none":
            return ""
        case "1702":
            return "Win32 error 1702, the binding handle is invalid"
        case "deadline":
            return "it did not end within 30 s"
        case "empty":
            return "it said nothing"
    return f"exit code {found.code}" + (f": {found.said}" if found.said else "")
