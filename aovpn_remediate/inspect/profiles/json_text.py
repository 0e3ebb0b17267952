"""A text of JSON as values that know their place in it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from aovpn_remediate.inspect.profiles.layers import Inside, Slice

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{}]|[^\s\[\]{},:"]+', re.DOTALL)
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|.",
    re.DOTALL,
)


class NotJson(Exception):  # noqa: N818
    """A text that is not JSON; the message has the place and the reason."""


@dataclass(eq=False)
class JsonValue:
    """A value and its place."""

    place: Slice
    value: Any = None
    """Of a text, a boolean or null; a number is never asked for."""
    members: dict[str, JsonValue] | None = None
    """Of an object."""
    items: list[JsonValue] = field(default_factory=list)
    """Of an object or a list: what it holds, in order."""
    parent: JsonValue | None = field(default=None, repr=False)

    def text(self, name: str) -> str:
        """Return the text of a member of an object, empty if there is none."""
        found = (self.members or {}).get(name)
        return found.value if found is not None and isinstance(found.value, str) else ""

    def every(self) -> Iterator[JsonValue]:
        """Yield the value and all in it, in the order of the text."""
        waiting = [self]
        while waiting:
            value = waiting.pop()
            yield value
            waiting += reversed(value.items)


def parse_json(text: str) -> JsonValue:
    """Return the value of a text. Raises `NotJson`."""
    try:
        _load(text)
    except json.JSONDecodeError as error:
        raise NotJson(f"line {error.lineno}, column {error.colno}: {error.msg}") from None
    except RecursionError:
        raise NotJson("it is nested too deeply") from None
    except ValueError as error:
        raise NotJson(str(error)) from None
    return _Reading(text).value()


def string(text: str, value: JsonValue) -> Inside:
    """Return the characters of a text in JSON, each with its place."""
    place = Slice(value.place.start + 1, value.place.end - 1)
    if len(value.value) == place.end - place.start:
        # Nothing in it is escaped.
        starts = range(place.start, place.end)
        return Inside(value.value, starts, range(place.start + 1, place.end + 1), place, len(text))
    found = list(_CHARACTER.finditer(text, place.start, place.end))
    return Inside(
        value.value,
        [part.start() for part in found],
        [part.end() for part in found],
        place,
        len(text),
    )


def _load(text: str) -> Any:
    """Return a value of JSON, numbers as they are written. Raises `ValueError`."""
    return json.loads(text, parse_constant=_no_constant, parse_int=str, parse_float=str)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


class _Reading:
    """The values of a text that is known to be JSON."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._open: list[JsonValue] = []
        self._names: list[str | None] = []
        self._root: JsonValue | None = None

    def value(self) -> JsonValue:
        for token in _TOKEN.finditer(self._text):
            self._take(token[0], Slice(token.start(), token.end()))
        if self._root is None:
            raise NotJson("it has no value")
        return self._root

    def _take(self, mark: str, place: Slice) -> None:
        if mark in ("]", "}"):
            closed = self._open.pop()
            self._names.pop()
            closed.place = Slice(closed.place.start, place.end)
        elif mark in ("[", "{"):
            value = JsonValue(place, members={} if mark == "{" else None)
            self._add(value)
            self._open.append(value)
            self._names.append(None)
        elif self._open and self._open[-1].members is not None and self._names[-1] is None:
            self._names[-1] = _load(mark)
        else:
            self._add(JsonValue(place, _load(mark)))

    def _add(self, value: JsonValue) -> None:
        if not self._open:
            self._root = value
            return
        parent = value.parent = self._open[-1]
        parent.items.append(value)
        name = self._names[-1]
        if parent.members is not None and name is not None:
            parent.members[name] = value
            self._names[-1] = None
