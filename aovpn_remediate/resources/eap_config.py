"""An EAP configuration as XML: the names of servers in it, and the same with other names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from xml.dom.minidom import Document, Element, Node
from xml.etree.ElementTree import C14NWriterTarget

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from defusedxml.minidom import parseString

from aovpn_remediate.errors import Unreadable

_METHODS = {"13": "EAP-TLS", "21": "EAP-TTLS", "25": "PEAP", "55": "EAP-TEAP"}
_PLAIN = re.compile(r"[A-Za-z0-9._-]+")
_DEEPEST = 100
_PART = re.compile(r"[^;]+")


@dataclass(frozen=True)
class Place:
    """The servers that one EAP method trusts."""

    method: str
    """Such as `PEAP`, or `EAP type 99`."""
    names: tuple[str, ...]


def is_plain(name: str) -> bool:
    """Return True for a name without a character that only a regular expression has."""
    return bool(_PLAIN.fullmatch(name))


def places(text: str) -> list[Place]:
    """Return the places of ServerNames, the outer method first. Raises `Unreadable`."""
    return [Place(_method(each), _names(_characters(each))) for each in _elements(_read(text))]


def renamed(text: str, new: Callable[[tuple[str, ...], str], str]) -> str:
    """Return the text with other names: `new` is asked with all of a place, and one.

    A name is never taken away, and all but the names is as it was. Raises `Unreadable`.
    """
    document = _read(text)
    for element in _elements(document):
        characters = _characters(element)
        names = _names(characters)

        def other(part: re.Match[str], names: tuple[str, ...] = names) -> str:
            name = part[0].strip()
            return part[0].replace(name, new(names, name)) if name else part[0]

        _write(element, _PART.sub(other, characters))
    root = document.documentElement
    return text if root is None else str(root.toxml())


def canonical(text: str) -> str:
    """Return a text that is the same for two that mean the same. Raises `Unreadable`."""
    parts: list[str] = []
    parser = DefusedXMLParser(
        target=C14NWriterTarget(parts.append, strip_text=True),
        forbid_dtd=True,
    )
    try:
        parser.feed(text)
        parser.close()
    except (SyntaxError, ValueError, DefusedXmlException) as error:
        raise _unreadable() from error
    return "".join(parts)


def _read(text: str) -> Document:
    canonical(text)
    found: Document = parseString(text, forbid_dtd=True)
    waiting: list[tuple[Any, int]] = [(found, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            raise _unreadable()
        waiting += [(child, depth + 1) for child in node.childNodes]
    return found


def _unreadable() -> Unreadable:
    return Unreadable("the host told an EAP configuration that is not XML")


def _elements(document: Document) -> Iterator[Element]:
    for element in document.getElementsByTagNameNS("*", "ServerNames"):
        if getattr(element.parentNode, "localName", "") == "ServerValidation":
            yield element


def _method(element: Element) -> str:
    """The EAP method around an element: the nearest Eap above says its type."""
    node: Any = element
    while node is not None and node.localName != "Eap":
        node = node.parentNode
    types = [
        _characters(child).strip()
        for child in (node.childNodes if node is not None else ())
        if child.localName == "Type"
    ]
    number = types[0] if types else "?"
    return _METHODS.get(number, f"EAP type {number}")


def _characters(element: Element) -> str:
    return "".join(child.data for child in _texts(element))


def _texts(element: Element) -> list[Any]:
    kinds = (Node.TEXT_NODE, Node.CDATA_SECTION_NODE)
    return [child for child in element.childNodes if child.nodeType in kinds]


def _names(characters: str) -> tuple[str, ...]:
    return tuple(name for part in characters.split(";") if (name := part.strip()))


def _write(element: Element, characters: str) -> None:
    """Give an element its characters, in the place of the first of them."""
    for number, node in enumerate(_texts(element)):
        node.data = "" if number else characters


def chooses(text: str, oid: str) -> bool:
    """Return True if a method takes only client certificates of a purpose. Raises `Unreadable`."""
    for filtering in _read(text).getElementsByTagNameNS("*", "FilteringInfo"):
        named = {
            _value(each, "EKUName"): _value(each, "EKUOID")
            for each in filtering.getElementsByTagNameNS("*", "EKUMap")
        }
        for chosen in filtering.getElementsByTagNameNS("*", "ClientAuthEKUList"):
            names = (
                _value(e, "EKUName") for e in chosen.getElementsByTagNameNS("*", "EKUMapInList")
            )
            enabled = chosen.getAttribute("Enabled").lower() in ("true", "1")
            if enabled and oid in {named.get(name) for name in names}:
                return True
    return False


def _value(element: Element, name: str) -> str:
    found = element.getElementsByTagNameNS("*", name)
    return _characters(found[0]).strip() if found else ""
