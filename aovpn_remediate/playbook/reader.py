"""The values of a YAML document, and the position of each.

Plain words have the meaning of YAML 1.2 (core schema): true and false, null, whole numbers (also 0x
and 0o) and finite decimal numbers. Other words are text: yes, on, 1_000, 12:30, 2026-11-21, .inf.
Tags, merge keys, several documents and keys that are not text are left out on purpose.
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
"""Each alias counts with all values that it stands for."""
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
class Position:
    """The position of a value, or of its key: line and column count from 1."""

    line: int
    column: int
    parts: Mapping[str | int, Position] = field(default_factory=dict)


class DocumentError(Exception):
    """A problem of a document, and its position; line 0 means unknown."""

    def __init__(self, what: str, line: int = 0, column: int = 0, place: Place = ()) -> None:
        super().__init__(what)
        self.what = what
        self.line = line
        self.column = column
        self.place = place


def read_document(text: str) -> tuple[Any, Position]:
    """Read a text that is one YAML document. Raises `DocumentError`."""
    return _Reader(text).document()


@dataclass(frozen=True)
class _Anchored:
    value: Any
    parts: Mapping[str | int, Position]
    size: int


class _Reader:
    """A builder of values from the parser's events.

    PyYAML's own constructors have no limits and lose the positions.
    """

    def __init__(self, text: str) -> None:
        self._events = _events(text)
        self._anchors: dict[str, _Anchored | None] = {}
        self._count = 0

    def document(self) -> tuple[Any, Position]:
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            raise DocumentError("the file is empty")
        value, position = self._value(next(self._events), ())
        next(self._events)  # the end of the document
        last = next(self._events)
        if not isinstance(last, yaml.StreamEndEvent):
            _refuse(last, (), "a second YAML document begins here: a file may have only one")
        return value, position

    def _value(self, event: Any, place: Place) -> tuple[Any, Position]:
        if isinstance(event, yaml.AliasEvent):
            anchored = self._anchored(event, place)
            return anchored.value, _position(event, anchored.parts)
        value, parts = self._new_value(event, place)
        return value, _position(event, parts)

    def _anchored(self, event: Any, place: Place) -> _Anchored:
        # The message omits the name: a password that begins with * looks like an alias.
        if event.anchor not in self._anchors:
            _refuse(
                event, place, "an alias (*) without an anchor (&): if it is text, put it in quotes"
            )
        anchored = self._anchors[event.anchor]
        if anchored is None:
            _refuse(event, place, "an alias (*) to a value that contains it")
        self._add(anchored.size, event, place)
        return anchored

    def _new_value(self, event: Any, place: Place) -> tuple[Any, Mapping[str | int, Position]]:
        if event.tag is not None:
            _refuse(event, place, "tags (!) are not supported: if it is text, put it in quotes")
        if len(place) > MAX_DEPTH:
            _refuse(event, (), f"values are nested more than {MAX_DEPTH} levels deep")
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
            _refuse(
                event, place, f"the file has more than {MAX_VALUES} values, aliases counted in full"
            )

    def _content(self, event: Any, place: Place) -> tuple[Any, Mapping[str | int, Position]]:
        match event:
            case yaml.ScalarEvent():
                return _scalar(event, place), {}
            case yaml.SequenceStartEvent():
                return self._sequence(place)
        return self._mapping(place)

    def _sequence(self, place: Place) -> tuple[list[Any], Mapping[str | int, Position]]:
        values: list[Any] = []
        parts: dict[str | int, Position] = {}
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            index = len(values)
            value, parts[index] = self._value(event, (*place, index))
            values.append(value)
        return values, parts

    def _mapping(self, place: Place) -> tuple[dict[str, Any], Mapping[str | int, Position]]:
        values: dict[str, Any] = {}
        parts: dict[str | int, Position] = {}
        folded: dict[str, str] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._key(event, place)
            first = folded.setdefault(key.casefold(), key)
            if first != key:
                _refuse(event, (*place, key), f"differs from {quote(first)} only in case")
            if key in values:
                _refuse(event, (*place, key), "is set twice")
            values[key], position = self._value(next(self._events), (*place, key))
            # A value has the position of its key: people search for it there.
            parts[key] = _position(event, position.parts)
        return values, parts

    def _key(self, event: Any, place: Place) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            _refuse(event, place, "a key should be text: put an expression in quotes")
        key, _ = self._new_value(event, place)
        if not isinstance(key, str):
            _refuse(event, place, "a key should be text: put it in quotes")
        if key == "<<" and event.implicit[0]:
            _refuse(event, place, "merge keys (<<) are not supported")
        return key


def _position(event: Any, parts: Mapping[str | int, Position]) -> Position:
    return Position(event.start_mark.line + 1, event.start_mark.column + 1, parts)


def _refuse(event: Any, place: Place, what: str) -> NoReturn:
    position = _position(event, {})
    raise DocumentError(what, position.line, position.column, place)


def _events(text: str) -> Iterator[Any]:
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        raise _not_yaml(error, text) from None
    except (yaml.YAMLError, ValueError):
        raise DocumentError("not valid YAML: an invalid character or number") from None


def _not_yaml(error: yaml.MarkedYAMLError, text: str) -> DocumentError:
    what = f"not valid YAML: {error.problem}"
    if error.context:
        what += f" {error.context}"
    if error.context_mark:
        what += f" that begins on line {error.context_mark.line + 1}"
    mark = error.problem_mark
    if mark is None:
        return DocumentError(what)
    if "escape" in what:
        what += ": in double quotes a backslash is special, use single quotes"
    elif text.startswith("\t", mark.index):
        what += ": a tab, indent with spaces"
    return DocumentError(what, mark.line + 1, mark.column + 1)


def _scalar(event: yaml.ScalarEvent, place: Place) -> Any:
    if bad := unusable(event.value):
        _refuse(event, place, f"the character {bad} cannot be in a value")
    if not event.implicit[0]:
        return event.value
    try:
        return _plain(event.value)
    except ValueError as error:
        _refuse(event, place, str(error))


def _plain(text: str) -> Any:
    """Return the value of an unquoted word. Raises `ValueError` for a number that is too large."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    for base, pattern in _INTEGERS.items():
        if pattern.fullmatch(text):
            if len(text) > MAX_DIGITS:
                raise ValueError(
                    f"a number of {len(text)} digits is too large: if it is text, put it in quotes"
                )
            return int(text, base)
    if not _DECIMAL.fullmatch(text):
        return text
    if not math.isfinite(number := float(text)):
        raise ValueError("the number is too large: if it is text, put it in quotes")
    return number
