"""The values of a YAML document, and where each of them is.

Plain words mean what YAML 1.2 says (core schema): true and false, null, whole numbers, also 0x and
0o, and finite decimal numbers. All else stays text: yes, on, 1_000, 12:30, 2026-11-21, .inf.
Left out on purpose: tags, merge keys, several documents, keys that are not text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml

from aovpn_remediate.playbook.words import Place, quote, unusable

MAX_VALUES = 100_000
"""Each alias counts as all that it stands for."""
MAX_DEPTH = 50
MAX_DIGITS = 64

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGERS = {
    10: re.compile(r"[-+]?[0-9]+"),
    8: re.compile(r"0o[0-7]+"),
    16: re.compile(r"0x[0-9a-fA-F]+"),
}
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")


@dataclass(frozen=True)
class Spot:
    """Where a value begins, or the key that names it: line and column count from 1."""

    line: int
    column: int
    parts: Mapping[str | int, Spot] = field(default_factory=dict)


class NotReadable(Exception):  # noqa: N818 - it says what the document is
    """A document that is refused: where, and what is wrong. A line of 0 is unknown."""

    def __init__(self, what: str, line: int = 0, column: int = 0, place: Place = ()) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.column = column
        self.place = place


def read_document(text: str) -> tuple[Any, Spot]:
    """The value of a text that holds one document. Raises `NotReadable` for any other."""
    return _Reader(text).document()


@dataclass(frozen=True)
class _Anchored:
    value: Any
    parts: Mapping[str | int, Spot]
    size: int


class _Reader:
    """Builds values from the parser's events.

    PyYAML's own constructors know no limits and forget the places.
    """

    def __init__(self, text: str) -> None:
        self._events = _events(text)
        self._anchors: dict[str, _Anchored | None] = {}
        self._count = 0

    def document(self) -> tuple[Any, Spot]:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise NotReadable("is empty")
        value, spot = self._value(next(self._events), ())
        next(self._events)  # the end of the document
        last = next(self._events)
        if not isinstance(last, yaml.StreamEndEvent):
            _refuse(last, (), "a second document begins here: one file holds one")
        return value, spot

    def _value(self, event: Any, place: Place) -> tuple[Any, Spot]:
        if isinstance(event, yaml.AliasEvent):
            anchored = self._anchored(event, place)
            return anchored.value, _spot(event, anchored.parts)
        value, parts = self._new_value(event, place)
        return value, _spot(event, parts)

    def _anchored(self, event: Any, place: Place) -> _Anchored:
        # The name is not repeated: a password that begins with * looks like an alias.
        if event.anchor not in self._anchors:
            _refuse(event, place, "an alias (*) without its anchor (&): put text in quotes")
        anchored = self._anchors[event.anchor]
        if anchored is None:
            _refuse(event, place, "an alias (*) to something that it is a part of")
        self._add(anchored.size, event, place)
        return anchored

    def _new_value(self, event: Any, place: Place) -> tuple[Any, Mapping[str | int, Spot]]:
        if event.tag is not None:
            _refuse(event, place, "a tag (!) has no meaning here: put text in quotes")
        if len(place) > MAX_DEPTH:
            _refuse(event, (), f"values are nested more than {MAX_DEPTH} deep")
        before = self._count
        self._add(1, event, place)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        value, parts = self._content(event, place)
        if event.anchor is not None:
            self._anchors[event.anchor] = _Anchored(value, parts, self._count - before)
        return value, parts

    def _add(self, size: int, event: Any, place: Place) -> None:
        self._count += size
        if self._count > MAX_VALUES:
            _refuse(event, place, f"more than {MAX_VALUES} values, with aliases written out")

    def _content(self, event: Any, place: Place) -> tuple[Any, Mapping[str | int, Spot]]:
        match event:
            case yaml.ScalarEvent():
                return _scalar(event, place), {}
            case yaml.SequenceStartEvent():
                return self._sequence(place)
        return self._mapping(place)

    def _sequence(self, place: Place) -> tuple[list[Any], Mapping[str | int, Spot]]:
        values: list[Any] = []
        parts: dict[str | int, Spot] = {}
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            position = len(values)
            value, parts[position] = self._value(event, (*place, position))
            values.append(value)
        return values, parts

    def _mapping(self, place: Place) -> tuple[dict[str, Any], Mapping[str | int, Spot]]:
        values: dict[str, Any] = {}
        parts: dict[str | int, Spot] = {}
        folded: dict[str, str] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, place)
            first = folded.setdefault(key.casefold(), key)
            if first != key:
                _refuse(event, (*place, key), f"differs from {quote(first)} only by case")
            if key in values:
                _refuse(event, (*place, key), "is there twice")
            values[key], spot = self._value(next(self._events), (*place, key))
            # A value is where its name is: that is where a person looks for it.
            parts[key] = _spot(event, spot.parts)
        return values, parts

    def _key(self, event: Any, place: Place) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            _refuse(event, place, "a key should be text: put an expression in quotes")
        key, _ = self._new_value(event, place)
        if not isinstance(key, str):
            _refuse(event, place, "a key should be text: put it in quotes")
        if key == "<<" and event.implicit[0]:
            _refuse(event, place, "merge keys (<<) have no meaning here")
        return key


def _spot(event: Any, parts: Mapping[str | int, Spot]) -> Spot:
    return Spot(event.start_mark.line + 1, event.start_mark.column + 1, parts)


def _refuse(event: Any, place: Place, what: str) -> NoReturn:
    spot = _spot(event, {})
    raise NotReadable(what, spot.line, spot.column, place)


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text) from None
    except (yaml.YAMLError, ValueError):
        raise NotReadable("not valid YAML: a character or a number that cannot be") from None


def _not_yaml(error: yaml.MarkedYAMLError, text: str) -> NotReadable:
    said = f"not valid YAML: {error.problem}"
    if error.context:
        said += f" {error.context}"
    if error.context_mark:
        said += f" that begins on line {error.context_mark.line + 1}"
    mark = error.problem_mark
    if mark is None:
        return NotReadable(said)
    if "escape" in said:
        said += ": in double quotes a backslash is special, use single quotes"
    elif text.startswith("\t", mark.index):
        said += ": a tab, indent with spaces"
    return NotReadable(said, mark.line + 1, mark.column + 1)


def _scalar(event: yaml.ScalarEvent, place: Place) -> Any:
    if bad := unusable(event.value):
        _refuse(event, place, f"the character {bad} cannot be sent to a host")
    if not event.implicit[0]:
        return event.value
    try:
        return _plain(event.value)
    except ValueError as error:
        _refuse(event, place, str(error))


def _plain(text: str) -> Any:
    """The value of a word without quotes. Raises `ValueError` for a number without end."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for base, pattern in _INTEGERS.items():
        if pattern.fullmatch(text):
            if len(text) > MAX_DIGITS:
                raise ValueError(f"a number of {len(text)} digits: put text in quotes")
            return int(text, base)
    if not _DECIMAL.fullmatch(text):
        return text
    if not math.isfinite(number := float(text)):
        raise ValueError("a number that is too large: put text in quotes")
    return number
