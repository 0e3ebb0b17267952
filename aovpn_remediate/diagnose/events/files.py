"""Files with events: XML of `wevtutil qe LOG /f:xml`, and `Get-WinEvent | Export-Clixml`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from aovpn_remediate.diagnose.events.record import Event

LARGEST_FILE = 64 * 2**20
MOST_EVENTS = 20_000
_DECLARATION = re.compile(r"^\s*(?:<\?xml[^>]*\?>\s*)+")
_LAST_DIGITS = re.compile(r"(\.\d{6})\d+")
_ENCODINGS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


class EventsUnreadable(Exception):  # noqa: N818 - named for what it says
    """A file without readable events; the text is one line."""


def read_events(data: bytes) -> tuple[Event, ...]:
    """Return the events of a file in its order. Raises `EventsUnreadable`."""
    if len(data) > LARGEST_FILE:
        raise EventsUnreadable(f"it is larger than {LARGEST_FILE // 2**20} MB: export less")
    root = _parse(_decode(data))
    objects = root.tag.endswith("Objs")
    found: list[Event] = []
    for element in root.iter():
        event = _from_clixml(element) if objects else _from_xml(element)
        if event is not None:
            found.append(event)
        if len(found) > MOST_EVENTS:
            raise EventsUnreadable(f"it has more than {MOST_EVENTS} events: export less")
    if not found:
        raise EventsUnreadable(
            "no events in it: export them with `wevtutil qe LOG /f:xml` or "
            "`Get-WinEvent ... | Export-Clixml FILE`"
        )
    if not any(event.data for event in found):
        raise EventsUnreadable("its events have no data: use Export-Clixml with -Depth 3")
    return tuple(found)


def _decode(data: bytes) -> str:
    encoding = next((name for mark, name in _ENCODINGS if data.startswith(mark)), "utf-8")
    if data[1:2] == b"\0":
        encoding = "utf-16-le"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        raise EventsUnreadable("it is neither UTF-8 nor UTF-16 text") from None


def _parse(text: str) -> Element:
    """Return one root: wevtutil prints events one after the other without any."""
    inner = _DECLARATION.sub("", text.strip("\ufeff \r\n\t\0"))
    if "<!DOCTYPE" in inner or "<!ENTITY" in inner:
        raise EventsUnreadable("it declares a document type, which no export does")
    if not inner.startswith("<"):
        raise EventsUnreadable("it is no XML: export events with `wevtutil qe LOG /f:xml`")
    try:
        root: Element = fromstring(f"<events>{inner}</events>", forbid_dtd=True)
    except DefusedXmlException:
        raise EventsUnreadable("it declares a document type, which no export does") from None
    except (ParseError, ValueError, RecursionError) as error:
        raise EventsUnreadable(f"it is no valid XML: {' '.join(str(error).split())}") from None
    only = list(root)
    return only[0] if len(only) == 1 and only[0].tag.endswith("Objs") else root


def _name(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _children(element: Element | None, name: str) -> Iterator[Element]:
    if element is not None:
        yield from (child for child in element if _name(child) == name)


def _child(element: Element | None, name: str) -> Element | None:
    return next(_children(element, name), None)


def _from_xml(element: Element) -> Event | None:
    system = _child(element, "System") if _name(element) == "Event" else None
    number = _number(_text(_child(system, "EventID")))
    if system is None or number is None:
        return None
    provider, created = _child(system, "Provider"), _child(system, "TimeCreated")
    data = _child(element, "EventData")
    values = [(item.get("Name", ""), _text(item)) for item in _children(data, "Data")]
    return Event(
        provider=(provider.get("Name") or "") if provider is not None else "",
        id=number,
        at=_time((created.get("SystemTime") or "") if created is not None else ""),
        host=_text(_child(system, "Computer")),
        named={name: value for name, value in values if name},
        data=tuple(value for _, value in values),
        binary=_text(_child(data, "Binary")),
        text=_text(_child(_child(element, "RenderingInfo"), "Message")),
    )


def _from_clixml(element: Element) -> Event | None:
    """Return an event of Export-Clixml; its fields by position alone."""
    props = _child(element, "Props")
    if props is None:
        return None
    values = {child.get("N", ""): child for child in props}
    # A record that went over remoting has its message as an added property.
    for child in _children(element, "MS"):
        values |= {item.get("N", ""): item for item in child}
    number = _number(_text(values.get("Id")))
    if number is None:
        return None
    return Event(
        provider=_text(values.get("ProviderName")),
        id=number,
        at=_time(_text(values.get("TimeCreated"))),
        host=_text(values.get("MachineName")),
        data=tuple(_values(values.get("Properties"))),
        text=_text(values.get("Message")),
    )


def _values(properties: Element | None) -> Iterable[str]:
    """Return the values of the properties of a record; none where the export was too flat."""
    listed = _child(properties, "LST")
    for item in listed if listed is not None else ():
        props = _child(item, "Props")
        for value in props if props is not None else ():
            if value.get("N") == "Value":
                yield _text(value)


def _text(element: Element | None) -> str:
    return (element.text or "").strip() if element is not None else ""


def _number(text: str) -> int | None:
    # The upper half of an id in XML of old providers are qualifiers.
    return int(text) & 0xFFFF if text.isascii() and text.isdigit() and len(text) <= 10 else None  # noqa: PLR2004


def _time(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(_LAST_DIGITS.sub(r"\1", text))
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    return None
