"""DER, as far as it is needed where no library reads it: elements, not what they mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OID = 0x06
SEQUENCE = 0x30

_ENCODINGS = {
    **dict.fromkeys((0x0C, 0x12, 0x13, 0x16, 0x1A), "utf-8"),
    0x14: "latin-1",  # Teletex, as everybody reads it
    0x1C: "utf-32-be",
    0x1E: "utf-16-be",
}
"""The strings that certificates have, by their tags; ASCII ones often hold UTF-8."""
_LONG = 0x80
_MOST_LENGTH_BYTES = 4
_LONGEST_OID = 128


@dataclass(frozen=True)
class Element:
    """One element: the tag with its class, and the content."""

    tag: int
    content: bytes
    whole: bytes

    def children(self) -> list[Element]:
        """Return the elements in it. Raises `ValueError`."""
        return list(elements(self.content))


def element_at(data: bytes, start: int = 0) -> Element:
    """Return the element that begins there; what follows it is left. Raises `ValueError`."""
    if len(data) < start + 2:
        raise ValueError("the data ends within an element")
    length, content = data[start + 1], start + 2
    if length == _LONG:
        raise ValueError("an element has no length")
    if length > _LONG:
        content += length - _LONG
        if length - _LONG > _MOST_LENGTH_BYTES:
            raise ValueError("an element is longer than any file")
        length = int.from_bytes(data[start + 2 : content], "big")
    end = content + length
    if end > len(data):
        raise ValueError("the data ends within an element")
    return Element(data[start], data[content:end], data[start:end])


def elements(data: bytes) -> Iterator[Element]:
    """Return the elements one after the other. Raises `ValueError`."""
    start = 0
    while start < len(data):
        found = element_at(data, start)
        yield found
        start += len(found.whole)


def encoded(tag: int, content: bytes) -> bytes:
    """Return an element."""
    size = len(content)
    if size < _LONG:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, _LONG | len(length)]) + length + content


def oid_text(content: bytes) -> str:
    """Return the content of an object identifier with dots. Raises `ValueError`."""
    if len(content) > _LONGEST_OID:
        raise ValueError("an object identifier is longer than any that is in use")
    arcs = [0]
    for byte in content:
        arcs[-1] = arcs[-1] << 7 | byte & 0x7F
        if byte < _LONG:
            arcs.append(0)
    if len(arcs) == 1 or content[-1] >= _LONG:
        raise ValueError("an object identifier is cut off")
    first = min(arcs[0] // 40, 2)
    return ".".join(str(arc) for arc in (first, arcs[0] - 40 * first, *arcs[1:-1]))


def string_text(element: Element) -> str:
    """Return the text of a string of any of the usual types. Raises `ValueError`."""
    if element.tag not in _ENCODINGS:
        raise ValueError("it is no text")
    return element.content.decode(_ENCODINGS[element.tag])
