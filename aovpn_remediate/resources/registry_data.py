"""The types of registry values, and what data of each type may be."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from aovpn_remediate.resources.base import fold
from aovpn_remediate.resources.rules import Fits, matches
from aovpn_remediate.resources.texts import in_short

Type = Literal["string", "expand_string", "dword", "qword", "multi_string", "binary"]
WINDOWS_TYPES: Mapping[str, str] = {
    "string": "String",
    "expand_string": "ExpandString",
    "dword": "DWord",
    "qword": "QWord",
    "multi_string": "MultiString",
    "binary": "Binary",
}
_TYPES = {windows: ours for ours, windows in WINDOWS_TYPES.items()}
_BYTE = 2**8 - 1
LARGEST = {"dword": 2**32 - 1, "qword": 2**64 - 1}

_NO_NUL = Fits(lambda text: "\0" not in text, "holds NUL", {})
_Text = Annotated[str, _NO_NUL]
Items = tuple[Annotated[str, Field(min_length=1), _NO_NUL], ...]
_Bytes = Annotated[str, matches(r"([0-9A-Fa-f]{2}\s*)*", "no bytes")]
NUMBER_FORMS = {name: Annotated[int, Field(ge=0, le=most)] for name, most in LARGEST.items()}
DATA_FORMS: Mapping[str, tuple[Any, str]] = {
    "string": (_Text, "a text without NUL"),
    "expand_string": (_Text, "a text without NUL"),
    "dword": (NUMBER_FORMS["dword"], f"a whole number from 0 to {LARGEST['dword']}"),
    "qword": (NUMBER_FORMS["qword"], f"a whole number from 0 to {LARGEST['qword']}"),
    "multi_string": (Items, "a list of texts, none of them empty or with NUL"),
    "binary": (_Bytes, "bytes in hexadecimal, such as '01 ff'"),
}


def united(one: tuple[str, ...] | None, other: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the items of both, each once; None for none."""
    items: dict[str, str] = {}
    for item in (*(one or ()), *(other or ())):
        items.setdefault(fold(item), item)
    return tuple(items.values()) or None


def combined(of: Callable[[int, int], int], one: int | None, other: int | None) -> int | None:
    """Return what comes of both numbers; one of them where the other is not given."""
    if one is None or other is None:
        return other if one is None else one
    return of(one, other)


def type_of(windows: str) -> str:
    """Return our name of a type that Windows names; that of another one in small letters."""
    return _TYPES.get(windows, windows.lower())


def is_data(kind: str, data: Any) -> bool:
    """Return True if the data of an answer are of their type."""
    if kind not in WINDOWS_TYPES:
        return True
    if kind in LARGEST:
        return isinstance(data, int) and 0 <= data <= LARGEST[kind]
    if kind == "binary":
        return all(isinstance(byte, int) and 0 <= byte <= _BYTE for byte in bytes_of(data))
    if kind == "multi_string":
        return isinstance(data, list) and all(isinstance(item, str) for item in data)
    return isinstance(data, str)


def shown_data(kind: str, data: str | list[str] | list[int] | None) -> str:
    """Return data that are no number as text for people; where they are long, in short."""
    text = json.dumps(data, ensure_ascii=False)
    if kind == "binary" and isinstance(data, str):
        content = bytes.fromhex(data)
        return in_short(text, f"{len(content)} bytes", content)
    if isinstance(data, str):
        whole = data.encode("utf-8", "surrogatepass")
        return in_short(text, f"{len(data)} characters", whole)
    number = len(data or ())
    return in_short(text, "1 item" if number == 1 else f"{number} items")


def bytes_of(data: Any) -> list[Any]:
    """Return the bytes of an answer; one alone may come without its list."""
    return data if isinstance(data, list) else [data]
