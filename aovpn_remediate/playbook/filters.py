"""The filters of expressions. None of them guesses a type, and no result grows without bound."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from aovpn_remediate.playbook.certificate_file import certificate_file
from aovpn_remediate.playbook.plain import in_text
from aovpn_remediate.playbook.words import describe

MAX_TEXT = 1_000_000
MAX_ITEMS = 10_000


def bounded(length: int, most: int = MAX_TEXT) -> None:
    """Raise `ValueError` for a text or list that is longer than anyone could intend."""
    if length > most:
        raise ValueError("the result is too long")


def join(value: Any, separator: str = "") -> str:
    """Join the items of a list to one text."""
    parts = [in_text(item) for item in _a_list(value)]
    bounded(sum(map(len, parts)) + len(_a_text(separator)) * len(parts))
    return separator.join(parts)


def _replace(value: Any, old: str, new: str) -> str:
    text = _a_text(value)
    if not _a_text(old):
        raise ValueError("replace needs a text to search for")
    bounded(len(text) + text.count(old) * len(_a_text(new)))
    return text.replace(old, new)


def _int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(f"{describe(value)} cannot be converted to a whole number")  # noqa: TRY004 - one error for all
    try:
        return int(value, 0) if isinstance(value, str) else value
    except ValueError:
        raise ValueError(f"{describe(value)} is not a whole number") from None


def _length(value: Any) -> int:
    if not isinstance(value, str | list | dict):
        raise ValueError(f"{describe(value)} has no length")  # noqa: TRY004
    return len(value)


def _end(position: int) -> Callable[[Any], Any]:
    def end(value: Any) -> Any:
        if not _a_list(value):
            raise ValueError("the list is empty")
        return value[position]

    return end


def _a_list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"should be a list, but is {describe(value)}")  # noqa: TRY004
    return value


def _a_text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"should be text, but is {describe(value)}")  # noqa: TRY004
    return value


FILTERS: Mapping[str, Callable[..., Any]] = {
    "certificate_file": certificate_file,
    "first": _end(0),
    "int": _int,
    "join": join,
    "last": _end(-1),
    "length": _length,
    "lower": lambda value: _a_text(value).lower(),
    "replace": _replace,
    "sort": lambda value: sorted(_a_list(value)),
    "string": in_text,
    "trim": lambda value: _a_text(value).strip(),
    "unique": lambda value: [
        item for n, item in enumerate(_a_list(value)) if item not in value[:n]
    ],
    "upper": lambda value: _a_text(value).upper(),
}
