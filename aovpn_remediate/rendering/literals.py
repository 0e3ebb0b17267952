"""PowerShell literals of Python values: the only way for a value into a script."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from typing import Any

Value = None | bool | int | str | Sequence["Value"] | Mapping[str, "Value"]

# PowerShell takes all five for the end of a single-quoted string; doubled, each is itself.
_QUOTES = "'\u2018\u2019\u201a\u201b"
_DOUBLE = re.compile(f"[{_QUOTES}]")
_STRING = re.compile(f"'((?:[^{_QUOTES}]++|[{_QUOTES}]{{2}})*+)'")
_UNDOUBLE = re.compile(f"([{_QUOTES}])[{_QUOTES}]")
_WIDE = re.compile(r"\(\[(?:uint64|long)\]'(-?[0-9]+)'\)")
_NUMBER = re.compile(r"-?[0-9]+")
_WORD = re.compile(r"\$(null|true|false)\b")

INT64_MIN, INT64_MAX, UINT64_MAX = -(2**63), 2**63 - 1, 2**64 - 1

# Text of a host may hold them: two that XML cannot carry, which would hang a pipeline until its
# deadline, and half character pairs, which UTF-8 cannot encode.
_NUMBERED = re.compile("([\ud800-\udfff\ufffe\uffff])")
_CHARACTER = re.compile(r"\[char\]([0-9]{5})")
_JOINED = "(-join @("


def literal(value: Any) -> str:
    """Return the PowerShell literal of a value: None, bool, int, str, list or tuple, mapping.

    Raises `ValueError` for a value without one: other types, integers beyond 64 bits, mappings
    whose keys are not text or differ only by case.
    """
    match value:
        case None:
            return "$null"
        case bool():
            return "$true" if value else "$false"
        case int():
            return _integer(value)
        case str():
            return _text(value)
        case Mapping():
            return _hashtable(value)
        case list() | tuple():
            return f"@({', '.join(literal(item) for item in value)})"
    raise ValueError(f"{type(value).__name__} has no PowerShell literal")


def _integer(value: int) -> str:
    if INT64_MIN <= value <= INT64_MAX:
        # The lowest one would be read as a negated number that does not fit.
        return str(value) if value > INT64_MIN else f"([long]'{value}')"
    if value <= UINT64_MAX and value > 0:
        return f"([uint64]'{value}')"
    raise ValueError(f"{value} does not fit into 64 bits")


def _text(value: str) -> str:
    # Characters by number stand at the odd places.
    plain, *rest = _NUMBERED.split(value)
    if not rest:
        return _quoted(plain)
    parts = [_quoted(plain)] if plain else []
    for character, after in zip(rest[::2], rest[1::2], strict=True):
        parts.append(f"[char]{ord(character)}")
        parts += [_quoted(after)] if after else []
    return f"{_JOINED}{', '.join(parts)}))"


def _quoted(value: str) -> str:
    return "'" + _DOUBLE.sub(lambda quote: quote.group() * 2, value) + "'"


def _hashtable(value: Mapping[Any, Any]) -> str:
    folded: set[str] = set()
    for key in value:
        if not isinstance(key, str):
            raise ValueError(f"the key {key!r} is not text")  # noqa: TRY004 - one error for all
        if key.upper() in folded:
            raise ValueError(f"the key {key!r} occurs twice: PowerShell ignores case")
        folded.add(key.upper())
    pairs = "; ".join(f"{_text(key)} = {literal(item)}" for key, item in value.items())
    return f"@{{{pairs}}}" if pairs else "@{}"


def read_literal(text: str) -> Any:
    """Return the value of a literal that `literal` made. Raises `ValueError` for other text."""
    value, end = parse_literal(text, 0)
    if end != len(text):
        raise ValueError(f"text after the literal, at {end}: {text[end : end + 20]!r}")
    literal(value)  # raises for a value that `literal` would never have written
    return value


def parse_literal(text: str, at: int) -> tuple[Any, int]:
    """Return the value of the literal that starts at a position, and the position of its end."""
    if found := _WORD.match(text, at):
        return {"null": None, "true": True, "false": False}[found.group(1)], found.end()
    if found := _NUMBER.match(text, at):
        return int(found.group()), found.end()
    if found := _WIDE.match(text, at):
        return int(found.group(1)), found.end()
    if text.startswith("@(", at):
        return _parse_array(text, at + 2)
    if text.startswith("@{", at):
        return _parse_hashtable(text, at + 2)
    return _parse_text(text, at)


def _parse_text(text: str, at: int) -> tuple[str, int]:
    if text.startswith(_JOINED, at):
        return _parse_joined(text, at + len(_JOINED))
    return _parse_quoted(text, at)


def _parse_joined(text: str, at: int) -> tuple[str, int]:
    parts: list[str] = []
    while not text.startswith("))", at):
        if parts:
            at = _expect(text, at, ", ")
        if found := _CHARACTER.match(text, at):
            part, at = chr(int(found.group(1))), found.end()
        else:
            part, at = _parse_quoted(text, at)
        parts.append(part)
    return "".join(parts), at + 2


def _parse_quoted(text: str, at: int) -> tuple[str, int]:
    found = _STRING.match(text, at)
    if not found:
        raise ValueError(f"no literal at {at}: {text[at : at + 20]!r}")
    return _UNDOUBLE.sub(r"\1", found.group(1)), found.end()


def _parse_array(text: str, at: int) -> tuple[list[Any], int]:
    items: list[Any] = []
    while not text.startswith(")", at):
        if items:
            at = _expect(text, at, ", ")
        item, at = parse_literal(text, at)
        items.append(item)
    return items, at + 1


def _parse_hashtable(text: str, at: int) -> tuple[dict[str, Any], int]:
    pairs: dict[str, Any] = {}
    while not text.startswith("}", at):
        if pairs:
            at = _expect(text, at, "; ")
        key, at = _parse_text(text, at)
        at = _expect(text, at, " = ")
        pairs[key], at = parse_literal(text, at)
    return pairs, at + 1


def _expect(text: str, at: int, token: str) -> int:
    if not text.startswith(token, at):
        raise ValueError(f"{token!r} expected at {at}: {text[at : at + 20]!r}")
    return at + len(token)


# A comment, a here-string or text in double quotes may hold a single quote of its own.
_QUOTED = re.compile(
    rf"""(?m:(?<!\S)\#.*$)|@'\n[\s\S]*?\n'@|"(?:[^"`]|`[\s\S])*"|{_STRING.pattern}"""
)
_OUTSIDE_ASCII = re.compile("([^\0-\x7f])")


def in_ascii(script: str) -> str:
    """Return a script whose literals have each character outside ASCII by its number.

    It is for people who redirect or copy it: Windows PowerShell 5.1 reads a file without a byte
    order mark in the code page of the machine, where such a character may be a quote.
    """
    return _QUOTED.sub(_numbered, script)


def _numbered(found: re.Match[str]) -> str:
    text = found.group(1)
    if text is None or text.isascii():
        return found.group()
    parts: list[str] = []
    for part in _OUTSIDE_ASCII.split(_UNDOUBLE.sub(r"\1", text)):
        if part.isascii():
            parts += [literal(part)] if part else []
        else:
            units = part.encode("utf-16-le", "surrogatepass")
            parts += [f"[char]{unit}" for (unit,) in struct.iter_unpack("<H", units)]
    return f"(-join @({', '.join(parts)}))"
