"""Corrections as a unified diff of the profiles, without their secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

from aovpn_remediate.inspect.profiles.documents import Document, File
from aovpn_remediate.inspect.profiles.layers import Slice, replaced, written
from aovpn_remediate.inspect.profiles.schema import SECRETS

_LONGEST_LINE = 160
_BETWEEN_TAGS = re.compile(r"(?<=>)(?=\s*<)|(?<=&gt;)(?=\s*&lt;)")
_HIDDEN = "***"


def corrections_diff(before: File, after: File) -> str:
    """Return a unified diff of each profile that differs; long lines are cut between tags."""
    pairs = zip(before.documents, after.documents, strict=True)
    return "\n".join(line for old, new in pairs for line in _diff(old, new))


def _diff(old: Document, new: Document) -> Iterator[str]:
    yield from unified_diff(
        _lines(old), _lines(new), old.title, f"{old.title} (corrected)", lineterm=""
    )


def _lines(document: Document) -> list[str]:
    hidden = [
        (Slice(element.inner.start, element.inner.end), [_HIDDEN])
        for element in document.root.every()
        if element.name in SECRETS and not element.children and element.text
    ]
    text = written(document.text, replaced(len(document.text), hidden))
    return [part for line in text.splitlines() for part in _short(line)]


def _short(line: str) -> list[str]:
    return _BETWEEN_TAGS.split(line) if len(line) > _LONGEST_LINE else [line]
