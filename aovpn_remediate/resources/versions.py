"""Versions of programs: numbers parted by dots, compared number by number, however many."""

from __future__ import annotations

import re
from collections.abc import Iterable

PATTERN = r"[0-9]{1,20}(\.[0-9]{1,20})*"
_VERSION = re.compile(PATTERN)


def parts_of(version: str) -> tuple[int, ...] | None:
    """Return the numbers of a version without the zeros at its end; None where it is no version."""
    text = version.strip()
    if not _VERSION.fullmatch(text):
        return None
    parts = [int(part) for part in text.split(".")]
    while parts and parts[-1] == 0:
        parts.pop()
    return tuple(parts)


def newest(versions: Iterable[str]) -> str:
    """Return the newest; the first where none can be compared. There is at least one."""
    ordered = list(versions)
    comparable = [version for version in ordered if parts_of(version) is not None]
    return max(comparable or ordered[:1], key=lambda version: parts_of(version) or ())
