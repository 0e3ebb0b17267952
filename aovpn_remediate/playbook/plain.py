"""Plain data: values that YAML and JSON can express and that can be sent to a host."""

from __future__ import annotations

import math
from typing import Any

from aovpn_remediate.playbook.words import describe, unusable

MAX_DEPTH = 50
LARGEST = 2**64 - 1
"""The largest whole number of Windows."""


def plain(value: Any, depth: int = 0) -> Any:
    """Return the value with lists for tuples. Raises `ValueError` if it is not plain data."""
    if depth > MAX_DEPTH:
        raise ValueError(f"values are nested more than {MAX_DEPTH} levels deep")
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    return _scalar(value)


def _key(key: Any) -> str:
    if type(key) is not str:
        raise ValueError(f"a key should be text, but is {describe(key)}")
    return str(_scalar(key))


def _scalar(value: Any) -> Any:
    if value is None or type(value) is bool:
        return value
    if type(value) is int and abs(value) <= LARGEST:
        return value
    if type(value) is float and math.isfinite(value):
        return value
    if type(value) in (int, float):
        raise ValueError("the number is too large")
    if type(value) is not str:
        raise ValueError(f"should be plain data, but is {describe(value)}")
    if bad := unusable(value):
        raise ValueError(f"the character {bad} cannot be in a value")
    return value


def in_text(value: Any) -> str:
    """Convert a value to text. Raises `ValueError` for lists, mappings and null."""
    match value:
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case int() | float():
            return str(value)
    raise ValueError(f"{describe(value)} cannot be used in a text")
