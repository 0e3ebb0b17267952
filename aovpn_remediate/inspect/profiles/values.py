"""Values of a profile as Windows reads them."""

from __future__ import annotations

import re

_THUMBPRINT = re.compile(r"[0-9a-f]{40}")


def is_true(text: str) -> bool:
    """Return True for a boolean of XML that is set, however its letters are written."""
    return text.lower() in ("true", "1")


def is_false(text: str) -> bool:
    """Return True for a boolean of XML that is not set."""
    return text.lower() in ("false", "0")


def thumbprint(text: str) -> str:
    """Return a SHA-1 thumbprint in small letters, empty if the text is none."""
    found = "".join(text.split()).lower()
    return found if _THUMBPRINT.fullmatch(found) else ""


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a list that semicolons separate."""
    return tuple(part.strip() for part in text.split(";") if part.strip())
