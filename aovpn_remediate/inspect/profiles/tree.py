"""An XML text as a tree whose elements know their place in it; no entity is ever expanded."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any
from xml.parsers.expat import ErrorString, ExpatError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from aovpn_remediate.inspect.profiles.layers import Inside, Slice

_DEEPEST = 100
_START_TAG = re.compile(r"""<[^"'>]*(?:(?:"[^"]*"|'[^']*')[^"'>]*)*>""")
_PARTS = re.compile(
    r"<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?P<cdata>.*?)\]\]>|&(?P<reference>#?\w+);|\r\n|.", re.DOTALL
)
_ENTITIES = {"lt": "<", "gt": ">", "amp": "&", "quot": '"', "apos": "'"}


class NotXml(Exception):  # noqa: N818
    """A text that is not read as XML, with the place and the reason."""

    def __init__(self, line: int, column: int, what: str) -> None:
        super().__init__(what)
        self.line = line
        self.column = column

    def __str__(self) -> str:
        place = f"line {self.line}, column {self.column}: " if self.line else ""
        return f"{place}{self.args[0]}"


@dataclass(eq=False)
class Element:
    """An element and its place in the text; names are without their namespace."""

    name: str
    namespace: str
    attributes: Mapping[str, str]
    line: int
    whole: Slice
    inner: Slice
    """The place of what stands between its tags."""
    parent: Element | None = field(default=None, repr=False)
    children: list[Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    commented: bool = False
    """True if a comment or an instruction lies directly inside."""

    @property
    def text(self) -> str:
        """Its own characters, without those of its children and the space around."""
        return "".join(self.parts).strip()

    def child(self, *names: str) -> Element | None:
        """Return the first descendant along a path of names."""
        found: Element | None = self
        for name in names:
            found = next((c for c in found.children if c.name == name), None) if found else None
        return found

    def all(self, name: str) -> list[Element]:
        """Return the children of a name."""
        return [child for child in self.children if child.name == name]

    def value(self, *names: str) -> str:
        """Return the text of a descendant, empty if there is none."""
        found = self.child(*names)
        return found.text if found else ""

    def every(self) -> Iterator[Element]:
        """Yield the element and all below it, in the order of the text."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += reversed(element.children)


def parse(text: str) -> Element:
    """Return the root of an XML text. Raises `NotXml`."""
    try:
        return _Reading(text).root()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        column = error.start - text.rfind("\n", 0, error.start)
        raise NotXml(line, column, "half of a surrogate pair is no character of XML") from None


class _Reading:
    """The tree while it grows."""

    def __init__(self, text: str) -> None:
        self._text = text
        wide = len(text.encode("utf-8")) != len(text)
        self._ends = list(accumulate(len(c.encode()) for c in text)) if wide else []
        self._open: list[Element] = []
        self._root: Element | None = None
        parser = DefusedXMLParser(forbid_dtd=True).parser
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        parser.CommentHandler = self._comment
        parser.ProcessingInstructionHandler = self._comment
        self._parser = parser

    def root(self) -> Element:
        parser = self._parser
        try:
            parser.Parse(self._text, True)
        except ExpatError as error:
            raise NotXml(error.lineno, error.offset + 1, ErrorString(error.code)) from None
        except DefusedXmlException:
            what = "it has a document type or declares an entity, and none of that is read"
            raise NotXml(parser.CurrentLineNumber, self._column(), what) from None
        if self._root is None:
            raise NotXml(0, 0, "it has no element")
        return self._root

    def _column(self) -> int:
        column: int = self._parser.CurrentColumnNumber
        return column + 1

    def _place(self) -> int:
        index: int = self._parser.CurrentByteIndex
        return bisect_right(self._ends, index) if self._ends else index

    def _start(self, name: str, attributes: Sequence[str]) -> None:
        if len(self._open) == _DEEPEST:
            what = f"its elements are nested more than {_DEEPEST} deep"
            raise NotXml(self._parser.CurrentLineNumber, self._column(), what)
        start = self._place()
        tag = _START_TAG.match(self._text, start)
        end = tag.end() if tag else start
        namespace, _, local = name.rpartition("}")
        parent = self._open[-1] if self._open else None
        element = Element(
            name=local,
            namespace=namespace,
            attributes=_attributes(attributes),
            line=self._parser.CurrentLineNumber,
            whole=Slice(start, end),
            inner=Slice(end, end),
            parent=parent,
        )
        if parent is None:
            self._root = element
        else:
            parent.children.append(element)
        self._open.append(element)

    def _end(self, name: str) -> None:
        del name
        element = self._open.pop()
        place = self._place()
        if not self._text.endswith("/>", element.whole.start, element.whole.end):
            element.inner = Slice(element.inner.start, place)
            element.whole = Slice(element.whole.start, self._text.index(">", place) + 1)

    def _characters(self, data: str) -> None:
        self._open[-1].parts.append(data)

    def _comment(self, *_: Any) -> None:
        if self._open:
            self._open[-1].commented = True


def _attributes(flat: Sequence[str]) -> dict[str, str]:
    """The attributes that expat lists as name, value, name, value."""
    return {n.rpartition("}")[2]: v for n, v in zip(flat[::2], flat[1::2], strict=True)}


def inside(text: str, element: Element) -> Inside:
    """Return the characters of an element without children, each with its place in the text."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(character: str, start: int, end: int) -> None:
        characters.append(character)
        starts.append(start)
        ends.append(end)

    for part in _PARTS.finditer(text, element.inner.start, element.inner.end):
        if part["cdata"] is not None:
            for index in range(part.start("cdata"), part.end("cdata")):
                add(text[index], index, index + 1)
        elif part["reference"] is not None:
            add(_referenced(part["reference"]), part.start(), part.end())
        elif not part[0].startswith("<"):
            add("\n" if part[0].startswith("\r") else part[0], part.start(), part.end())
    return Inside("".join(characters), starts, ends, element.inner, len(text))


def _referenced(name: str) -> str:
    if name.startswith("#x"):
        return chr(int(f"0{name[1:]}", base=0))
    return chr(int(name[1:])) if name.startswith("#") else _ENTITIES.get(name, "")
