"""Corrections as a unified diff of the profiles, without their secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import unified_diff

from aovpn_remediate.inspect.profiles.documents import Document, File
from aovpn_remediate.inspect.profiles.layers import Slice, replaced, written
from aovpn_remediate.inspect.profiles.schema import SECRETS
from aovpn_remediate.inspect.profiles.tree import Element

_LONGEST_LINE = 160
_BETWEEN_TAGS = re.compile(r"(?<=>)(?=\s*<)|(?<=&gt;)(?=\s*&lt;)")
_HIDDEN = "***"


def corrections_diff(before: File, after: File) -> str:
    """Return a unified diff of each profile that differs; long lines are cut between tags."""
    pairs = zip(before.documents, after.documents, strict=True)
    return "\n".join(line for old, new in pairs for line in _diff(old, new))


def _diff(old: Document, new: Document) -> Iterator[str]:
    title = " ".join(old.title.split())
    yield from unified_diff(_lines(old), _lines(new), title, f"{title} (corrected)", lineterm="")


def _lines(document: Document) -> list[str]:
    hidden = [
        (Slice(element.inner.start, element.inner.end), [_HIDDEN])
        for element in document.root.every()
        if _is_secret(element) and element.inner.start < element.inner.end
    ]
    text = written(document.text, replaced(len(document.text), hidden))
    return [part for line in text.splitlines() for part in _short(line)]


def _is_secret(element: Element) -> bool:
    """True for an outermost element that may hold a secret."""
    around = element.parent
    while around is not None:
        if around.name in SECRETS:
            return False
        around = around.parent
    return element.name in SECRETS


def _short(line: str) -> list[str]:
    return _BETWEEN_TAGS.split(line) if len(line) > _LONGEST_LINE else [line]
