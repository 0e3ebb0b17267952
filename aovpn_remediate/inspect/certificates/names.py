"""The alternative names of a certificate, and the SIDs in them, one by one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from aovpn_remediate.inspect.certificates import der
from aovpn_remediate.inspect.certificates.der import Element, element_at
from aovpn_remediate.inspect.certificates.reasons import reason_of

_OTHER_NAME = 0xA0
_UPN = "1.3.6.1.4.1.311.20.2.3"
_SID = "1.3.6.1.4.1.311.25.2.1"
_KINDS = {0x81: "email", 0x82: "dns", 0x86: "uri"}
_ADDRESS = 0x87
_MOST = 2_000


def alternative_names(value: bytes) -> Iterator[tuple[str, str]]:
    """Return kinds (`dns`, `upn`, `uri`, `email`, `ip`) with texts; `unread` with a reason.

    Raises `ValueError` where the list itself is damaged.
    """
    names = element_at(value)
    if names.tag != der.SEQUENCE or len(names.whole) != len(value):
        raise ValueError("it is no list of names")
    for place, name in enumerate(names.children(), start=1):
        if place > _MOST:
            yield "unread", f"there are more than {_MOST} names"
            return
        try:
            yield from _name(name)
        except ValueError as error:
            yield "unread", f"name {place}: {reason_of(error)}"


def _name(name: Element) -> Iterator[tuple[str, str]]:
    if name.tag in _KINDS:
        yield _KINDS[name.tag], _text(name.content)
    elif name.tag == _ADDRESS:
        yield "ip", str(ipaddress.ip_address(name.content))
    elif name.tag == _OTHER_NAME:
        oid, value = _other_name(name)
        if oid == _UPN:
            yield "upn", der.string_text(value)


def _text(content: bytes) -> str:
    # ASCII is what the standard has; Windows and others write more than that.
    return content.decode("utf-8")


def _other_name(name: Element) -> tuple[str, Element]:
    oid, value = name.children()
    if oid.tag != der.OID:
        raise ValueError("a name of another form has no OID")
    return der.oid_text(oid.content), element_at(value.content)


def sid_in(value: bytes) -> str:
    """Return the text in the extension with the SID of an account. Raises `ValueError`."""
    for name in element_at(value).children():
        oid, inner = _other_name(name)
        if oid == _SID:
            # Of whatever form: a binary SID maps no account either, and has to be shown.
            return inner.content.decode("ascii", "backslashreplace")
    raise ValueError("it holds no SID")
