"""Plain data: what YAML and JSON can say, and a host can be sent."""

from __future__ import annotations

import math
from typing import Any

from aovpn_remediate.playbook.words import describe, unusable

MAX_DEPTH = 50
LARGEST = 2**64 - 1
"""Windows has no larger whole numbers."""


def plain(value: Any, depth: int = 0) -> Any:
    """The value, with lists for tuples. Raises `ValueError` for what is no plain data."""
    if depth > MAX_DEPTH:
        raise ValueError(f"values are nested more than {MAX_DEPTH} deep")
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    return _scalar(value)


def _key(key: Any) -> str:
    if type(key) is not str:
        raise ValueError(f"a key should be text, is {describe(key)}")
    return str(_scalar(key))


def _scalar(value: Any) -> Any:
    if value is None or type(value) is bool:
        return value
    if type(value) is int and abs(value) <= LARGEST:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) in (int, float):
        raise ValueError("a number that is too large")
    if type(value) is not str:
        raise ValueError(f"should be plain data, is {describe(value)}")
    if bad := unusable(value):
        raise ValueError(f"the character {bad} cannot be sent to a host")
    return value


def in_text(value: Any) -> str:
    """A value as a part of a text. Raises `ValueError` for lists, mappings and nothing."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
    raise ValueError(f"{describe(value)} cannot be a part of a text")
