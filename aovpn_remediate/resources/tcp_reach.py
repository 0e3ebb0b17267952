"""TCP connections from a host to names; read only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from aovpn_remediate.errors import Unreadable
from aovpn_remediate.resources.base import Answer, State
from aovpn_remediate.resources.declared import DeclaredResource, HostAnswer, Told
from aovpn_remediate.resources.rules import Fits, matches
from aovpn_remediate.resources.texts import listed

_NAME = matches(
    r"[A-Za-z0-9][A-Za-z0-9._:-]{0,252}", "should be a DNS name or an address, without a port"
)
_ONCE = Fits(
    lambda names: len(names) == len({name.casefold() for name in names}),
    "a name is there twice",
    {"uniqueItems": True},
)
_OPEN = "open"
_WORDS = {
    "ConnectionRefused": "refused",
    "HostNotFound": "the name does not resolve",
    "NoData": "the name has no address",
    "TryAgain": "no DNS server answers",
    "TimedOut": "no answer",
    "timeout": "no answer",
}
_USES_PROXY = 2


class _Try(HostAnswer):
    address: Told
    result: Told


class _Reached(HostAnswer):
    name: Told
    error: Told | None
    tried: Annotated[list[_Try], Field(max_length=8)]


class _Found(HostAnswer):
    names: Annotated[list[_Reached], Field(max_length=20)]
    proxy: Annotated[str, Field(max_length=20_000)] | None


class TcpReach(DeclaredResource):
    """A state is, for each name, `open` or the reason why it could not be reached.

    A name is reached by any of its addresses, IPv4 or IPv6. A connection is made and closed, and
    nothing is sent.
    """

    kind = "tcp_reach"
    summary = "the host can open TCP connections to names, IPv4 or IPv6 (read only)"
    read_only = True
    target_fields = ("names", "port", "seconds")
    answer = _Found
    example: ClassVar[Mapping[str, Any]] = {"names": ["login.microsoftonline.com"], "port": 443}

    names: Annotated[
        tuple[Annotated[str, _NAME], ...], Field(strict=False, min_length=1, max_length=20), _ONCE
    ]
    """DNS names or addresses; all are tried at once."""
    port: Annotated[int, Field(ge=1, le=65535)]
    """The TCP port."""
    seconds: Annotated[int, Field(ge=1, le=30)] = 5
    """The longest wait for all of them together."""

    def target(self) -> dict[str, Any]:
        """Return names, port and time."""
        return {"Names": list(self.names), "Port": self.port, "Seconds": self.seconds}

    def title(self) -> str:
        """`TCP 443 to login.microsoftonline.com and 3 more`."""
        return f"TCP {self.port} to {listed(self.names, 1)}"

    def unreadable(self, found: _Found) -> str | None:
        """The host answered of other names."""
        if [each.name for each in found.names] != list(self.names):
            return "the host answered something else: it was asked about other names"
        return None

    def state_of(self, found: _Found) -> State:
        """See the class; what only a proxy may reach is unknown."""
        proxy = _proxy(found.proxy)
        return {each.name: _result(each, proxy) for each in found.names}

    def wanted(self, actual: State) -> State:
        """All names open."""
        del actual
        return dict.fromkeys(self.names, _OPEN)

    def same(self, one: State, other: State) -> bool:
        """Reached is reached; the reason why a name is not may be another one each time."""
        if one is None or other is None:
            return one is other
        return _closed(one) == _closed(other)

    def show(self, state: State) -> str:
        """`open`, or the names that are not, each with the reason."""
        state = state or {}
        closed = [f"{name}: {state[name]}" for name in _closed(state)]
        if len(closed) < len(state):
            closed.append("open" if not closed else f"{len(state) - len(closed)} open")
        return "; ".join(closed)

    def manual(self, answer: Answer, actual: State) -> str | None:
        """A firewall or a proxy lets the host through."""
        del answer
        closed = _closed(actual) if actual else list(self.names)
        names = ", ".join(closed)
        if actual and any(str(actual[name]).startswith("unknown") for name in closed):
            return f"check that the proxy lets the host through to {names} on port {self.port}"
        return f"let the host through to {names} on TCP {self.port} (DNS, routes, firewalls)"


def _closed(state: Mapping[str, Any]) -> list[str]:
    return [name for name, result in state.items() if result != _OPEN]


def _result(reached: _Reached, proxy: str) -> str:
    if any(one.result == _OPEN for one in reached.tried):
        return _OPEN
    reasons: dict[str, list[str]] = {}
    for one in reached.tried:
        reasons.setdefault(_WORDS.get(one.result, one.result), []).append(one.address)
    tried = [f"{reason} ({', '.join(addresses)})" for reason, addresses in reasons.items()]
    error = reached.error or "NoData"
    text = ", ".join(tried) or _WORDS.get(error, error)
    return f"unknown, as there is the proxy {proxy}; without it: {text}" if proxy else text


def _proxy(setting: str | None) -> str:
    """Return the proxy in the setting of WinHTTP; empty where it uses none. Raises `Unreadable`.

    The flags are a little-endian number at byte 8; with a proxy its length and name follow.
    """
    if setting is None:
        return ""
    try:
        raw = base64.b64decode(setting, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("the host answered something else: its proxy is no base64") from None
    if not int.from_bytes(raw[8:12], "little") & _USES_PROXY:
        return ""
    name = raw[16 : 16 + int.from_bytes(raw[12:16], "little")].decode("ascii", "replace")
    return "".join(char if char.isprintable() else "?" for char in name[:200])
