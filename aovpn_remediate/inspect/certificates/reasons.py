"""Errors of the library as one line for a person."""

from __future__ import annotations

import re

_LONGEST = 200
_KIND = re.compile(r"ParseError { kind: (\w+)")
_PLACE = re.compile(r'"([^"]*)"\] }')


def reason_of(error: Exception) -> str:
    """Return the reason; an error of DER names its kind and its place."""
    text = " ".join(str(error).split())
    kind = _KIND.search(text)
    if kind:
        place = _PLACE.search(text)
        where = f" in {place[1]}" if place else ""
        return f"its encoding is wrong ({kind[1]}{where})"[:_LONGEST]
    if isinstance(error, UnicodeError):
        return "it is not text of its type"
    return (text or type(error).__name__)[:_LONGEST]
