"""The servers that a person names: what may be written, and the addresses that DNS has for it."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Mapping

from aovpn_remediate.errors import UsageError

_LONGEST_NAME = 253
_LABEL = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")
_WITH_PORT = re.compile(r"(\[.*\]|[^:]*):\d+")
_WORDS: Mapping[int, str] = {
    # Not everywhere: the name is there, and has no address.
    getattr(socket, "EAI_NODATA", 0): "DNS has no address for it",
    socket.EAI_NONAME: "DNS does not know it",
    socket.EAI_AGAIN: "no DNS server answers",
    socket.EAI_FAIL: "the DNS server failed",
}


class NoAddress(OSError):  # noqa: N818 - the name says what happened
    """A name without an address; the text is the reason."""


def server_name(text: str) -> str:
    """Return a name as DNS has it, or an IP address in its short form. Raises `UsageError`."""
    given = text.strip()
    if "/" in given or "@" in given:
        raise UsageError(f"{text!r} is not the name of a server: give vpn.example.com alone")
    if _WITH_PORT.fullmatch(given):
        raise UsageError(
            f"{text!r} has a port: give the name alone, and the ports by --tls-port, --ike-port "
            "and --nat-port"
        )
    address = _address(given)
    return address if address is not None else _dns_name(given, text)


def is_address(name: str) -> bool:
    """Return True for an IP address."""
    return _address(name) is not None


def _address(given: str) -> str | None:
    bare = given[1:-1] if given.startswith("[") and given.endswith("]") else given
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        return None


def _dns_name(given: str, text: str) -> str:
    try:
        name = given.removesuffix(".").encode("idna").decode("ascii").lower()
    except UnicodeError:
        name = ""
    if len(name) > _LONGEST_NAME or not all(map(_LABEL.fullmatch, name.split("."))):
        raise UsageError(f"{text!r} is not the name of a server, such as vpn.example.com")
    return name


def addresses_of(name: str) -> tuple[str, ...]:
    """Return all addresses of a name, IPv4 and IPv6, in the order of the system.

    Raises `NoAddress`.
    """
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise NoAddress(_WORDS.get(error.errno or 0, error.strerror or str(error))) from None
    except (OSError, UnicodeError) as error:
        raise NoAddress(getattr(error, "strerror", None) or str(error)) from None
    return tuple(dict.fromkeys(str(place[0]) for *_, place in found))
