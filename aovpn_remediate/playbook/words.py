"""The parts of error messages about a file; each returns a part of one line."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from typing import Any

Place = tuple[str | int, ...]
"""The path to a value: keys and indexes, from the top of the file."""
Finding = tuple[Place, str]
"""The place of a value, and what is wrong with it."""

_LONGEST = 60
_PLAIN_KEY = re.compile(r"[\w-]+")
_UNUSABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def where(place: Place) -> str:
    """Return a place as text: `steps[0].registry_value.data`."""
    text = ""
    for part in place:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if _PLAIN_KEY.fullmatch(part) else quote(part)
            text += f".{name}" if text else name
    return text


def quote(text: str) -> str:
    """Return a text in quotes, on one line, shortened if it is long."""
    cut = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    safe = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    return f"'{safe}'"


def describe(value: Any) -> str:
    """Describe a value: `the text 'x'`, `the number 5`, `a list`."""
    word = f"a {type(value).__name__}"
    match value:
        case None:
            word = "empty"
        case bool():
            word = "true" if value else "false"
        case int() | float():
            word = f"the number {value}"
        case str():
            word = f"the text {quote(value)}"
        case list() | tuple():
            word = "a list"
        case dict():
            word = "a mapping"
    return word


_TRUTHS = {
    **dict.fromkeys(("true", "yes", "on"), "true"),
    **dict.fromkeys(("false", "no", "off"), "false"),
}
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?")


def given_as(text: str, name: str | None, *, truth: bool = True, number: bool = True) -> str | None:
    """Return how to give what a text says as true, false or a number; None if it says no such.

    `name` is the variable that has the text, if one has it; `truth` and `number` are what will do.
    """
    word = text.strip()
    plain = _TRUTHS.get(word.casefold()) if truth else None
    if number and _NUMBER.fullmatch(word):
        plain = word
    if plain is None or len(plain) > _LONGEST:
        return None
    unquoted = f"{plain} without quotes"
    return f"give -e {name}:={plain} (in YAML: {unquoted})" if name else f"write {unquoted}"


def quoted_as(value: float, name: str | None) -> str:
    """Return how to give a number, true or false as the text that it looks like."""
    text = str(value).lower()
    return f"give -e {name}={text} (in YAML: in quotes)" if name else "put it in quotes"


def type_of(value: Any) -> str:
    """Describe the type of a value that may be a secret, without its text or number."""
    match value:
        case str():
            return "text"
        case int() | float() if not isinstance(value, bool):
            return "a number"
    return describe(value)


def one_of(words: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return ` (did you mean x?)`; empty if no known word is similar."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold(), folded, n=1)
    return f" (did you mean {folded[near[0]]}?)" if near else ""


def unusable(text: str) -> str | None:
    """Return the first character that a value may not have, as `U+FFFE`; None if all can."""
    found = _UNUSABLE.search(text)
    return f"U+{ord(found.group()):04X}" if found else None
